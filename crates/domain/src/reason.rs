//! Reasons: words of lists that each hospital keeps, so that they can be counted.

use serde::{Deserialize, Serialize};

use crate::role::words;

/// The lists of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonList {
    /// Why the pharmacy says no.
    Reject,
    /// Why an order is called off.
    Cancel,
    /// Why a delivery ends short.
    Short,
    /// Why a lot is handed over although it has expired.
    Expired,
    /// What is wrong with a dispenser.
    ServiceCall,
}

impl ReasonList {
    /// All lists.
    pub const ALL: [ReasonList; 5] =
        [ReasonList::Reject, ReasonList::Cancel, ReasonList::Short, ReasonList::Expired, ReasonList::ServiceCall];

    /// The word that stands for it in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ReasonList::Reject => "reject",
            ReasonList::Cancel => "cancel",
            ReasonList::Short => "short",
            ReasonList::Expired => "expired",
            ReasonList::ServiceCall => "service_call",
        }
    }
}

words!(ReasonList);

/// The longest code, in characters.
const LONGEST: usize = 40;

/// What stands for a reason wherever it is kept and counted; its label may change, it does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReasonCode(String);

/// A text that can't be a reason's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {LONGEST} small letters a to z, digits and _, with a letter first")]
pub struct InvalidReasonCode;

impl ReasonCode {
    /// # Errors
    /// It is not of a code's form.
    pub fn parse(text: &str) -> Result<Self, InvalidReasonCode> {
        let is_of_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if begins_well && text.len() <= LONGEST && text.bytes().all(is_of_code) {
            Ok(ReasonCode(text.to_owned()))
        } else {
            Err(InvalidReasonCode)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for ReasonCode {
    type Err = InvalidReasonCode;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ReasonCode::parse(text)
    }
}

impl TryFrom<String> for ReasonCode {
    type Error = InvalidReasonCode;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        ReasonCode::parse(&text)
    }
}

impl From<ReasonCode> for String {
    fn from(code: ReasonCode) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_small_word() {
        for good in ["out_of_stock", "a", "b12", &"x".repeat(40)] {
            assert!(ReasonCode::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "Other", "not standard", "1st", "_x", "ação", "a-b", &"x".repeat(41)] {
            assert_eq!(ReasonCode::parse(bad), Err(InvalidReasonCode), "{bad}");
        }
    }
}
