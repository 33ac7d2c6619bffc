//! Tables for spreadsheets: CSV (RFC 4180) as Excel and LibreOffice in Brazil open it by a double click.

use axum::body::Bytes;
use csv::{Terminator, Writer, WriterBuilder};

/// Tells Excel that it is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Rows that were written and not yet sent.
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

/// A cell that a spreadsheet takes for text: what begins like a formula gets an apostrophe before it
/// (OWASP, "CSV Injection").
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_quoted_and_no_cell_is_a_formula() {
        let mut sheet = Sheet::new();
        sheet.row(["a", "b;\"c\"", "linha 1\nlinha 2"]);
        assert_eq!(sheet.take(), "\u{feff}a;\"b;\"\"c\"\"\";\"linha 1\nlinha 2\"\r\n");
        sheet.row(["=1+1", "+55 11", "-1", "@x", "\tx", "açúcar"]);
        assert_eq!(sheet.take(), "'=1+1;'+55 11;'-1;'@x;'\tx;açúcar\r\n");
        assert_eq!(sheet.take(), "");
    }
}
