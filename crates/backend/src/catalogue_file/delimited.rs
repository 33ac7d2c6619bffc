//! Text with a separator between cells (CSV), as different programs write it.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::cell::{Cell, Record};
use super::columns::Header;
use super::table::{ROWS_BEFORE_HEADER, Table};
use super::{CatalogueFile, Dialect, UnreadableFile};
use crate::spreadsheet::as_written;

/// In Brazil a spreadsheet writes the first; a copied table has the second; the third is everyone else's.
const SEPARATORS: [u8; 3] = [b';', b'\t', b','];

pub(super) fn read(bytes: Vec<u8>) -> Result<CatalogueFile, UnreadableFile> {
    let text = decode(bytes);
    if text.contains('\0') {
        return Err(UnreadableFile::NotATable);
    }
    if text.trim().is_empty() {
        return Err(UnreadableFile::Empty);
    }
    let (separator, dialect) = recognise(&text)?;
    let quotes = if dialect == Dialect::AnvisaRegister { Quotes::Bare } else { Quotes::Doubled };
    let mut table = Table::of_text();
    for mut record in Records::new(&text, separator, quotes) {
        if matches!(dialect, Dialect::Own | Dialect::Marks) {
            record.cells.iter_mut().for_each(without_escape);
        }
        table.take(&record)?;
    }
    table.finish()
}

/// Our own export keeps a text that looks like a formula from being one.
fn without_escape(cell: &mut Cell) {
    if let Cell::Text(text) = cell {
        let plain = as_written(text);
        if plain.len() < text.len() {
            *text = plain.to_owned();
        }
    }
}

/// A byte order mark says what it is; else what is valid UTF-8 is UTF-8 (other text hardly ever is by chance),
/// and the rest is Windows-1252, in which ANVISA and Brazilian spreadsheets write.
fn decode(bytes: Vec<u8>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let text = bytes.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(text).0.into_owned();
    }
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(not) => WINDOWS_1252.decode_without_bom_handling(not.as_bytes()).0.into_owned(),
    }
}

/// The separator under which a header has the most columns that are known, and what dialect that is.
fn recognise(text: &str) -> Result<(u8, Dialect), UnreadableFile> {
    let mut best: Option<(usize, u8, Dialect)> = None;
    for separator in SEPARATORS {
        for record in Records::new(text, separator, Quotes::Bare).take(ROWS_BEFORE_HEADER) {
            if let Some(header) = Header::recognise(&record) {
                if best.is_none_or(|(known, ..)| header.known() > known) {
                    best = Some((header.known(), separator, header.dialect));
                }
                break;
            }
        }
    }
    best.map(|(_, separator, dialect)| (separator, dialect)).ok_or(UnreadableFile::NoHeader)
}

/// How quotes within a quoted cell are written. In both ways a quote that is followed by neither a separator nor
/// a line end nor another quote is just a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    /// Twice (RFC 4180).
    Doubled,
    /// As they are, as ANVISA does: a quote ends the cell where a separator or a line end follows, however many
    /// stand before it. A pair elsewhere is one quote, so that the register saved again by a spreadsheet reads
    /// the same.
    Bare,
}

/// The rows of a text.
struct Records<'a> {
    rest: &'a str,
    line: u64,
    separator: u8,
    quotes: Quotes,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, separator: u8, quotes: Quotes) -> Self {
        Records { rest: text, line: 1, separator, quotes }
    }

    fn is_end(&self, byte: Option<&u8>) -> bool {
        byte.is_none_or(|byte| *byte == self.separator || matches!(byte, b'\n' | b'\r'))
    }

    /// The length of the cell at the beginning of the rest, and its content.
    fn cell(&self) -> (usize, String) {
        let bytes = self.rest.as_bytes();
        if bytes.first() != Some(&b'"') {
            let length = bytes.iter().position(|byte| self.is_end(Some(byte))).unwrap_or(bytes.len());
            return (length, self.rest.get(..length).unwrap_or_default().to_owned());
        }
        let mut at = 1;
        let end = loop {
            let Some(step) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'"')) else {
                // Never closed: all the rest is one cell, which then is too long or leaves its row too short.
                break bytes.len();
            };
            at += step;
            let next = bytes.get(at + 1);
            if self.quotes == Quotes::Doubled && next == Some(&b'"') {
                at += 2;
            } else if self.is_end(next) {
                break at;
            } else {
                at += 1;
            }
        };
        let content = self.rest.get(1..end).unwrap_or_default().replace("\"\"", "\"");
        ((end + 1).min(bytes.len()), content)
    }

    /// Goes on by as many bytes, counting the lines.
    fn skip(&mut self, length: usize) {
        let (gone, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        let breaks = gone.bytes().filter(|byte| *byte == b'\n').count()
            + gone.bytes().zip(gone.bytes().skip(1)).filter(|pair| pair.0 == b'\r' && pair.1 != b'\n').count();
        self.line += u64::try_from(breaks).unwrap_or(u64::MAX);
        self.rest = rest;
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let mut cells = vec![];
        loop {
            let (length, content) = self.cell();
            self.skip(length);
            cells.push(Cell::Text(content));
            match self.rest.as_bytes() {
                [separator, ..] if *separator == self.separator => self.skip(1),
                [b'\r', b'\n', ..] => {
                    self.skip(2);
                    break;
                }
                [b'\r', ..] => {
                    self.skip(1);
                    self.line += 1;
                    break;
                }
                [_, ..] => {
                    self.skip(1);
                    break;
                }
                [] => break,
            }
        }
        Some(Record { line, cells })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, quotes: Quotes) -> Vec<(u64, Vec<String>)> {
        Records::new(text, b';', quotes)
            .map(|record| (record.line, record.cells.iter().map(Cell::raw).collect()))
            .collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn quotes_within_are_read_as_anvisa_writes_them() {
        let text = "\"LAB \"X\" LTDA\";\"LAB \"Y\"\"\r\n\"a\"\";2\r\n";
        assert_eq!(rows(text, Quotes::Bare), [row(1, &["LAB \"X\" LTDA", "LAB \"Y\""]), row(2, &["a\"", "2"])]);
    }

    #[test]
    fn quotes_within_are_read_as_a_spreadsheet_writes_them() {
        let text = "\"a\"\";\"\"b\";\"c\"\"\"\n\"\";\"\"\"\"\n";
        assert_eq!(rows(text, Quotes::Doubled), [row(1, &["a\";\"b", "c\""]), row(2, &["", "\""])]);
        let saved_again = "\"LAB \"\"X\"\" LTDA\";\"LAB \"\"Y\"\"\"\r\n";
        assert_eq!(rows(saved_again, Quotes::Bare), [row(1, &["LAB \"X\" LTDA", "LAB \"Y\""])]);
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let text = "a\r\n\"b\r\nc\";d\n\ne\rf\r\"g\rh\"\r\ni";
        let lines = [row(1, &["a"]), row(2, &["b\r\nc", "d"]), row(4, &[""]), row(5, &["e"]), row(6, &["f"])];
        assert_eq!(rows(text, Quotes::Bare), [&lines[..], &[row(7, &["g\rh"]), row(9, &["i"])]].concat());
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_the_rest() {
        assert_eq!(rows("1;\"a;b\n2;c\n", Quotes::Doubled), [row(1, &["1", "a;b\n2;c\n"])]);
        assert_eq!(rows("\"", Quotes::Bare), [row(1, &[""])]);
    }
}
