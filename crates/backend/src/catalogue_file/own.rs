//! A row of a hospital's own table.
//!
//! What is about safety and not understood keeps the row out: a list or a band that was typed wrong must not
//! become "none".

use domain::{ControlledList, PresentationCode, Registration, Tarja};

use super::cell::Cell;
use super::cmed;
use super::columns::{Column, Row};
use super::words::folded;
use domain::Product;

/// # Errors
/// When it has no name, or a cell does not say what its column is for.
pub(super) fn product(row: &Row<'_>) -> Result<Product, String> {
    Ok(Product {
        registration: row.read(Column::Registration, registration)?,
        name: row.require(Column::Name, Cell::label)?,
        active_ingredient: None,
        therapeutic_class: row.read(Column::TherapeuticClass, Cell::text)?,
        category: None,
        holder: None,
        is_valid: None,
        registration_expires_on: None,
        description: row.read(Column::Description, Cell::note)?,
        area: row.read(Column::Area, Cell::label)?,
        controlled_list: row.read(Column::ControlledList, controlled_list)?,
        tarja: row.read(Column::Tarja, tarja)?,
        is_high_alert: row.read(Column::HighAlert, yes_or_no)?,
        look_alike_group: row.read(Column::LookAlikeGroup, Cell::label)?,
        tall_man: row.read(Column::TallMan, Cell::label)?,
    })
}

/// A package shows the thirteen digits of its presentation: the product's are in front.
fn registration(cell: &Cell) -> Result<Option<Registration>, String> {
    let Some(code) = cell.code()? else { return Ok(None) };
    match PresentationCode::parse(&code) {
        Ok(presentation) => Ok(Some(presentation.registration())),
        Err(_) => Registration::parse(&code).map(Some).map_err(|why| why.to_string()),
    }
}

fn controlled_list(cell: &Cell) -> Result<Option<ControlledList>, String> {
    let Some(text) = cell.text()? else { return Ok(None) };
    let word = folded(&text);
    let list = word.strip_prefix("lista").unwrap_or(&word).to_uppercase();
    match list.parse() {
        Ok(list) => Ok(Some(list)),
        Err(_) => {
            let lists: Vec<&str> = ControlledList::ALL.into_iter().map(ControlledList::as_str).collect();
            Err(format!("must be one of {}, is \"{text}\"", lists.join(", ")))
        }
    }
}

fn tarja(cell: &Cell) -> Result<Option<Tarja>, String> {
    let Some(text) = cell.text()? else { return Ok(None) };
    match cmed::tarja(&text).or_else(|| text.to_lowercase().parse().ok()) {
        Some(tarja) => Ok(Some(tarja)),
        None => Err(format!("must be vermelha, vermelha sob restrição, preta or sem tarja, is \"{text}\"")),
    }
}

fn yes_or_no(cell: &Cell) -> Result<Option<bool>, String> {
    let Some(text) = cell.text()? else { return Ok(None) };
    match folded(&text).as_str() {
        "sim" | "s" | "true" | "verdadeiro" | "yes" | "y" | "1" => Ok(Some(true)),
        "nao" | "n" | "false" | "falso" | "no" | "0" => Ok(Some(false)),
        _ => Err(format!("must be sim or não, is \"{text}\"")),
    }
}
