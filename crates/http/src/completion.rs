//! Work that was begun is finished, whether or not somebody still waits for the answer.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::Problem;

/// Middleware: runs the handler in a task of its own, counted by `work`.
///
/// The server drops a handler's future when its client disconnects, and the time-out does when it
/// strikes. sqlx 0.9 dropped in the middle of `begin()` hands out a connection that is still inside
/// somebody's transaction. So the future is never dropped: only the wait for it is.
///
/// A panic in the handler is a 500 here; the process lives.
pub(crate) async fn run_to_completion(State(work): State<TaskTracker>, request: Request, next: Next) -> Response {
    let task = work.spawn(next.run(request).instrument(tracing::Span::current()));
    task.await.unwrap_or_else(|error| {
        // The panic's text went to the panic hook, which knows the place too.
        tracing::error!(error = %error, "a handler panicked");
        Problem::internal().into_response()
    })
}
