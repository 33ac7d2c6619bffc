//! A row of a hospital's own table.
//!
//! It is taken to the letter: what a person wrote is not mended, and what was exported comes back as it was.
//! What is about safety and not understood keeps the row out: a list or a band that was typed wrong must not
//! become "none".

use chrono::NaiveDate;
use domain::{ControlledList, MedicationId, PresentationCode, Product, Registration, Tarja};
use uuid::Uuid;

use super::cell::Cell;
use super::cmed;
use super::columns::{Column, Row};
use super::day::last_of_month;
use super::words::folded;

/// # Errors
/// When it has no name, or a cell does not say what its column is for.
pub(super) fn product(row: &Row<'_>) -> Result<Product, String> {
    Ok(Product {
        id: row.read(Column::Id, id)?,
        registration: row.read(Column::Registration, registration)?,
        name: row.require(Column::Name, Cell::own_label)?,
        registered_name: row.read(Column::RegisteredName, Cell::own_label)?,
        active_ingredient: row.read(Column::ActiveIngredient, Cell::own_text)?,
        therapeutic_class: row.read(Column::TherapeuticClass, Cell::own_text)?,
        category: row.read(Column::Category, Cell::own_text)?,
        holder: row.read(Column::Holder, Cell::own_text)?,
        is_valid: row.read(Column::Status, yes_or_no)?,
        registration_expires_on: row.read(Column::ExpiresOn, end_of_registration)?,
        description: row.read(Column::Description, Cell::own_note)?,
        area: row.read(Column::Area, Cell::own_label)?,
        is_in_use: row.read(Column::InUse, yes_or_no)?,
        controlled_list: row.read(Column::ControlledList, controlled_list)?,
        tarja: row.read(Column::Tarja, tarja)?,
        is_high_alert: row.read(Column::HighAlert, yes_or_no)?,
        look_alike_group: row.read(Column::LookAlikeGroup, Cell::own_label)?,
        tall_man: row.read(Column::TallMan, Cell::own_label)?,
    })
}

/// As the export writes it.
fn id(cell: &Cell) -> Result<Option<MedicationId>, String> {
    match cell.line() {
        line if line.is_empty() => Ok(None),
        line => match line.parse::<Uuid>() {
            Ok(id) => Ok(Some(id.into())),
            Err(_) => Err("must be an id as the export writes it, or empty".to_owned()),
        },
    }
}

/// The register names a month, and so does a table of our own.
fn end_of_registration(cell: &Cell) -> Result<Option<NaiveDate>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    let day = last_of_month(cell).ok_or_else(|| format!("must be a day such as 31/12/2028, is \"{}\"", cell.line()))?;
    Ok(Some(day))
}

/// A package shows the thirteen digits of its presentation: the product's are in front.
fn registration(cell: &Cell) -> Result<Option<Registration>, String> {
    let Some(code) = cell.code()? else { return Ok(None) };
    match PresentationCode::parse(&code) {
        Ok(presentation) => Ok(Some(presentation.registration())),
        Err(_) => Registration::parse(&code).map(Some).map_err(|why| why.to_string()),
    }
}

pub(super) fn controlled_list(cell: &Cell) -> Result<Option<ControlledList>, String> {
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

pub(super) fn tarja(cell: &Cell) -> Result<Option<Tarja>, String> {
    let Some(text) = cell.text()? else { return Ok(None) };
    match cmed::tarja(&text).or_else(|| text.to_lowercase().parse().ok()) {
        Some(tarja) => Ok(Some(tarja)),
        None => Err(format!("must be vermelha, vermelha sob restrição, preta or sem tarja, is \"{text}\"")),
    }
}

pub(super) fn yes_or_no(cell: &Cell) -> Result<Option<bool>, String> {
    let Some(text) = cell.text()? else { return Ok(None) };
    match folded(&text).as_str() {
        "sim" | "s" | "true" | "verdadeiro" | "yes" | "y" | "1" => Ok(Some(true)),
        "nao" | "n" | "false" | "falso" | "no" | "0" => Ok(Some(false)),
        _ => Err(format!("must be sim or não, is \"{text}\"")),
    }
}
