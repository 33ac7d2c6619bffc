//! What stands in one cell of a table, before anyone knows what it means.

use chrono::NaiveDate;
use domain::{Label, Note};

use super::words::one_line;

/// The most characters of a text that is kept beside the name. ANVISA cuts its own at 380; more than this is a
/// quote that was never closed and swallowed what follows.
const LONGEST: usize = 2000;

/// A cell. Texts have all but numbers of workbooks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Number(f64),
    /// From a workbook that says that the number is a date.
    Day(NaiveDate),
    Truth(bool),
    /// A formula that a spreadsheet could not work out.
    Broken,
}

/// A row as it stands in the file. Cells that are missing at its end are empty.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    /// Its first line, from 1.
    pub(super) line: u64,
    pub(super) cells: Vec<Cell>,
}

impl Record {
    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }
}

impl Cell {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Cell::Text(text) if text.trim().is_empty())
    }

    /// What a person would read. Whole numbers are written out (1.04540166E8 is `104540166`), never rounded.
    pub(super) fn raw(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Day(day) => day.to_string(),
            Cell::Truth(is) => is.to_string(),
            Cell::Broken => "#".to_owned(),
        }
    }

    /// On one line.
    pub(super) fn line(&self) -> String {
        one_line(&self.raw())
    }

    /// # Errors
    /// When something was lost before the cell came here.
    fn whole(&self) -> Result<(), String> {
        match self {
            Cell::Broken => Err("is a formula that failed".to_owned()),
            Cell::Text(text) if text.contains(char::REPLACEMENT_CHARACTER) => {
                Err("has a character that is not of the file's encoding".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// On one line, or nothing.
    ///
    /// # Errors
    /// When it is broken, too long, or has control characters: something is wrong with the row.
    pub(super) fn text(&self) -> Result<Option<String>, String> {
        self.whole()?;
        fitting(self.line())
    }

    /// # Errors
    /// When it is broken, or does not fit a [`Label`].
    pub(super) fn label(&self) -> Result<Option<Label>, String> {
        self.whole()?;
        match self.line() {
            line if line.is_empty() => Ok(None),
            line => Label::parse(&line).map(Some).map_err(|why| why.to_string()),
        }
    }

    /// What a person wrote, for one line: but for its outer spaces, and line breaks within, it stays as it is.
    fn as_written(&self) -> String {
        let text = self.raw();
        if !text.contains(['\n', '\r', '\t']) {
            return text.trim().to_owned();
        }
        let parts: Vec<&str> = text.split(['\n', '\r', '\t']).map(str::trim).filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }

    /// As [`Cell::text`], to the letter.
    ///
    /// # Errors
    /// As it.
    pub(super) fn own_text(&self) -> Result<Option<String>, String> {
        self.whole()?;
        fitting(self.as_written())
    }

    /// As [`Cell::label`], to the letter.
    ///
    /// # Errors
    /// As it.
    pub(super) fn own_label(&self) -> Result<Option<Label>, String> {
        self.whole()?;
        match self.as_written() {
            line if line.is_empty() => Ok(None),
            line => Label::parse(&line).map(Some).map_err(|why| why.to_string()),
        }
    }

    /// To the letter, with its line breaks.
    ///
    /// # Errors
    /// When it is broken, or does not fit a [`Note`].
    pub(super) fn own_note(&self) -> Result<Option<Note>, String> {
        self.whole()?;
        match self.raw() {
            text if text.trim().is_empty() => Ok(None),
            text => Note::parse(&text).map(Some).map_err(|why| why.to_string()),
        }
    }

    /// The text of a number that is a name for something: nothing where the cell is empty.
    ///
    /// # Errors
    /// When a workbook has a number there that is not whole, or too large to have been kept whole.
    pub(super) fn code(&self) -> Result<Option<String>, String> {
        /// Up to here every whole number has a float of its own.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Cell::Number(number) if number.fract() != 0.0 || !(0.0..EXACT).contains(number) => {
                Err(format!("must be a whole number, is {number}"))
            }
            Cell::Day(_) | Cell::Truth(_) | Cell::Broken => Err("must be a number".to_owned()),
            _ => Ok(Some(self.line()).filter(|line| !line.is_empty())),
        }
    }
}

fn fitting(line: String) -> Result<Option<String>, String> {
    if let Some(control) = line.chars().find(|c| c.is_control()) {
        return Err(format!("must not contain control characters (found U+{:04X})", control as u32));
    }
    match line.chars().count() {
        0 => Ok(None),
        has if has > LONGEST => Err(format!("must have at most {LONGEST} characters, has {has}")),
        _ => Ok(Some(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_written_out() {
        assert_eq!(Cell::Number(1.045_401_66E8).code(), Ok(Some("104540166".to_owned())));
        assert_eq!(Cell::Number(1_000_000_000_000_001.0).code(), Ok(Some("1000000000000001".to_owned())));
    }

    #[test]
    fn numbers_that_lost_digits_are_no_codes() {
        for number in [1.5, -3.0, 1e17, f64::NAN, f64::INFINITY] {
            assert!(Cell::Number(number).code().is_err(), "{number}");
        }
    }

    #[test]
    fn a_text_beyond_all_measure_is_told() {
        assert!(Cell::Text("x".repeat(2000)).text().is_ok());
        assert!(Cell::Text("x".repeat(2001)).text().is_err());
    }
}
