//! A row of marks by substance.

use domain::SubstanceMarks;

use super::cell::Cell;
use super::columns::{Column, Row};
use super::own::{controlled_list, tarja, yes_or_no};

/// # Errors
/// When it names no substance, a cell does not say what its column is for, or no mark is there.
pub(super) fn of_substance(row: &Row<'_>) -> Result<SubstanceMarks, String> {
    let marks = SubstanceMarks {
        substance: row.require(Column::Substance, Cell::label)?,
        controlled_list: row.read(Column::ControlledList, controlled_list)?,
        tarja: row.read(Column::Tarja, tarja)?,
        is_high_alert: row.read(Column::HighAlert, yes_or_no)?,
        look_alike_group: row.read(Column::LookAlikeGroup, Cell::own_label)?,
        tall_man: row.read(Column::TallMan, Cell::own_label)?,
    };
    let SubstanceMarks { substance: _, controlled_list, tarja, is_high_alert, look_alike_group, tall_man } = &marks;
    let is_mark = [
        controlled_list.is_some(),
        tarja.is_some(),
        is_high_alert.is_some(),
        look_alike_group.is_some(),
        tall_man.is_some(),
    ];
    if is_mark.contains(&true) { Ok(marks) } else { Err("says no mark: fill at least one of its columns".to_owned()) }
}
