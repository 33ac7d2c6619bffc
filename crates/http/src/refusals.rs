//! Answers that nobody wrote: no such path, no such method, too late.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::Problem;

/// What the router itself refused becomes a problem, with its other headers kept. It is known by
/// having no content type, which every answer with a body of ours has.
pub(crate) fn as_problem(answer: Response) -> Response {
    if answer.headers().contains_key(CONTENT_TYPE) {
        return answer;
    }
    let problem = match answer.status() {
        StatusCode::NOT_FOUND => Problem::new(StatusCode::NOT_FOUND, "no_such_path", "There is nothing at this path."),
        StatusCode::METHOD_NOT_ALLOWED => Problem::method_not_allowed(),
        _ => return answer,
    };
    let mut headers = answer.headers().clone();
    // They describe the body that was, which is none.
    headers.remove("content-length");
    let mut answer = problem.into_response();
    answer.headers_mut().extend(headers);
    answer
}

/// The handler's answer, or 503 when it hasn't begun to answer after `time`. Its work goes on
/// (see [`run_to_completion`](crate::completion::to_its_end)), and a body once begun may take
/// as long as it wants.
pub(crate) async fn time_out(time: Duration, answer: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(time, answer).await.unwrap_or_else(|_| {
        let detail = "This takes too long. It may still happen; sending the same again, with the same id, is safe.";
        Problem::unavailable("timed_out", detail, Duration::from_secs(1)).into_response()
    })
}
