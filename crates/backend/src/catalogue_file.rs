//! Catalogue files: ANVISA's register of medicines, the price list of CMED (the regulator of their prices), and
//! a hospital's own table, as CSV or XLSX, read into rows.
//!
//! The user is asked nothing about the file: encoding, separator, header and dialect are recognised by what is
//! in it. A row that can't be taken stays in its place with the reason; it is never cut or guessed to fit.
//! Rows that say the same twice stay twice.

mod anvisa;
mod cell;
mod cmed;
mod columns;
mod day;
mod delimited;
mod own;
mod table;
mod words;
mod workbook;

#[cfg(test)]
mod real_files;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use domain::{Cents, ControlledList, Label, Note, PresentationCode, Registration, Tarja};

/// The largest file that is read, in bytes. The whole register is 2 MB as XLSX and 9 MB as CSV.
pub const MAX_BYTES: usize = 64 << 20;

/// The most rows of one file: about what a spreadsheet can hold.
pub const MAX_ROWS: usize = 1_000_000;

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// ANVISA's open data of registered medicines, a row per product.
    AnvisaRegister,
    /// CMED's list of prices, a row per presentation.
    CmedList,
    /// A hospital's own columns, a row per product.
    Own,
}

/// A file's rows, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueFile {
    /// What it is.
    pub dialect: Dialect,
    /// All rows after the header but those that are empty.
    pub rows: Vec<FileRow>,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRow {
    /// Its first line, as an editor or a spreadsheet numbers it, from 1.
    pub line: u64,
    /// What it says, or why it can't be taken.
    pub content: Result<RowContent, String>,
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowContent {
    /// Of [`Dialect::AnvisaRegister`] and [`Dialect::Own`].
    Product(Product),
    /// Of [`Dialect::CmedList`].
    Presentation(Presentation),
}

/// A product of ANVISA's register or of our own columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Always there in ANVISA's register.
    pub registration: Option<Registration>,
    /// As the file writes it, but for spaces.
    pub name: Label,
    /// In small letters, as the register writes it since 2026; several are joined by ` + `.
    pub active_ingredient: Option<String>,
    /// What it is for.
    pub therapeutic_class: Option<String>,
    /// The regulatory category: `Genérico`, `Similar`, `Novo` and so on.
    pub category: Option<String>,
    /// The company's CNPJ and name.
    pub holder: Option<String>,
    /// Whether the registration stands; `None` where the file does not say so in words that are known.
    pub is_valid: Option<bool>,
    /// The last day of the month that the register names; `None` where it names none that can be.
    pub registration_expires_on: Option<NaiveDate>,
    /// Of our own columns, as is all below; `None` where the column is missing or the cell is empty.
    pub description: Option<Note>,
    /// Where it is used.
    pub area: Option<Label>,
    /// The list of special control that it is on.
    pub controlled_list: Option<ControlledList>,
    /// The band on its package.
    pub tarja: Option<Tarja>,
    /// Whether an error with it does great harm.
    pub is_high_alert: Option<bool>,
    /// What it is easily mistaken for shares this word.
    pub look_alike_group: Option<Label>,
    /// Its name with the letters that set it apart in capitals.
    pub tall_man: Option<Label>,
}

/// A presentation of CMED's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// Of the product: the first nine digits of `code`.
    pub registration: Registration,
    /// Of this presentation.
    pub code: PresentationCode,
    /// CMED's own number of it.
    pub ggrem: Option<String>,
    /// Strength, form and package in the list's abbreviations.
    pub description: String,
    /// Those of up to three GTINs whose check digit is right and that are not all zeros. Not a key: presentations
    /// share them.
    pub eans: Vec<String>,
    /// `None` where the list says nothing that is known.
    pub tarja: Option<Tarja>,
    /// The most that a maker may ask for, without taxes.
    pub factory_price: Option<Cents>,
    /// The most that a pharmacy may ask for, without taxes; none for what is sold to hospitals only.
    pub consumer_price: Option<Cents>,
    /// The active ingredients, joined by `;`.
    pub substance: Option<String>,
    /// What the product is called.
    pub product_name: Label,
}

/// Why a whole file can't be read, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableFile {
    /// No bytes, or nothing but spaces.
    #[error("the file is empty")]
    Empty,
    /// Beyond what a catalogue can be; also a small file that unpacks to a large one.
    #[error("the file is too large: split it (it may have 64 MiB, 200 MiB unpacked, and 1,000,000 rows)")]
    TooLarge,
    /// Excel's format before 2007, or a workbook behind a password.
    #[error("this is an old or password-protected Excel file: save it as .xlsx without a password, or as CSV")]
    OldExcel,
    /// Neither text nor a workbook.
    #[error("this is not a table: give a CSV or an .xlsx file")]
    NotATable,
    /// A workbook with something wrong inside.
    #[error("the Excel file is damaged ({0}): open it, save it as .xlsx again, or save it as CSV")]
    Damaged(String),
    /// No row near the beginning has the names of columns that are known.
    #[error(
        "no header found: one of the first rows must have the column names of ANVISA's register or of CMED's list, \
         or a column \"name\" or \"nome\""
    )]
    NoHeader,
    /// Two columns that would be the same, such as `name` and `nome`.
    #[error("the header has the column {0} more than once: rename or remove one")]
    ColumnTwice(String),
}

/// Reads a file into rows.
///
/// # Errors
/// When it is too large, not a table, or not one of the three dialects.
pub fn read(bytes: Vec<u8>) -> Result<CatalogueFile, UnreadableFile> {
    if bytes.len() > MAX_BYTES {
        return Err(UnreadableFile::TooLarge);
    }
    if bytes.starts_with(b"PK") {
        return workbook::read(bytes);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(UnreadableFile::OldExcel);
    }
    delimited::read(bytes)
}
