//! What the health authorities say of a medicine: its registration, how it is packed, how it may be dispensed.

use serde::{Deserialize, Serialize};

use crate::role::words;

/// A text that can't be a registration number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRegistration {
    /// Something else than digits, and the points, dashes and spaces that people set between them.
    #[error("must have digits only")]
    Form,
    /// No digit but zeros.
    #[error("must not be zero")]
    Zero,
    /// More or fewer digits than the number has.
    #[error("must have {wanted} digits, has {has}")]
    Length {
        /// How many it has to have.
        wanted: usize,
        /// How many it has.
        has: usize,
    },
}

/// The digits of a number as people write it: `1.0454.0166` and `104540166` are one.
fn digits(text: &str) -> Result<String, InvalidRegistration> {
    let digits: String = text.chars().filter(|c| !matches!(c, '.' | '-') && !c.is_whitespace()).collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidRegistration::Form);
    }
    if digits.bytes().all(|byte| byte == b'0') {
        return Err(InvalidRegistration::Zero);
    }
    Ok(digits)
}

macro_rules! numbers {
    ($($name:ident),*) => {$(
        impl $name {
            /// The digits, without anything between them.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidRegistration;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $name::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidRegistration;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                $name::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> Self {
                number.0
            }
        }
    )*};
}

/// The number under which ANVISA registers a product: nine digits. The first says what kind of product it is
/// (1 for medicines), four name the company, four count its products.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Registration(String);

impl Registration {
    /// How many digits it has.
    pub const DIGITS: usize = 9;

    /// Reads the number, with or without points, dashes and spaces. One that is shorter gets zeros in front: a
    /// spreadsheet drops them, and the register itself has some two dozen short ones, all lapsed. Two different
    /// numbers stay different.
    ///
    /// # Errors
    /// When it is not of digits, is zero, or has more digits than nine.
    pub fn parse(text: &str) -> Result<Self, InvalidRegistration> {
        let digits = digits(text)?;
        match digits.len() {
            has if has > Self::DIGITS => Err(InvalidRegistration::Length { wanted: Self::DIGITS, has }),
            _ => Ok(Registration(format!("{digits:0>width$}", width = Self::DIGITS))),
        }
    }
}

/// The number of one presentation (strength, form and package) of a registered product: thirteen digits. The
/// first nine are the product's [`Registration`], three count its presentations, the last is a check digit whose
/// rule is not published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PresentationCode(String);

impl PresentationCode {
    /// How many digits it has.
    pub const DIGITS: usize = 13;

    /// Reads the number, with or without points, dashes and spaces (`1.0454.0166.001-5`).
    ///
    /// # Errors
    /// When it is not of thirteen digits, or its registration is zero.
    pub fn parse(text: &str) -> Result<Self, InvalidRegistration> {
        let digits = digits(text)?;
        if digits.len() != Self::DIGITS {
            return Err(InvalidRegistration::Length { wanted: Self::DIGITS, has: digits.len() });
        }
        let is_zero = digits.bytes().take(Registration::DIGITS).all(|byte| byte == b'0');
        if is_zero { Err(InvalidRegistration::Zero) } else { Ok(PresentationCode(digits)) }
    }

    /// The product that it is a presentation of.
    pub fn registration(&self) -> Registration {
        Registration(self.0.chars().take(Registration::DIGITS).collect())
    }
}

numbers!(Registration, PresentationCode);

/// The band on a medicine's package that says how it may be sold (Law 6.360/1976 and what follows from it). The
/// yellow band is not here: it marks a generic, not a way of selling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tarja {
    /// No band: sold without a prescription.
    None,
    /// With a prescription.
    Red,
    /// With a prescription that the pharmacy keeps.
    RedRestricted,
    /// With a numbered notification of prescription: may lead to dependence.
    Black,
}

impl Tarja {
    /// All, from the least to the most restricted.
    pub const ALL: [Tarja; 4] = [Tarja::None, Tarja::Red, Tarja::RedRestricted, Tarja::Black];

    /// The word that stands for it in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Tarja::None => "none",
            Tarja::Red => "red",
            Tarja::RedRestricted => "red_restricted",
            Tarja::Black => "black",
        }
    }
}

words!(Tarja);

/// The list of Portaria SVS/MS 344/1998 that a substance under special control is on. C4 was dropped from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ControlledList {
    /// Narcotics.
    A1,
    /// Narcotics of allowed use only in special concentrations.
    A2,
    /// Psychotropics, on a notification of the A kind.
    A3,
    /// Psychotropics, on a notification of the B kind.
    B1,
    /// Psychotropics that take away appetite.
    B2,
    /// Other substances under special control.
    C1,
    /// Retinoids.
    C2,
    /// Immunosuppressants: thalidomide and its kin.
    C3,
    /// Anabolics.
    C5,
    /// Precursors of narcotics and psychotropics.
    D1,
    /// Chemical inputs for making them.
    D2,
    /// Plants that may yield them.
    E,
    /// Banned in Brazil.
    F,
}

