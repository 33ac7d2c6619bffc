//! The headers under which a step is done: `If-Match`, and `Idempotency-Key`.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use http::{FieldError, Problem};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::if_match::IfMatch;

/// The longest idempotency key, in characters.
const MAX_KEY: usize = 200;

/// What a client says beside the step itself.
pub(crate) struct Conditions {
    /// The versions in `If-Match`.
    pub(crate) versions: Option<Vec<u32>>,
    /// Tells a step that is sent twice from another one.
    pub(crate) key: Option<String>,
}

/// What [`Conditions`] has beside `If-Match`, as the API's description has it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
struct Header {
    /// The same key is the same step.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 200)]
    key: Option<String>,
}

impl IntoParams for Conditions {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        [IfMatch::into_params(&parameter_in), Header::into_params(&parameter_in)].concat()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Conditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Conditions { versions: IfMatch::of(&parts.headers).versions, key: key(&parts.headers)? })
    }
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
