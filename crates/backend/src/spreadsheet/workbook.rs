//! A workbook (XLSX) that is written row by row.

use rust_xlsxwriter::{ExcelDateTime, Format, IgnoreError, Workbook, Worksheet, XlsxError};

use super::{Value, is_like_a_formula};
use chrono::{Datelike, NaiveDate};

/// A workbook of one sheet. Its rows are kept in a temporary file until it is finished, so that memory holds one at
/// a time.
pub(crate) struct Book {
    workbook: Workbook,
    rows: u32,
    columns: u16,
    formats: Formats,
}

struct Formats {
    day: Format,
    /// For what looks like a formula: it stays text also when somebody edits the cell.
    quoted: Format,
}

impl Book {
    /// With a header that stays in sight, of columns with their widths in characters.
    ///
    /// # Errors
    /// When no temporary file can be written.
    pub(crate) fn new(name: &str, columns: &[(&str, f64)]) -> Result<Book, XlsxError> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        let header = Format::new().set_bold();
        let mut count = 0;
        for (title, width) in columns {
            sheet.set_column_width(count, *width)?;
            sheet.write_string_with_format(0, count, *title, &header)?;
            count += 1;
        }
        let formats =
            Formats { day: Format::new().set_num_format("dd/mm/yyyy"), quoted: Format::new().set_quote_prefix() };
        Ok(Book { workbook, rows: 1, columns: count, formats })
    }

    /// # Errors
    /// When the temporary file can't be written, or there are more rows than a sheet can have.
    pub(crate) fn row<'a>(&mut self, values: impl IntoIterator<Item = Value<'a>>) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, value) in (0..).zip(values) {
            write(sheet, self.rows, column, value, &self.formats)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// When the temporary file can't be read.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, XlsxError> {
        let (last_row, last_column) = (self.rows - 1, self.columns.saturating_sub(1));
        let sheet = self.workbook.worksheet_from_index(0)?;
        sheet.autofilter(0, 0, last_row, last_column)?;
        // Numbers of registration are text, and need no green corner.
        sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
        self.workbook.save_to_buffer()
    }
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, value: Value<'_>, formats: &Formats) -> Result<(), XlsxError> {
    match value {
        Value::Nothing => {}
        Value::Text(text) if is_like_a_formula(text) => {
            sheet.write_string_with_format(row, column, text, &formats.quoted)?;
        }
        Value::Text(text) => {
            sheet.write_string(row, column, text)?;
        }
        Value::Id(_) => {
            sheet.write_string(row, column, value.written())?;
        }
        Value::Day(day) => match in_excel(day) {
            Some(at) => {
                sheet.write_datetime_with_format(row, column, at, &formats.day)?;
            }
            None => {
                sheet.write_string(row, column, value.written())?;
            }
        },
    }
    Ok(())
}

/// Nothing before 1900, where Excel has no days.
fn in_excel(day: NaiveDate) -> Option<ExcelDateTime> {
    let (month, in_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, month, in_month).ok()
}
