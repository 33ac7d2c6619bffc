//! Pages of other origins that may ask us (CORS). None may, unless the settings name its origin.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// Where a page is from: scheme, host and, where it is not the scheme's own, port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(HeaderValue);

/// What is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is such as https://panel.hospital.example: http or https, a host and perhaps a port, no path, no *")]
pub struct InvalidOrigin;

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// As browsers write it, byte by byte: it is compared so.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(InvalidOrigin)?;
        let is_part = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b':' | b'[' | b']');
        match !host.is_empty() && host.bytes().all(is_part) {
            true => HeaderValue::from_str(text).map(Origin).map_err(|_| InvalidOrigin),
            false => Err(InvalidOrigin),
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = InvalidOrigin;

    fn try_from(text: String) -> Result<Self, InvalidOrigin> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(own: Origin) -> String {
        own.to_string()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// `router`, open to pages of these origins. Their cookies travel, as far as those are of the same site. Call it
/// after [`stack`](crate::stack): a browser's question beforehand is answered here and goes no further.
pub fn open_to(router: Router, origins: Vec<Origin>) -> Router {
    if origins.is_empty() {
        return router;
    }
    router.layer(from_fn_with_state(Arc::new(origins), answer))
}

async fn answer(State(origins): State<Arc<Vec<Origin>>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let origin = origin.filter(|origin| origins.iter().any(|known| known.0 == *origin));
    let is_question =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut answer = match (&origin, is_question) {
        (Some(_), true) => (StatusCode::NO_CONTENT, QUESTION).into_response(),
        _ => next.run(request).await,
    };
    // Also for who gets none: a cache must not give one origin's answer to another.
    answer.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        allow(answer.headers_mut(), origin);
    }
    answer
}

/// What may be sent, known for ten minutes.
const QUESTION: [(axum::http::HeaderName, &str); 3] = [
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        ACCESS_CONTROL_ALLOW_HEADERS,
        "Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, Traceparent, X-Request-Id",
    ),
    (ACCESS_CONTROL_MAX_AGE, "600"),
];

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    let readable = "Content-Disposition, ETag, Location, Retry-After, X-Request-Id";
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(readable));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for good in ["https://panel.hospital.example", "http://localhost:5173", "https://[2001:db8::1]:8443"] {
            assert_eq!(good.parse::<Origin>().unwrap().to_string(), good);
        }
        for bad in ["", "*", "null", "hospital.example", "https://", "https://a/", "https://A.example", "https://*.a"] {
            assert_eq!(bad.parse::<Origin>(), Err(InvalidOrigin), "{bad}");
        }
    }
}
