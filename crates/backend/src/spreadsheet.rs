//! Tables for spreadsheets: CSV (RFC 4180) as Excel and LibreOffice in Brazil open it by a double click, and
//! workbooks.

mod workbook;

use axum::body::Bytes;
use chrono::NaiveDate;
use csv::{Terminator, Writer, WriterBuilder};
use uuid::Uuid;

pub(crate) use workbook::Book;

/// Tells Excel that it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Nothing,
    /// As it is, whatever it looks like.
    Text(&'a str),
    Day(NaiveDate),
    Id(Uuid),
}

impl<'a> Value<'a> {
    pub(crate) fn text(text: Option<&'a str>) -> Self {
        text.map_or(Value::Nothing, Value::Text)
    }

    pub(crate) fn day(day: Option<NaiveDate>) -> Self {
        day.map_or(Value::Nothing, Value::Day)
    }

    fn written(self) -> String {
        match self {
            Value::Nothing => String::new(),
            Value::Text(text) => text.to_owned(),
            Value::Day(day) => day.format("%d/%m/%Y").to_string(),
            Value::Id(id) => id.to_string(),
        }
    }
}

/// Rows of CSV that were written and not yet sent.
pub(crate) struct Sheet(Writer<Vec<u8>>);

impl Sheet {
    pub(crate) fn new() -> Self {
        Sheet(writer(BYTE_ORDER_MARK.to_vec()))
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) {
        let cells: Vec<String> = cells.into_iter().map(|cell| harmless(cell.as_ref())).collect();
        #[expect(clippy::expect_used, reason = "memory takes all that is written, and rows may differ in length")]
        self.0.write_record(&cells).expect("a row is written");
    }

    pub(crate) fn values<'a>(&mut self, values: impl IntoIterator<Item = Value<'a>>) {
        self.row(values.into_iter().map(Value::written));
    }

    /// What was written since the last time.
    pub(crate) fn take(&mut self) -> Bytes {
        let written = std::mem::replace(&mut self.0, writer(vec![]));
        #[expect(clippy::expect_used, reason = "memory takes all that is written")]
        let bytes = written.into_inner().expect("rows are written");
        bytes.into()
    }
}

fn writer(buffer: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().delimiter(b';').terminator(Terminator::CRLF).flexible(true).from_writer(buffer)
}

/// Whether a spreadsheet may take a text for a formula (OWASP, "CSV Injection"). A plain number can do nothing,
/// and stays one.
fn is_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_plain_number(text)
}

/// Digits with a minus before them, and a decimal comma or point within, or not.
fn is_plain_number(text: &str) -> bool {
    let is_of_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = number.split_once([',', '.']).unwrap_or((number, "0"));
    is_of_digits(whole) && is_of_digits(decimals)
}

/// A cell that a spreadsheet takes for text: what begins like a formula gets an apostrophe before it. So does
/// what would be taken for such a cell when it is read back, and [`as_written`] gives every text back.
fn harmless(text: &str) -> String {
    let is_escaped = text.starts_with('\'') && as_written(text) != text;
    if is_escaped || is_like_a_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text of a cell of CSV, without the apostrophe that kept it from being a formula.
pub(crate) fn as_written(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_quoted_and_no_cell_is_a_formula() {
        let mut sheet = Sheet::new();
        sheet.row(["a", "b;\"c\"", "linha 1\nlinha 2"]);
        assert_eq!(sheet.take(), "\u{feff}a;\"b;\"\"c\"\"\";\"linha 1\nlinha 2\"\r\n");
        sheet.row(["=1+1", "+55 11", "-1+1", "@x", "\tx", "açúcar"]);
        assert_eq!(sheet.take(), "'=1+1;'+55 11;'-1+1;'@x;'\tx;açúcar\r\n");
        assert_eq!(sheet.take(), "");
    }

    #[test]
    fn a_plain_number_stays_one() {
        for number in ["-5", "-5,25", "-0.5", "12"] {
            assert_eq!(harmless(number), number);
        }
        for text in ["-", "-5-5", "-5,", "-1.000,00", "--5", "-٥", "+5"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
    }

    #[test]
    fn days_are_written_as_in_brazil() {
        let mut sheet = Sheet::new();
        sheet.take();
        sheet.values([Value::Nothing, Value::Day(NaiveDate::from_ymd_opt(2028, 2, 9).unwrap()), Value::Text("x")]);
        assert_eq!(sheet.take(), ";09/02/2028;x\r\n");
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_and_none_is_a_formula(text in "['=+@\t\r\n5a,-]{0,6}") {
            let cell = harmless(&text);
            prop_assert_eq!(as_written(&cell), &text);
            prop_assert!(!is_like_a_formula(&cell));
        }
    }
}
