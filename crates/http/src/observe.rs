//! What is known of each request afterwards: its id, one span, one line in the log, two metrics.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::HeaderName;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

use crate::trace::{TRACEPARENT, continue_trace};

/// Counter of requests by `method`, `route` and `status`.
pub const REQUESTS_TOTAL: &str = "botica_http_requests_total";

/// Histogram of the seconds until the answer begins, by `method` and `route`.
pub const REQUEST_SECONDS: &str = "botica_http_request_seconds";

/// Buckets for [`REQUEST_SECONDS`]: fine below 50 ms, where healthy requests are, and up to the
/// 15 s at which a request times out.
pub const REQUEST_SECONDS_BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 15.0];

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name by which a request goes in logs, in `x-request-id`, and over several services.
/// Every request below [`stack`](crate::stack) has it as an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The id that the client or a proxy gave, if it can't harm a log line, or a fresh one.
    fn of(request: &Request) -> Self {
        let given = request.headers().get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        let is_sane = |id: &&str| {
            (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        RequestId(given.filter(is_sane).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Says what the metrics count, for `/metrics`.
pub(crate) fn describe() {
    metrics::describe_counter!(REQUESTS_TOTAL, "HTTP requests answered");
    metrics::describe_gauge!(
        crate::REVOCATIONS_LEARNED,
        metrics::Unit::Seconds,
        "When this publisher last learned which sessions ended early, in seconds since 1970"
    );
    metrics::describe_gauge!(crate::CONNECTIONS, "Open connections");
    metrics::describe_counter!(
        crate::CONNECTIONS_SHED_TOTAL,
        "Connections of clients that kept us waiting, closed to make room for others"
    );
    metrics::describe_histogram!(REQUEST_SECONDS, metrics::Unit::Seconds, "Time until the answer began");
}

/// Gives the request its id and span, and records how `answer` went about it.
pub(crate) async fn observed(mut request: Request, answer: impl AsyncFnOnce(Request) -> Response) -> Response {
    let started_at = Instant::now();
    let id = RequestId::of(&request);
    let method = method(request.method());
    // The template, never the path: ids in it would make a series each, and say who asked for what.
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "unmatched".into(), |p| p.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        request.id = id.as_str(),
        http.method = method,
        http.route = route,
        user.id = tracing::field::Empty,
        trace.id = tracing::field::Empty,
        otel.name = format_args!("{method} {route}"),
    );
    let given = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    continue_trace(&span, given);
    let header = HeaderValue::from_str(id.as_str());
    request.extensions_mut().insert(id);

    let mut answer = answer(request).instrument(span.clone()).await;

    let took = started_at.elapsed();
    let status = answer.status();
    metrics::counter!(REQUESTS_TOTAL, "method" => method, "route" => route.clone(), "status" => status.as_str().to_owned())
        .increment(1);
    metrics::histogram!(REQUEST_SECONDS, "method" => method, "route" => route).record(took);
    span.in_scope(|| log(status, took.as_secs_f64() * 1000.0));
    if let Ok(header) = header {
        answer.headers_mut().insert(X_REQUEST_ID, header);
    }
    answer
}

fn log(status: StatusCode, took_ms: f64) {
    let status_code = status.as_u16();
    // A 503 is an honest answer: whoever gave it has logged the reason, and probes may ask every second.
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!(http.status = status_code, took_ms, "answered");
    } else {
        tracing::debug!(http.status = status_code, took_ms, "answered");
    }
}

/// A client may invent methods, and each would make a series of its own.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn of(id: &str) -> RequestId {
        RequestId::of(&Request::builder().header(X_REQUEST_ID, id).body(Body::empty()).unwrap())
    }

    #[test]
    fn only_an_id_that_can_not_harm_a_log_is_taken_over() {
        for id in ["a", "0b9f-A", &"x".repeat(64)] {
            assert_eq!(of(id).as_str(), id);
        }
        for id in ["", "a b", "a\"b", "a=b", "ç", &"x".repeat(65)] {
            assert_eq!(of(id).as_str().len(), 36, "{id}");
        }
    }
}
