//! Why a scan can't be read.

use super::{Identifier, InvalidGtin, MAX_BYTES, Scan};

/// Why a text is no GS1 code that can be relied upon. The texts are for who holds the scanner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// Nothing but white space and separators.
    #[error("nothing was read")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("is longer than any code ({MAX_BYTES} bytes)")]
    TooLong,
    /// Begins like a symbology identifier (`]d2`), but is none of a symbol that carries GS1 codes.
    #[error("begins with {found:?}, which names no kind of code that products bear")]
    UnknownSymbology {
        /// The beginning, up to three characters.
        found: String,
    },
    /// Begins with neither an identifier, nor a product's number, nor an address.
    #[error("is not a product's code")]
    NotGs1,
    /// An address that is no GS1 Digital Link.
    #[error("is an address without a product's number")]
    NotALink,
    /// Where an identifier must stand, there is none that GS1 has given a meaning.
    #[error("there is no GS1 identifier {found:?}")]
    UnknownIdentifier {
        /// What stands there, up to four characters.
        found: String,
    },
    /// A value that is too short or too long. If too long, the separator behind it may be missing.
    #[error("({identifier}) must have {}, has {has}", Range(*min, *max))]
    Length {
        /// Whose value.
        identifier: Identifier,
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
        /// How many it has.
        has: usize,
    },
    /// A character that the value may not have.
    #[error("({identifier}) must not contain {found:?}")]
    Character {
        /// Whose value.
        identifier: Identifier,
        /// The first such character.
        found: char,
    },
    /// A check digit that does not fit, other than a product's.
    #[error("({identifier}) has a wrong digit: read it again")]
    CheckDigit {
        /// Whose value.
        identifier: Identifier,
    },
    /// A day that is not in the calendar, or a time that is not on the clock.
    #[error("({identifier}) is no date or time: {value}")]
    Date {
        /// Whose value.
        identifier: Identifier,
        /// The digits as they were read.
        value: String,
    },
    /// The product's number is wrong.
    #[error(transparent)]
    Gtin(#[from] InvalidGtin),
    /// One identifier with two values.
    #[error("({identifier}) is there twice, with different values")]
    Contradiction {
        /// Which.
        identifier: Identifier,
    },
    /// A separator may be missing, and the code can be read in more than one way.
    #[error(transparent)]
    Ambiguous(Box<Ambiguity>),
}

/// A value that may go to the end, or may end before and be followed by more.
///
/// It is met only in an element string that has no separator at all, so that nobody can tell whether the scanner
/// left them out, and only if what remains behind some beginning of the value reads to the end as elements of
/// which a pack of medicine bears each once: product, lot, serial number, dates, and the registration numbers of
/// countries. Of lots of six digits one in twenty-five is doubted so; of those with letters one in four hundred. Were
/// every identifier considered, it would be two in five of the former: `91` to `99` may be followed by anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("({identifier}) {text} may go on with {}: the separator is missing, look at the pack", Next(splits))]
pub struct Ambiguity {
    /// Whose value it is.
    pub identifier: Identifier,
    /// The rest of the element string from the value's beginning.
    pub text: String,
    /// Where it may end before the end of the text, the shortest first; never empty. If `text` is no longer than
    /// such a value may be, it may be the whole value as well.
    pub splits: Vec<Split>,
    /// What stands before, which is certain.
    pub certain: Scan,
}

/// One place where a value may end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The value, if it ends there.
    pub value: String,
    /// What follows then.
    pub next: Identifier,
}

struct Range(usize, usize);

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Range(min, max) = self;
        if min == max { write!(f, "{max} characters") } else { write!(f, "{min} to {max} characters") }
    }
}

struct Next<'a>(&'a [Split]);

impl std::fmt::Display for Next<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, Split { value, next }) in self.0.iter().enumerate() {
            let or = if place == 0 { "" } else { " or " };
            write!(f, "{or}({next}) behind {value}")?;
        }
        Ok(())
    }
}
