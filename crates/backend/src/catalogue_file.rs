//! Catalogue files: ANVISA's register of medicines, the price list of CMED (the regulator of their prices), a
//! hospital's own table, and a table of marks by substance, as CSV or XLSX, read into rows.
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
mod marks;
mod own;
mod table;
mod words;
mod workbook;

#[cfg(test)]
mod real_files;
#[cfg(test)]
mod tests;

use domain::FileRow;

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
    /// A hospital's own columns, a row per product. The export is one.
    Own,
    /// Marks of control and danger, a row per substance.
    Marks,
}

/// A file's rows, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueFile {
    /// What it is.
    pub dialect: Dialect,
    /// All rows after the header but those that are empty.
    pub rows: Vec<FileRow>,
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
         a column \"name\" or \"nome\", or a column \"substância\" beside one of marks such as \"lista\""
    )]
    NoHeader,
    /// Two columns that would be the same, such as `name` and `nome`.
    #[error("the header has the column {0} more than once: rename or remove one")]
    ColumnTwice(String),
}

/// Reads a file into rows.
///
/// # Errors
/// When it is too large, not a table, or not one of the four dialects.
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
