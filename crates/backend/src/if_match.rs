//! `If-Match`: a step is done only if its subject still has the version that the asker has seen.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

/// What `If-Match` (RFC 9110 §13.1.1) says.
pub(crate) struct IfMatch {
    /// The versions, with or without quotes; `None` without the header, and for `*`. What is no version
    /// fits none.
    pub(crate) versions: Option<Vec<u32>>,
}

impl IfMatch {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        IfMatch { versions: versions(headers) }
    }
}

/// [`IfMatch`] as the API's description has it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
struct Header {
    /// Only if it still has this version.
    #[param(rename = "If-Match")]
    versions: Option<String>,
}

impl IntoParams for IfMatch {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Header::into_params(parameter_in)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(IfMatch::of(&parts.headers))
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
