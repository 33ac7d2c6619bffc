//! The headers under which a step is done: `If-Match`, and `Idempotency-Key`.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use http::{FieldError, Problem};

/// The longest idempotency key, in characters.
const MAX_KEY: usize = 200;

/// What a client says beside the step itself.
pub(crate) struct Conditions {
    /// The versions in `If-Match` (RFC 9110 §13.1.1), with or without quotes; `None` without it, and for `*`.
    /// What is no version of an order fits none.
    pub(crate) versions: Option<Vec<u32>>,
    /// Tells a step that is sent twice from another one.
    pub(crate) key: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Conditions { versions: versions(&parts.headers), key: key(&parts.headers)? })
    }
}

fn versions(headers: &HeaderMap) -> Option<Vec<u32>> {
    let mut all = headers.get_all(IF_MATCH).iter().peekable();
    all.peek()?;
    let tags: Vec<&str> = all.flat_map(|value| value.to_str().unwrap_or_default().split(',')).map(str::trim).collect();
    if tags.contains(&"*") {
        return None;
    }
    Some(tags.into_iter().filter_map(|tag| tag.trim_matches('"').parse().ok()).collect())
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut all = headers.get_all("idempotency-key").iter();
    let Some(value) = all.next() else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.chars().count() > MAX_KEY || all.next().is_some() {
        let detail = format!("must be given once, with 1 to {MAX_KEY} printable ASCII characters");
        return Err(Problem::invalid_input([FieldError { pointer: "header/Idempotency-Key".to_owned(), detail }]));
    }
    Ok(Some(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_version_is_read_with_or_without_quotes_and_what_is_none_fits_none() {
        for (sent, read) in [
            ("\"3\"", Some(vec![3])),
            ("3", Some(vec![3])),
            ("\"3\", \"4\"", Some(vec![3, 4])),
            ("*", None),
            ("W/\"3\"", Some(vec![])),
            ("\"x\"", Some(vec![])),
        ] {
            let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(sent))]);
            assert_eq!(versions(&headers), read, "{sent}");
        }
        assert_eq!(versions(&HeaderMap::new()), None);
    }
}
