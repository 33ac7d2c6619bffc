//! The parts that a value is made of, and what each must be.

use super::century;

/// Which characters a part may have (GS1 GS §7.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Characters {
    /// `N` in GS1's notation.
    Digits,
    /// `X`: set 82, figure 7.11-1.
    Set82,
    /// `Y`: set 39, figure 7.11-2.
    Set39,
    /// `Z`: set 64, figure 7.11-3, for file-safe base 64.
    Set64,
}

/// What must hold beyond length and characters. Of the dictionary's checks only these are made: they guard what a
/// pharmacy acts upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    None,
    /// The last digit fits the others.
    LastDigit,
    /// `YYMMDD`, a day of the calendar.
    Date,
    /// `YYMMDD`, where day `00` is the month's last one.
    DateOrMonth,
    /// `HHMM`, a time of day.
    Time,
}

/// A piece of a value: from `min` to `max` characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) characters: Characters,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) check: Check,
    pub(super) is_optional: bool,
}

impl Part {
    const fn new(characters: Characters, min: usize, max: usize) -> Self {
        Part { characters, min, max, check: Check::None, is_optional: false }
    }

    /// Exactly `length` digits: `N6` in GS1's notation.
    pub(super) const fn n(length: usize) -> Self {
        Self::new(Characters::Digits, length, length)
    }

    /// Up to `max` digits: `N..6`.
    pub(super) const fn n_to(max: usize) -> Self {
        Self::new(Characters::Digits, 1, max)
    }

    /// Exactly `length` characters of set 82: `X2`.
    pub(super) const fn x(length: usize) -> Self {
        Self::new(Characters::Set82, length, length)
    }

    /// Up to `max` characters of set 82: `X..20`.
    pub(super) const fn x_to(max: usize) -> Self {
        Self::new(Characters::Set82, 1, max)
    }

    /// Up to `max` characters of set 39: `Y..30`.
    pub(super) const fn y_to(max: usize) -> Self {
        Self::new(Characters::Set39, 1, max)
    }

    /// Up to `max` characters of set 64: `Z..90`.
    pub(super) const fn z_to(max: usize) -> Self {
        Self::new(Characters::Set64, 1, max)
    }

    pub(super) const fn must(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    /// It may be left out, with all that follow it: `[N4]`.
    pub(super) const fn or_nothing(mut self) -> Self {
        self.is_optional = true;
        self
    }

    pub(super) fn shortest(&self) -> usize {
        if self.is_optional { 0 } else { self.min }
    }
}

impl Characters {
    pub(super) fn has(self, c: char) -> bool {
        let is_mark = |marks: &str| marks.contains(c);
        match self {
            Characters::Digits => c.is_ascii_digit(),
            Characters::Set82 => c.is_ascii_alphanumeric() || is_mark("!\"%&'()*+,-./:;<=>?_"),
            Characters::Set39 => c.is_ascii_digit() || c.is_ascii_uppercase() || is_mark("#-/"),
            Characters::Set64 => c.is_ascii_alphanumeric() || is_mark("-_="),
        }
    }
}

impl Check {
    /// `this_year` tells the century of a date.
    pub(super) fn holds(self, value: &str, this_year: i32) -> bool {
        let is_date = || century::date(value, this_year).is_some();
        match self {
            Check::None => true,
            Check::LastDigit => check_digit::fits(value),
            Check::Date => !value.ends_with("00") && is_date(),
            Check::DateOrMonth => is_date(),
            Check::Time => value.parse::<u32>().is_ok_and(|time| time / 100 < 24 && time % 100 < 60),
        }
    }
}

/// The digit at the end that makes reading errors show (GS1 GS §7.9.1).
pub(super) mod check_digit {
    /// Whether the last digit fits the others; any single wrong digit makes it not fit. False for other
    /// characters than digits.
    pub(in super::super) fn fits(digits: &str) -> bool {
        // From the right, the check digit itself counts once, the one before it three times, and so on.
        let sum = digits.bytes().rev().zip([1, 3].into_iter().cycle()).try_fold(0_u32, |sum, (byte, weight)| {
            byte.is_ascii_digit().then(|| sum.wrapping_add(u32::from(byte - b'0') * weight))
        });
        sum.is_some_and(|sum| sum % 10 == 0)
    }
}
