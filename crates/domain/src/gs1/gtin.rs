//! The number by which the world's trade names a product.

use super::part::check_digit;

/// A Global Trade Item Number with its check digit: 14 digits, filled up with zeros from the left (GS1 GS §3.3.2).
/// A pack has one, its carton has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gtin(u64);

/// A text that is no product's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGtin {
    /// Not as many digits as an EAN-8, UPC-A, EAN-13 or GTIN-14 has.
    #[error("a product's number has 8, 12, 13 or 14 digits, this has {has} characters")]
    Length {
        /// How many characters were given.
        has: usize,
    },
    /// Something else than a digit.
    #[error("a product's number has digits alone, this has {found:?}")]
    Character {
        /// The first one found.
        found: char,
    },
    /// The last digit does not fit the others (GS1 GS §7.9).
    #[error("a digit of the product's number is wrong: read it again")]
    CheckDigit,
    /// Zeros alone. Their check digit fits, and lists have them where a number is missing.
    #[error("zeros alone are no product")]
    NoProduct,
}

impl Gtin {
    /// Reads a number of 8, 12, 13 or 14 digits.
    ///
    /// # Errors
    /// When the form or the check digit is wrong, or it is zeros alone.
    pub fn parse(digits: &str) -> Result<Self, InvalidGtin> {
        if let Some(found) = digits.chars().find(|c| !c.is_ascii_digit()) {
            return Err(InvalidGtin::Character { found });
        }
        let has = digits.len();
        if !matches!(has, 8 | 12 | 13 | 14) {
            return Err(InvalidGtin::Length { has });
        }
        if !check_digit::fits(digits) {
            return Err(InvalidGtin::CheckDigit);
        }
        match digits.parse() {
            Ok(0) | Err(_) => Err(InvalidGtin::NoProduct),
            Ok(number) => Ok(Gtin(number)),
        }
    }

    /// The 13 digits of an EAN-13, unless it is the number of a carton, which begins with another digit than 0.
    pub fn as_gtin13(self) -> Option<String> {
        (self.0 < 10_u64.pow(13)).then(|| format!("{:013}", self.0))
    }
}

/// All 14 digits.
impl std::fmt::Display for Gtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:014}", self.0)
    }
}
