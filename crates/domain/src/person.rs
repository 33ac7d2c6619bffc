//! Who did something, as it is kept on record.

use serde::{Deserialize, Serialize};

use crate::{Role, UserId};

/// A user as an order's history names them: the name and role that they had at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their account.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
}

/// An e-mail address to sign in with: lower case, since people type it either way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// A text that can't be an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as name@hospital.example")]
pub struct InvalidEmail;

impl Email {
    /// The address in lower case, without outer white space.
    ///
    /// Only what every address has is checked (one `@`, something on both sides, no white space,
    /// at most 254 characters by RFC 5321): whether it exists, only the mail server knows.
    ///
    /// # Errors
    /// When it can't be an address.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        let has_wrong_character = text.chars().any(|c| c.is_whitespace() || c.is_control());
        match text.split_once('@') {
            Some((local, domain))
                if !local.is_empty()
                    && !domain.is_empty()
                    && !domain.contains('@')
                    && !has_wrong_character
                    && text.len() <= 254 =>
            {
                Ok(Email(text.to_lowercase()))
            }
            _ => Err(InvalidEmail),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Email::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_lower_case() {
        assert_eq!(Email::parse(" Ana@Hospital.Example ").unwrap().as_str(), "ana@hospital.example");
    }

    #[test]
    fn what_can_not_be_an_address_is_refused() {
        for text in ["", "ana", "@b", "a@", "a@b@c", "a b@c", "a@b\0"] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text:?}");
        }
    }
}
