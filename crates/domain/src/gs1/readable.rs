//! What is printed below a symbol for people: identifiers in parentheses (GS1 GS §4.14).

use super::scan::Elements;
use super::{Identifier, SEPARATOR, Scan, ScanError};

/// Reads `(01)…(17)…`. Two to four digits in parentheses are always taken for an identifier, though a value may
/// contain them: a lot `A(10)` can't be typed so. White space around values does not count.
pub(super) fn read(text: &str, this_year: i32) -> Result<Scan, ScanError> {
    let mut elements = Elements::new(this_year);
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, behind) = identifier(rest).ok_or_else(|| unknown(rest))?;
        let identifier = Identifier::parse(digits).ok_or_else(|| unknown(digits))?;
        let (value, next) = behind.split_at_checked(end_of_value(behind)).unwrap_or((behind, ""));
        elements.add(identifier, value.trim_matches(|c: char| c == SEPARATOR || c.is_whitespace()))?;
        rest = next;
    }
    elements.finish()
}

fn end_of_value(text: &str) -> usize {
    let mut parentheses = text.match_indices('(').map(|(place, _)| place);
    parentheses.find(|place| text.get(*place..).and_then(identifier).is_some()).unwrap_or(text.len())
}

/// The digits of the identifier that `text` begins with, and what is behind it.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('(')?;
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, behind) = text.split_at_checked(end).filter(|_| (2..=4).contains(&end))?;
    Some((digits, behind.strip_prefix(')')?))
}

fn unknown(text: &str) -> ScanError {
    ScanError::UnknownIdentifier { found: text.chars().take(4).collect() }
}
