//! A "no" as RFC 9457 has it: `application/problem+json`.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An answer that says no, why, and what a program may tell it by: `code` and `type` never change.
///
/// The detail is read by people outside: no file names, no SQL, no addresses.
#[derive(Clone, Debug)]
pub struct Problem(Box<Parts>);

// Boxed, since it is the error of almost every function here and errors should be small to move.
#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    extensions: Map<String, Value>,
    headers: HeaderMap,
}

/// One thing that is wrong with what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: a JSON Pointer (RFC 6901) into the body, such as `/lines/0/quantity`; the empty text is
    /// the whole body. `path/id` and `query/limit` name a part of the address instead.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    /// A problem of the kind `code` (snake case, stable); `detail` says what is the matter this time.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Problem(Box::new(Parts {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            extensions: Map::new(),
            headers: HeaderMap::new(),
        }))
    }

    /// Adds one thing that is wrong at `pointer`.
    pub fn with_error(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(FieldError { pointer: pointer.into(), detail: detail.into() });
        self
    }

    /// Adds all of `errors`.
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.0.errors.extend(errors);
        self
    }

    /// Adds a member of its own beside the standard ones, such as the state that stood in the way.
    /// A standard member's name is left as it is.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.extensions.insert(key.to_owned(), value.into());
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Says when to try again. Counted in whole seconds, rounded up: 0 would mean at once.
    pub fn retry_after(self, after: Duration) -> Self {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        self.header(RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable word for its kind.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// What is the matter this time.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What is wrong with the input, one by one.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// 401: no access token came with the request.
    pub fn missing_token() -> Self {
        let detail = "Sign in and send the access token as \"Authorization: Bearer …\".";
        Self::new(StatusCode::UNAUTHORIZED, "missing_token", detail)
            // RFC 6750 §3.1: without credentials there is no error to name.
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"botica\""))
    }

    /// 401: the access token is not one of ours, or no longer stands for anybody. Which of its
    /// faults it was is not said.
    pub fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_token", "The access token is not valid. Sign in again.")
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"botica\", error=\"invalid_token\""))
    }

    /// 401: the access token was good until a while ago; refreshing helps.
    pub fn expired_token() -> Self {
        let challenge = "Bearer realm=\"botica\", error=\"invalid_token\", error_description=\"expired\"";
        Self::new(StatusCode::UNAUTHORIZED, "expired_token", "The access token has expired. Refresh it.")
            .header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    /// 403: signed in, but not allowed to.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Your role may not do this.")
    }

    /// 404: there is no such `what` ("order", "medication").
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("There is no such {what}."))
    }

    /// 405: the path exists, the method doesn't. `Allow` is set by who knows the path's methods.
    pub fn method_not_allowed() -> Self {
        let detail = "This path does not take that method; the Allow header lists those that it takes.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// 408: the body came too slowly.
    pub fn body_too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The request's body did not arrive in time.")
    }

    /// 413: the body is longer than `limit` bytes.
    pub fn body_too_large(limit: usize) -> Self {
        let detail = format!("The request's body must have at most {limit} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// 415: the body is not declared as JSON.
    pub fn unsupported_media_type() -> Self {
        let detail = "Send the body as \"Content-Type: application/json\".";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// 400: the body is not JSON at all.
    pub fn invalid_json(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_json", detail)
    }

    /// 422: what was sent can be read, but these parts of it are wrong.
    pub fn invalid_input(errors: impl IntoIterator<Item = FieldError>) -> Self {
        let detail = "Some of what was sent is not valid; see errors.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", detail).with_errors(errors)
    }

    /// 429: too often; again after `after`.
    pub fn too_many_requests(after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests. Try again later.")
            .retry_after(after)
    }

    /// 503: not now, for a reason that passes; again after `after`.
    pub fn unavailable(code: &'static str, detail: impl Into<String>, after: Duration) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(after)
    }

    /// 500: our fault. What happened belongs in the log, where the caller of this writes it.
    pub fn internal() -> Self {
        let detail = "Something went wrong on our side. It has been logged under this request's id.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }
}

/// `order_already_accepted` as "Order already accepted".
fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Parts { status, code, detail, errors, extensions, headers } = *self.0;
        // The standard members come last, so that none of the others can stand in for them.
        let mut body = extensions;
        body.insert("type".into(), format!("/problems/{code}").into());
        body.insert("title".into(), title(code).into());
        body.insert("status".into(), status.as_u16().into());
        body.insert("detail".into(), detail.into());
        body.insert("code".into(), code.into());
        if !errors.is_empty() {
            let errors = errors.into_iter().map(|e| serde_json::json!({"pointer": e.pointer, "detail": e.detail}));
            body.insert("errors".into(), errors.collect());
        }
        let kind = (CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        (status, headers, [kind], Value::Object(body).to_string()).into_response()
    }
}

/// What a [`Problem`] looks like on the wire, for the API's description.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "only its schema is used; Problem writes itself")]
struct Wire {
    /// A stable reference for the kind of problem; it need not lead anywhere.
    #[schema(example = "/problems/invalid_input")]
    r#type: String,
    /// The kind in words.
    #[schema(example = "Invalid input")]
    title: String,
    /// The status of the answer, again.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What is the matter this time.
    detail: String,
    /// The kind of problem, stable: what a program should decide by.
    #[schema(example = "invalid_input")]
    code: String,
    /// What is wrong with the input, one by one.
    #[schema(nullable = false)]
    errors: Option<Vec<FieldError>>,
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Wire::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> std::borrow::Cow<'static, str> {
        "Problem".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Wire::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(problem: Problem) -> (HeaderMap, Value) {
        let (parts, body) = problem.into_response().into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 16).await.unwrap();
        (parts.headers, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn a_problem_is_written_as_rfc_9457_has_it() {
        let problem = Problem::new(StatusCode::CONFLICT, "order_already_accepted", "Ana has it.")
            .with("status_of_order", "accepted")
            .with_error("/a", "no")
            .retry_after(Duration::from_millis(1500));
        let (headers, body) = written(problem).await;
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(headers[RETRY_AFTER], "2");
        let expected = serde_json::json!({
            "type": "/problems/order_already_accepted", "title": "Order already accepted", "status": 409,
            "detail": "Ana has it.", "code": "order_already_accepted", "status_of_order": "accepted",
            "errors": [{"pointer": "/a", "detail": "no"}],
        });
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn a_member_of_its_own_can_not_stand_in_for_a_standard_one() {
        let (_, body) = written(Problem::forbidden().with("status", 200).with("code", "fine")).await;
        assert_eq!((body["status"].as_u64(), body["code"].as_str()), (Some(403), Some("forbidden")));
    }

    #[tokio::test]
    async fn every_401_carries_a_challenge() {
        for problem in [Problem::missing_token(), Problem::invalid_token(), Problem::expired_token()] {
            let (headers, _) = written(problem).await;
            assert!(headers[WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer "));
        }
    }
}
