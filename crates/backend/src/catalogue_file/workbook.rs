//! Excel workbooks (XLSX), read cell by cell.

use std::io::{Cursor, Read, copy, sink};

use calamine::{DataRef, Reader, Xlsx};
use chrono::NaiveDate;
use zip::ZipArchive;

use super::cell::{Cell, Record};
use super::table::Table;
use super::{CatalogueFile, UnreadableFile};

/// The most bytes that a workbook may unpack to. The whole register unpacks to 14 MB.
const MAX_UNPACKED: u64 = 200 << 20;

/// Cells further to the right are not looked at. CMED's list has 74 columns.
const MAX_COLUMNS: usize = 1024;

/// Reads the first sheet that has a header.
pub(super) fn read(bytes: Vec<u8>) -> Result<CatalogueFile, UnreadableFile> {
    check(&bytes, MAX_UNPACKED)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    for name in workbook.sheet_names() {
        match sheet(&mut workbook, &name) {
            Err(UnreadableFile::NoHeader) => {}
            result => return result,
        }
    }
    Err(UnreadableFile::NoHeader)
}

fn damaged(why: impl std::fmt::Display) -> UnreadableFile {
    UnreadableFile::Damaged(why.to_string())
}

/// Refuses a small file that would fill the memory. The sizes that it declares are looked at first, as that costs
/// nothing; then it is unpacked into nowhere, as they may be a lie.
fn check(bytes: &[u8], most: u64) -> Result<(), UnreadableFile> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if !archive.file_names().any(|name| name.is_ok_and(|name| name.starts_with("xl/"))) {
        return Err(UnreadableFile::NotATable);
    }
    let mut declared: u64 = 0;
    for index in 0..archive.len() {
        declared = declared.saturating_add(archive.by_index_raw(index).map_err(damaged)?.size());
    }
    if declared > most {
        return Err(UnreadableFile::TooLarge);
    }
    let mut left = most;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(damaged)?;
        let unpacked = copy(&mut entry.take(left + 1), &mut sink()).map_err(damaged)?;
        left = left.checked_sub(unpacked).ok_or(UnreadableFile::TooLarge)?;
    }
    Ok(())
}

fn sheet(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Result<CatalogueFile, UnreadableFile> {
    let mut table = Table::of_workbook();
    let mut cells = workbook.worksheet_cells_reader(name).map_err(damaged)?;
    let mut record = Record { line: 0, cells: vec![] };
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (row, column) = cell.get_position();
        let line = u64::from(row) + 1;
        if line != record.line {
            if record.line > 0 {
                table.take(&record)?;
            }
            record.line = line;
            record.cells.clear();
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column < MAX_COLUMNS {
            if record.cells.len() <= column {
                record.cells.resize(column + 1, Cell::Text(String::new()));
            }
            if let Some(place) = record.cells.get_mut(column) {
                *place = content(cell.get_value());
            }
        }
    }
    if record.line > 0 {
        table.take(&record)?;
    }
    table.finish()
}

fn content(value: &DataRef<'_>) -> Cell {
    match value {
        // What is too large to be exact is refused where a code is wanted.
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::Text(text.clone()),
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Bool(is) => Cell::Truth(*is),
        DataRef::DateTime(at) => {
            // Counted from 1900 or from 1904, as the workbook says.
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()).map_or(Cell::Number(at.as_f64()), Cell::Day)
        }
        DataRef::Error(_) => Cell::Broken,
        DataRef::Empty => Cell::Text(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::zip;
    use super::*;

    #[test]
    fn a_small_file_that_unpacks_to_a_large_one_is_refused() {
        let bomb = zip(&[("xl/workbook.xml", b"<a/>"), ("xl/worksheets/sheet1.xml", &[b' '; 200_000])]);
        assert!(bomb.len() < 2000);
        assert_eq!(check(&bomb, 200_004), Ok(()));
        assert_eq!(check(&bomb, 200_003), Err(UnreadableFile::TooLarge));
    }

    #[test]
    fn a_lie_about_the_size_does_not_help() {
        let mut bomb = zip(&[("xl/worksheets/sheet1.xml", &[b' '; 200_000])]);
        let declared = 200_000_u32.to_le_bytes();
        let places: Vec<usize> = (0..bomb.len() - 4).filter(|at| bomb[*at..*at + 4] == declared).collect();
        assert_eq!(places.len(), 2, "in front of the entry, and in the archive's list");
        for at in places {
            bomb[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
        }
        assert!(matches!(check(&bomb, 1000), Err(UnreadableFile::TooLarge | UnreadableFile::Damaged(_))));
    }
}
