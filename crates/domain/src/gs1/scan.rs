//! What a product's code says.

use chrono::NaiveDate;

use super::part::{Check, Part};
use super::rules::Rule;
use super::symbology::{self, Symbology};
use super::{Gtin, Identifier, MAX_BYTES, SEPARATOR, ScanError, century, digital_link, element_string, readable};

/// What one symbol on a pack says. It need not say all: a second symbol may have the lot and its expiry alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Which product: (01), or a plain EAN or UPC.
    pub gtin: Option<Gtin>,
    /// The lot, (10): 1 to 20 printable ASCII characters without spaces.
    pub lot: Option<String>,
    /// The last day of use, (17) or the day of (7003); the earlier if both are there.
    pub expires_on: Option<NaiveDate>,
    /// The number of the single pack, (21): 1 to 20 printable ASCII characters without spaces.
    pub serial: Option<String>,
    /// The registration number of ANVISA, (713), as it is in the code.
    pub anvisa: Option<String>,
    /// All else in its order, the time of (7003) included. Values have been checked, except for the meaning of
    /// codes such as countries and currencies.
    pub others: Vec<(Identifier, String)>,
}

impl Scan {
    /// Reads a product's code as scanners and cameras give it, or as people type it:
    ///
    /// - an element string, with or without a symbology identifier (`]d2`, `]C1`, `]e0`, `]Q3`, `]J1`) and a leading
    ///   FNC1; separators are the character GS, its picture `␝`, or `<GS>` as keyboard scanners type it;
    /// - what is printed below the symbol: `(01)07896006219149(10)AB1`;
    /// - the digits of an EAN-8, UPC-A, EAN-13, ITF-14 or GTIN-14, which 8, 12, 13 or 14 digits without a symbology
    ///   identifier always are;
    /// - a GS1 Digital Link of a product: `https://…/01/07896006219149/10/AB1?17=271231`.
    ///
    /// `this_year` settles the century of dates.
    ///
    /// # Errors
    /// When anything in it can't be relied upon, even if the rest could.
    pub fn parse(text: &str, this_year: i32) -> Result<Scan, ScanError> {
        if text.len() > MAX_BYTES {
            return Err(ScanError::TooLong);
        }
        let (symbology, text) = symbology::of(text.trim())?;
        let text = text.replace("<GS>", "\u{1D}").replace('␝', "\u{1D}");
        let bare = text.trim_matches(|c: char| c == SEPARATOR || c.is_whitespace());
        let is_number = matches!(bare.len(), 8 | 12 | 13 | 14) && bare.bytes().all(|byte| byte.is_ascii_digit());
        if bare.is_empty() {
            Err(ScanError::Empty)
        } else if symbology == Symbology::Retail || (symbology == Symbology::Any && is_number) {
            Ok(Scan { gtin: Some(Gtin::parse(bare)?), ..Scan::default() })
        } else if let Some(address) = digital_link::address(bare) {
            digital_link::read(address, this_year)
        } else if bare.starts_with('(') {
            readable::read(bare, this_year)
        } else if symbology == Symbology::Any && Identifier::first_of(bare).is_none() {
            Err(ScanError::NotGs1)
        } else {
            // Not `bare`: that a separator is there says that they are transmitted.
            element_string::read(text.trim(), this_year)
        }
    }
}

/// A scan as it is being read, element by element.
pub(super) struct Elements {
    this_year: i32,
    elements: Vec<(Identifier, String)>,
}

impl Elements {
    pub(super) fn new(this_year: i32) -> Self {
        Elements { this_year, elements: Vec::new() }
    }

    /// Adds an element once its value has been checked. The same again adds nothing.
    pub(super) fn add(&mut self, identifier: Identifier, value: &str) -> Result<(), ScanError> {
        check(identifier, value, self.this_year)?;
        match self.elements.iter().find(|(known, _)| *known == identifier) {
            Some((_, known)) if known != value => Err(ScanError::Contradiction { identifier }),
            Some(_) => Ok(()),
            None => {
                self.elements.push((identifier, value.to_owned()));
                Ok(())
            }
        }
    }

    pub(super) fn has(&self, identifier: Identifier) -> bool {
        self.elements.iter().any(|(known, _)| *known == identifier)
    }

    pub(super) fn finish(self) -> Result<Scan, ScanError> {
        if self.elements.is_empty() {
            return Err(ScanError::Empty);
        }
        self.sort_out()
    }

    /// What has been read so far, be it nothing.
    pub(super) fn sort_out(self) -> Result<Scan, ScanError> {
        let mut scan = Scan::default();
        let date = |value: &str| century::date(value, self.this_year);
        for (identifier, value) in self.elements {
            match identifier {
                Identifier::GTIN => scan.gtin = Some(Gtin::parse(&value)?),
                Identifier::LOT => scan.lot = Some(value),
                Identifier::SERIAL => scan.serial = Some(value),
                Identifier::ANVISA => scan.anvisa = Some(value),
                Identifier::EXPIRY => scan.expires_on = earlier(scan.expires_on, date(&value)),
                Identifier::EXPIRY_TIME => {
                    scan.expires_on = earlier(scan.expires_on, value.get(..6).and_then(date));
                    scan.others.push((identifier, value));
                }
                _ => scan.others.push((identifier, value)),
            }
        }
        Ok(scan)
    }
}

fn earlier(one: Option<NaiveDate>, other: Option<NaiveDate>) -> Option<NaiveDate> {
    one.into_iter().chain(other).min()
}

/// Whether `value` is what must stand behind `identifier`: its length, its characters, then what they mean.
pub(super) fn check(identifier: Identifier, value: &str, this_year: i32) -> Result<(), ScanError> {
    let Some(rule) = identifier.rule() else {
        return Err(ScanError::UnknownIdentifier { found: identifier.to_string() });
    };
    let (min, max, has) = (rule.min(), rule.max(), value.chars().count());
    if let Some(found) = value.chars().find(|c| !c.is_ascii_graphic()) {
        return Err(ScanError::Character { identifier, found });
    }
    let Some(parts) = divide(rule, value) else {
        return Err(ScanError::Length { identifier, min, max, has });
    };
    if let Some(found) = parts.iter().find_map(|(part, value)| value.chars().find(|c| !part.characters.has(*c))) {
        return Err(ScanError::Character { identifier, found });
    }
    if identifier == Identifier::GTIN {
        Gtin::parse(value)?;
    }
    match parts.iter().find(|(part, value)| !part.check.holds(value, this_year)) {
        None => Ok(()),
        Some((part, _)) if part.check == Check::LastDigit => Err(ScanError::CheckDigit { identifier }),
        Some(_) => Err(ScanError::Date { identifier, value: value.to_owned() }),
    }
}

/// Gives each part its piece of `value`, as much as it may hold. `None` when a part that must be there gets too
/// little, or something is left over.
fn divide<'a>(rule: &Rule, value: &'a str) -> Option<Vec<(&'static Part, &'a str)>> {
    let mut rest = value;
    let mut pieces = Vec::with_capacity(rule.parts.len());
    for part in rule.parts {
        if rest.is_empty() && part.is_optional {
            break;
        }
        let (piece, behind) = rest.split_at_checked(part.max).unwrap_or((rest, ""));
        if piece.len() < part.min {
            return None;
        }
        pieces.push((part, piece));
        rest = behind;
    }
    rest.is_empty().then_some(pieces)
}