impl ControlledList {
    /// All lists.
    pub const ALL: [ControlledList; 13] = {
        use ControlledList::*;
        [A1, A2, A3, B1, B2, C1, C2, C3, C5, D1, D2, E, F]
    };

    /// Its name, which stands for it in JSON and in the database too.
    pub fn as_str(self) -> &'static str {
        match self {
            ControlledList::A1 => "A1",
            ControlledList::A2 => "A2",
            ControlledList::A3 => "A3",
            ControlledList::B1 => "B1",
            ControlledList::B2 => "B2",
            ControlledList::C1 => "C1",
            ControlledList::C2 => "C2",
            ControlledList::C3 => "C3",
            ControlledList::C5 => "C5",
            ControlledList::D1 => "D1",
            ControlledList::D2 => "D2",
            ControlledList::E => "E",
            ControlledList::F => "F",
        }
    }
}

words!(ControlledList);

/// A text that is not a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a price in reais such as 1.234,56")]
pub struct InvalidCents;

/// A price in cents of a real: whole, so that sums are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cents(pub u64);

impl Cents {
    /// Reads a price as Brazil writes it: a decimal comma, and points between thousands or none (`1.234,56`).
    ///
    /// # Errors
    /// Anything else, `12.34` too: it can't be told from a thousand cut short.
    pub fn parse(text: &str) -> Result<Self, InvalidCents> {
        let (reais, cents) = text.trim().split_once(',').unwrap_or((text.trim(), "00"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut groups = reais.split('.');
        let first = groups.next().unwrap_or_default();
        let mut whole = first.to_owned();
        let mut has_groups = false;
        for group in groups {
            has_groups = true;
            if group.len() != 3 {
                return Err(InvalidCents);
            }
            whole.push_str(group);
        }
        if !is_number(first) || !is_number(&whole) || (has_groups && first.len() > 3) {
            return Err(InvalidCents);
        }
        let reais: u64 = whole.parse().map_err(|_| InvalidCents)?;
        let cents: u64 = match cents.len() {
            1 | 2 if is_number(cents) => format!("{cents:0<2}").parse().map_err(|_| InvalidCents)?,
            _ => return Err(InvalidCents),
        };
        reais.checked_mul(100).and_then(|reais| reais.checked_add(cents)).map(Cents).ok_or(InvalidCents)
    }
}

impl std::fmt::Display for Cents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_registration_is_the_same_however_it_is_written() {
        for text in ["104540166", "1.0454.0166", " 1 0454-0166 "] {
            assert_eq!(Registration::parse(text).unwrap().as_str(), "104540166", "{text:?}");
        }
        assert_eq!(Registration::parse("10277002").unwrap().as_str(), "010277002");
    }

    #[test]
    fn what_is_no_registration_is_told_apart() {
        assert_eq!(Registration::parse("1058300072"), Err(InvalidRegistration::Length { wanted: 9, has: 10 }));
        assert_eq!(Registration::parse("0.0000"), Err(InvalidRegistration::Zero));
        for text in ["", " - ", "1.0454E+8", "-", "١٢٣", "104540166/1"] {
            assert_eq!(Registration::parse(text), Err(InvalidRegistration::Form), "{text:?}");
        }
    }

    #[test]
    fn a_presentation_names_its_product() {
        let code = PresentationCode::parse("1.0454.0166.001-5").unwrap();
        assert_eq!(code.as_str(), "1045401660015");
        assert_eq!(code.registration(), Registration::parse("104540166").unwrap());
        assert_eq!(PresentationCode::parse("104540166"), Err(InvalidRegistration::Length { wanted: 13, has: 9 }));
        assert_eq!(PresentationCode::parse("0000000000015"), Err(InvalidRegistration::Zero));
    }

    #[test]
    fn words_read_back() {
        for tarja in Tarja::ALL {
            assert_eq!(tarja.as_str().parse(), Ok(tarja));
            assert_eq!(serde_json::to_value(tarja).unwrap(), tarja.as_str());
        }
        for list in ControlledList::ALL {
            assert_eq!(list.as_str().parse(), Ok(list));
            assert_eq!(serde_json::to_value(list).unwrap(), list.as_str());
        }
    }

    #[test]
    fn a_price_has_a_decimal_comma() {
        for (text, cents) in
            [("40,12", 4012), ("1.234,5", 123_450), ("0,07", 7), ("12", 1200), ("1234567,89", 123_456_789)]
        {
            assert_eq!(Cents::parse(text), Ok(Cents(cents)), "{text:?}");
        }
        for text in
            ["", "-", ",5", "12.34", "1.23,00", ".123,00", "1234.567,00", "1,234", "-1,00", "99999999999999999999"]
        {
            assert_eq!(Cents::parse(text), Err(InvalidCents), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_price_reads_back(cents: u64) {
            prop_assert_eq!(Cents::parse(&Cents(cents).to_string()), Ok(Cents(cents)));
        }
    }
}
