//! Rows of any table, taken one by one: first the header is looked for, then each row is read under it.

use super::cell::Record;
use super::columns::{Header, Row};
use super::{CatalogueFile, Dialect, MAX_ROWS, UnreadableFile, anvisa, cmed, marks, own};
use domain::{CatalogueRow, FileRow};

/// How many rows may stand before the header. CMED has some forty of legal notes.
pub(super) const ROWS_BEFORE_HEADER: usize = 200;

/// A table that is being read.
pub(super) struct Table {
    is_text: bool,
    header: Option<Header>,
    before_header: usize,
    rows: Vec<FileRow>,
}

impl Table {
    /// Of text between separators, where a row with too few cells means that a quote went wrong. A workbook
    /// leaves empty cells out.
    pub(super) fn of_text() -> Self {
        Table { is_text: true, header: None, before_header: 0, rows: vec![] }
    }

    pub(super) fn of_workbook() -> Self {
        Table { is_text: false, ..Table::of_text() }
    }

    /// # Errors
    /// When there are too many rows, or too many without a header.
    pub(super) fn take(&mut self, record: &Record) -> Result<(), UnreadableFile> {
        let Some(header) = &self.header else {
            self.header = Header::recognise(record);
            if let Some(twice) = self.header.as_mut().and_then(|header| header.twice.take()) {
                return Err(UnreadableFile::ColumnTwice(twice));
            }
            self.before_header += 1;
            let may_come = self.header.is_some() || self.before_header < ROWS_BEFORE_HEADER;
            return if may_come { Ok(()) } else { Err(UnreadableFile::NoHeader) };
        };
        if record.is_empty() {
            return Ok(());
        }
        if self.rows.len() >= MAX_ROWS {
            return Err(UnreadableFile::TooLarge);
        }
        let content = content(&Row { header, record }, self.is_text);
        self.rows.push(FileRow { line: record.line, content });
        Ok(())
    }

    /// # Errors
    /// When no header came.
    pub(super) fn finish(self) -> Result<CatalogueFile, UnreadableFile> {
        match self.header {
            Some(Header { dialect, .. }) => Ok(CatalogueFile { dialect, rows: self.rows }),
            None => Err(UnreadableFile::NoHeader),
        }
    }
}

fn content(row: &Row<'_>, is_text: bool) -> Result<CatalogueRow, String> {
    let (header, has) = (row.header, row.record.cells.len());
    let is_too_wide = row.record.cells.iter().skip(header.width).any(|cell| !cell.is_empty());
    let is_of_a_person = matches!(header.dialect, Dialect::Own | Dialect::Marks);
    let is_too_narrow = is_text && !is_of_a_person && has < header.width;
    if is_too_wide || is_too_narrow {
        return Err(format!("has {has} cells where the header has {}: a quote or a separator is wrong", header.width));
    }
    match header.dialect {
        Dialect::AnvisaRegister => anvisa::product(row).map(CatalogueRow::Product),
        Dialect::CmedList => cmed::presentation(row).map(CatalogueRow::Presentation),
        Dialect::Own => own::product(row).map(CatalogueRow::Product),
        Dialect::Marks => marks::of_substance(row).map(CatalogueRow::Substance),
    }
}
