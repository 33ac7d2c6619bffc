//! Work that was begun is finished, whether or not somebody still waits for the answer.
//!
//! The server drops a handler's future when its client disconnects, and the time-out does when it
//! strikes. sqlx 0.9 dropped in the middle of `begin()` hands out a connection that is still inside
//! somebody's transaction. So the future is never dropped: only the wait for it is.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::Instrument;

use crate::Problem;

/// Runs a handler, counted by `work`. When nobody waits for it any more, it goes on in a task of its own.
///
/// A panic in the handler is a 500 here; the process lives.
pub(crate) fn to_its_end(work: &TaskTracker, handler: impl Future<Output = Response> + Send + 'static) -> Completing {
    let handler = AssertUnwindSafe(handler).catch_unwind().map(|outcome| {
        outcome.unwrap_or_else(|_| {
            // The panic's text went to the panic hook, which knows the place too.
            tracing::error!("a handler panicked");
            Problem::internal().into_response()
        })
    });
    Completing { handler: Some((handler.boxed(), work.token())), runtime: Handle::current() }
}

/// A handler that runs. Dropped, it is only out of sight.
pub(crate) struct Completing {
    /// `None` once it has ended.
    handler: Option<(BoxFuture<'static, Response>, TaskTrackerToken)>,
    runtime: Handle,
}

impl Future for Completing {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let Some((handler, _)) = &mut self.handler else { return Poll::Pending };
        let answer = handler.as_mut().poll(cx);
        if answer.is_ready() {
            self.handler = None;
        }
        answer
    }
}

impl Drop for Completing {
    fn drop(&mut self) {
        if let Some((handler, token)) = self.handler.take() {
            let rest = async move {
                drop(handler.await);
                drop(token);
            };
            self.runtime.spawn(rest.in_current_span());
        }
    }
}
