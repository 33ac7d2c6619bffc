//! JSON bodies, read strictly: what is wrong is said with a JSON Pointer to where it is.

use axum::RequestExt;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::objects::Objects;
use crate::{FieldError, Problem, body};

/// The request's body as `T`.
///
/// Answers 415 when it isn't declared as JSON, 413 or 408 when it is too large or too slow,
/// 400 `invalid_json` when it can't be read as JSON, 422 `invalid_input` when it isn't a `T`.
/// Unknown fields are only an error where `T` says `deny_unknown_fields`, as every body of ours does.
///
/// As an answer it is `T` as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// As [`Json`], but for routes whose body may be left out: no body is `None`, whatever its type.
#[derive(Clone, Copy, Debug, Default)]
pub struct OptionalJson<T>(pub Option<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        parse(&read(request).await?).map(Json)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let bytes = read(request).await?;
        match bytes.is_empty() {
            true => Ok(OptionalJson(None)),
            false if is_json => parse(&bytes).map(|value| OptionalJson(Some(value))),
            false => Err(Problem::unsupported_media_type()),
        }
    }
}

/// `application/json`, with or without parameters. Nothing else: a form that another site posts
/// can't have this type without asking first (CORS).
fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    declared.and_then(|text| text.split(';').next()).is_some_and(|t| t.trim().eq_ignore_ascii_case("application/json"))
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    let collected = request.into_limited_body().collect().await;
    collected.map(|body| body.to_bytes()).map_err(|error| body::problem_of(&error))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Err(Problem::invalid_json("The body is empty; JSON is expected."));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = T::deserialize(Objects(&mut deserializer)).map_err(|_| what_is_wrong::<T>(bytes))?;
    deserializer.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// Reads once more what could not be read, and keeps track of the place, which costs too much to do for all.
fn what_is_wrong<T: DeserializeOwned>(bytes: &[u8]) -> Problem {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, T>(Objects(&mut deserializer)) {
        Ok(_) => Problem::internal(),
        Err(error) => {
            let path = error.path().clone();
            match error.into_inner() {
                error if error.is_data() => Problem::invalid_input([field_error(pointer(&path), &error.to_string())]),
                error => not_json(&error),
            }
        }
    }
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::invalid_json(format!("The body is not valid JSON: {error}."))
}

/// RFC 6901: `~` and `/` within a name are written as `~0` and `~1`.
fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { variant } => push(&mut pointer, variant),
            Segment::Unknown => {}
        }
    }
    pointer
}

fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

/// serde's message for people who see the field and not the text: without line and column, and
/// with the field pointed at also where serde only names it. What was sent is not said back: it may be a password.
pub(crate) fn field_error(mut pointer: String, message: &str) -> FieldError {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let named = |kind: &str| message.strip_prefix(kind)?.strip_prefix('`')?.strip_suffix('`');
    let detail = match (named("missing field "), named("duplicate field ")) {
        (Some(name), _) => {
            push(&mut pointer, name);
            "is required"
        }
        (_, Some(name)) => {
            push(&mut pointer, name);
            "may be given only once"
        }
        _ => return FieldError { pointer, detail: without_value(message) },
    };
    FieldError { pointer, detail: detail.to_owned() }
}

/// `invalid type: string "x", expected struct Order` as `invalid type: string, expected an object`.
fn without_value(message: &str) -> String {
    let parts = message.rsplit_once(", expected ").filter(|_| message.starts_with("invalid "));
    let Some((found, expected)) = parts else { return message.to_owned() };
    let value_at = found.find(['"', '`']).unwrap_or(found.len());
    let expected = if expected.starts_with("struct ") { "an object" } else { expected };
    format!("{}, expected {expected}", found[..value_at].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use serde::Deserialize;
    use uuid::Uuid;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it parses matters")]
    struct Order {
        id: Option<Uuid>,
        lines: Vec<Line>,
        #[serde(rename = "a/b~c")]
        odd: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it parses matters")]
    struct Line {
        quantity: u16,
    }

    fn refused(text: &str) -> Problem {
        parse::<Order>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let cases = [
            (
                r#"{"lines":[{"quantity":1},{"quantity":"x"}]}"#,
                "/lines/1/quantity",
                "invalid type: string, expected u16",
            ),
            (r#"{"lines":[{"quantity":70000}]}"#, "/lines/0/quantity", "invalid value: integer, expected u16"),
            (r#"{"lines":[{"quantity":1,"lot":2}]}"#, "/lines/0/lot", "unknown field `lot`"),
            (r#"{"lines":[{}]}"#, "/lines/0/quantity", "is required"),
            (r#"{"lines":[],"a/b~c":1}"#, "/a~1b~0c", "invalid type: integer, expected a boolean"),
            (r#"{"lines":[],"id":"12"}"#, "/id", "UUID parsing failed"),
            (r#"{"lines":[],"lines":[]}"#, "/lines", "may be given only once"),
            ("[]", "", "invalid type: sequence, expected an object"),
            (r#""a \", expected `secret`""#, "", "invalid type: string, expected an object"),
        ];
        for (text, pointer, detail) in cases {
            let problem = refused(text);
            assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY, "{text}");
            let error = &problem.errors()[0];
            assert_eq!(error.pointer, pointer, "{text}");
            assert!(error.detail.starts_with(detail) && !error.detail.contains("column"), "{text}: {}", error.detail);
        }
    }

    #[test]
    fn what_is_not_json_is_a_bad_request() {
        let nested = "[".repeat(10_000);
        for text in ["", " ", "{", "{\"lines\":[]} x", "{\"lines\":[]}{}", "{'lines':[]}", "NaN", nested.as_str()] {
            assert_eq!(parse::<serde_json::Value>(text.as_bytes()).unwrap_err().code(), "invalid_json", "{text}");
        }
        assert_eq!(parse::<serde_json::Value>(b"\"\xff\"").unwrap_err().code(), "invalid_json");
    }

    fn request(kind: Option<&str>, body: &'static str) -> Request {
        let mut request = Request::new(body.into());
        if let Some(kind) = kind {
            request.headers_mut().insert(CONTENT_TYPE, kind.parse().unwrap());
        }
        request
    }

    #[tokio::test]
    async fn only_application_json_is_read() {
        for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("text/json")] {
            let problem = Json::<u8>::from_request(request(kind, "1"), &()).await.unwrap_err();
            assert_eq!(problem.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind:?}");
        }
        for kind in ["application/json", "Application/JSON; charset=utf-8"] {
            assert_eq!(Json::<u8>::from_request(request(Some(kind), "1"), &()).await.unwrap().0, 1);
        }
    }

    #[tokio::test]
    async fn a_body_may_be_left_out_where_it_is_optional() {
        let none = OptionalJson::<u8>::from_request(request(None, ""), &()).await.unwrap();
        assert!(none.0.is_none());
        let some = OptionalJson::<u8>::from_request(request(Some("application/json"), "1"), &()).await.unwrap();
        assert_eq!(some.0, Some(1));
        let problem = OptionalJson::<u8>::from_request(request(None, "1"), &()).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
