//! Addresses with passwords in them, and passwords made here.

use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

/// A URL that may hold a password: it does not print it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretUrl(String);

impl SecretUrl {
    /// The URL, for who connects to it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The URL of a file: its first line.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        Ok(SecretUrl(first_line(file)?))
    }

    /// The URL as one types it where the password is given otherwise.
    pub(crate) fn without_password(&self) -> String {
        match Url::parse(&self.0) {
            // What can't be taken out is not shown.
            Ok(mut url) => url.set_password(None).map_or_else(|()| "***".to_owned(), |()| url.to_string()),
            Err(_) => "***".to_owned(),
        }
    }

    /// The URL with `***` for its password.
    pub(crate) fn masked(&self) -> String {
        match Url::parse(&self.0) {
            Ok(mut url) if url.password().is_some() => match url.set_password(Some("***")) {
                Ok(()) => url.to_string(),
                Err(()) => "***".to_owned(),
            },
            Ok(url) => url.to_string(),
            Err(_) => "***".to_owned(),
        }
    }
}

impl std::fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

impl std::str::FromStr for SecretUrl {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(SecretUrl(text.to_owned()))
    }
}

/// The first line of a file with a secret, without the line break that editors add.
pub(crate) fn first_line(file: &Path) -> anyhow::Result<String> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).context("can't read standard input")?
    } else {
        std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?
    };
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// A password of 12 characters that can be read aloud: about 59 random bits.
pub(crate) fn random_password() -> String {
    // Small letters and digits without look-alikes. 256 is no multiple of 30: the bias is below 2 %.
    const LETTERS: &[u8; 30] = b"23456789abcdefghjkmnpqrstuvwxy";
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    // The version and variant bits stand in bytes 6 and 8; these are wholly random.
    let random = first.as_bytes()[..6].iter().chain(&second.as_bytes()[..6]);
    random.map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_not_printed() {
        let url: SecretUrl = "postgres://botica:top%20secret@db.hospital.example/botica".parse().unwrap();
        assert_eq!(format!("{url:?}"), "postgres://botica:***@db.hospital.example/botica");
        let broken: SecretUrl = "postgres://botica:secret@host:port".parse().unwrap();
        assert_eq!(format!("{broken:?}"), "***");
    }

    #[test]
    fn a_made_password_is_good_enough_to_be_set() {
        let (one, other) = (random_password(), random_password());
        assert_eq!(one.chars().count(), 12);
        assert_ne!(one, other);
    }
}
