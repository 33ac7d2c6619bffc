//! The short code on a dispenser's label, for people to read aloud and type.

use serde::{Deserialize, Serialize};

/// Digits and capitals without the look-alikes `0 O 1 I L`. Their number, 31, is prime: that makes
/// the check character find every single wrong character and every swap of two neighbours.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const LENGTH: usize = 8;

/// Eight characters, the last of which checks the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DispenserCode(String);

/// A text that is no dispenser's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCode {
    /// Not eight characters of the alphabet.
    #[error("must be {LENGTH} letters and digits without 0, O, 1, I and L")]
    Form,
    /// The last character does not fit the others.
    #[error("has a wrong or swapped character: read it again")]
    Check,
}

impl DispenserCode {
    /// A code out of `random`, which should be drawn evenly; the lowest bits that are needed are used.
    pub fn from_random(random: u64) -> Self {
        let mut rest = random;
        let mut digits = [0; LENGTH];
        for digit in &mut digits[..LENGTH - 1] {
            *digit = (rest % 31) as usize;
            rest /= 31;
        }
        digits[LENGTH - 1] = check_digit(&digits[..LENGTH - 1]);
        DispenserCode(digits.iter().map(|digit| char::from(ALPHABET[*digit])).collect())
    }

    /// Reads a code as people type it: any case, with or without spaces and hyphens.
    ///
    /// # Errors
    /// When it is not of a code's form, or its check character does not fit.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let code: String =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
        let digits = code
            .bytes()
            .map(|byte| ALPHABET.iter().position(|letter| *letter == byte).ok_or(InvalidCode::Form))
            .collect::<Result<Vec<_>, _>>()?;
        match digits.split_last() {
            Some((check, rest)) if rest.len() == LENGTH - 1 => {
                if check_digit(rest) == *check {
                    Ok(DispenserCode(code))
                } else {
                    Err(InvalidCode::Check)
                }
            }
            _ => Err(InvalidCode::Form),
        }
    }

    /// The code as it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes the sum of all characters, each times its place, a multiple of 31.
fn check_digit(digits: &[usize]) -> usize {
    let sum: usize = digits.iter().zip(1..).map(|(digit, place)| digit * place).sum();
    // The check character stands in place 8, and 8 × 4 = 32 ≡ 1 (mod 31).
    (31 - sum % 31) * 4 % 31
}

impl std::fmt::Display for DispenserCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for DispenserCode {
    type Error = InvalidCode;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        DispenserCode::parse(&text)
    }
}

impl From<DispenserCode> for String {
    fn from(code: DispenserCode) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_made_code_reads_back_however_it_is_typed(random: u64) {
            let code = DispenserCode::from_random(random);
            let (left, right) = code.as_str().split_at(4);
            prop_assert_eq!(DispenserCode::parse(&format!(" {}-{} ", left.to_lowercase(), right)), Ok(code));
        }

        #[test]
        fn one_wrong_character_is_found(random: u64, place in 0..LENGTH, other in 0..31_usize) {
            let code = DispenserCode::from_random(random);
            let mut typed = code.as_str().as_bytes().to_vec();
            prop_assume!(typed[place] != ALPHABET[other]);
            typed[place] = ALPHABET[other];
            prop_assert_eq!(DispenserCode::parse(&String::from_utf8(typed).unwrap()), Err(InvalidCode::Check));
        }

        #[test]
        fn two_swapped_neighbours_are_found(random: u64, place in 0..LENGTH - 1) {
            let code = DispenserCode::from_random(random);
            let mut typed = code.as_str().as_bytes().to_vec();
            prop_assume!(typed[place] != typed[place + 1]);
            typed.swap(place, place + 1);
            prop_assert_eq!(DispenserCode::parse(&String::from_utf8(typed).unwrap()), Err(InvalidCode::Check));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "ABC", "ABCDEFGHJ", "ABCDEFG0", "ABCDEFGÇ"] {
            assert_eq!(DispenserCode::parse(text), Err(InvalidCode::Form), "{text:?}");
        }
    }
}
