//! How many units of a medication.

use serde::{Deserialize, Deserializer, Serialize, de};

/// A whole number of units, from 1 to [`Quantity::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Quantity(u32);

/// A number that is not a [`Quantity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", Quantity::MAX)]
pub struct InvalidQuantity;

impl Quantity {
    /// More than any dispenser holds of anything: above it, a typing error is the likelier cause.
    pub const MAX: u32 = 100_000;

    /// # Errors
    /// Below 1 or above [`Self::MAX`].
    pub fn new(number: u32) -> Result<Self, InvalidQuantity> {
        if (1..=Self::MAX).contains(&number) { Ok(Quantity(number)) } else { Err(InvalidQuantity) }
    }

    /// The number of units.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl de::Visitor<'_> for Number {
            type Value = Quantity;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "a whole number from 1 to {}", Quantity::MAX)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quantity, E> {
                u32::try_from(number).map_err(|_| InvalidQuantity).and_then(Quantity::new).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
                u64::try_from(number).map_err(|_| E::custom(InvalidQuantity)).and_then(|n| self.visit_u64(n))
            }

            /// `3.0` is the whole number 3 to JSON Schema and to JavaScript.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Quantity, E> {
                if number.fract() == 0.0 && (1.0..=f64::from(Quantity::MAX)).contains(&number) {
                    self.visit_u64(number as u64)
                } else {
                    Err(E::custom(InvalidQuantity))
                }
            }
        }
        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_from_1_to_100000_and_nothing_else() {
        for (json, number) in [("1", 1), ("100000", 100_000), ("3.0", 3)] {
            assert_eq!(serde_json::from_str::<Quantity>(json).unwrap().get(), number, "{json}");
        }
        for json in ["0", "-1", "1.5", "100001", "1e300", "99999999999999999999", "\"3\"", "\"３\"", "null", "true"] {
            let error = serde_json::from_str::<Quantity>(json).unwrap_err().to_string();
            assert!(error.contains("a whole number from 1 to 100000"), "{json}: {error}");
        }
    }
}
