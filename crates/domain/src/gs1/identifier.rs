//! The numbers that say what follows them: 01 a product's number, 10 a lot, 17 its expiry.

use super::rules::{Rule, rule};

/// An application identifier that GS1 has given a meaning (GS1 GS §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(u16);

impl Identifier {
    /// The product's number.
    pub const GTIN: Identifier = Identifier(1);
    /// The lot.
    pub const LOT: Identifier = Identifier(10);
    /// The last day on which it may be used.
    pub const EXPIRY: Identifier = Identifier(17);
    /// The number of the single pack.
    pub const SERIAL: Identifier = Identifier(21);
    /// Expiry to the minute.
    pub const EXPIRY_TIME: Identifier = Identifier(7003);
    /// The registration number that ANVISA gave.
    pub const ANVISA: Identifier = Identifier(713);

    /// Reads an identifier alone, without parentheses. `None` when GS1 knows none like it.
    pub fn parse(digits: &str) -> Option<Self> {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let identifier = Identifier(digits.parse().ok()?);
        // The number alone says how many digits it has: all of two are below 100, all of three below 1000. So
        // `010` must not be taken for `10`.
        (digits.len() == identifier.width()).then_some(())?;
        rule(identifier.0).map(|_| identifier)
    }

    /// Splits the identifier off that `text` begins with. There is at most one: none is the beginning of another.
    pub(super) fn first_of(text: &str) -> Option<(Self, &str)> {
        (2..=4).find_map(|width| {
            let (digits, rest) = text.split_at_checked(width)?;
            Some((Self::parse(digits)?, rest))
        })
    }

    fn width(self) -> usize {
        match self.0 {
            ..100 => 2,
            100..1000 => 3,
            _ => 4,
        }
    }

    pub(super) fn rule(self) -> Option<&'static Rule> {
        rule(self.0)
    }

    /// Whether its value never needs a separator behind it, whatever follows (GS1 GS §7.8.5, figure 7.8.5-2). The
    /// table goes by the first two digits and has places that are not given out yet.
    pub fn has_predefined_length(self) -> bool {
        let first_two = match self.0 {
            ..100 => self.0,
            100..1000 => self.0 / 10,
            _ => self.0 / 100,
        };
        matches!(first_two, 0..=4 | 11..=20 | 31..=36 | 41)
    }

    /// Whether a pack of medicine bears it (the healthcare items of GS1 GS §2.1, and national rules): number, lot,
    /// serial number, dates, and the registration numbers of countries.
    pub(super) fn is_borne_by_medicine(self) -> bool {
        matches!(self.0, 1 | 10 | 11 | 13 | 15..=17 | 21 | 710..=717 | 7003)
    }
}

impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}", self.0)
    }
}
