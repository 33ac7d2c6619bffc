//! Fields of a change: absent leaves as it is, `null` empties.

use serde::{Deserialize, Deserializer};

/// `Some(None)` for `null`; with `#[serde(default)]`, `None` where the field is absent.
pub(crate) fn nullable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Parses what is there.
pub(crate) fn optional<T, E>(text: Option<&String>, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    text.map(|text| parse(text)).transpose()
}

/// Parses what is there and not `null`.
pub(crate) fn optional_nullable<T, E>(
    text: Option<&Option<String>>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<Option<T>>, E> {
    text.map(|text| text.as_deref().map(parse).transpose()).transpose()
}
