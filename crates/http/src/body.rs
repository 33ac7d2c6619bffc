//! A request's body that ends: after so many bytes, or after so much time, whoever reads it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, LengthLimitError};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::Problem;

/// How much body a request may have, and how long it may take to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// The most bytes.
    pub bytes: usize,
    /// From the request's head to the last byte.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        // The largest order we take (many lines and a long note) has about 20 KiB. Ten seconds carry
        // 64 KiB over a line of 52 kbit/s, slower than any ward's wireless.
        BodyLimits { bytes: 64 * 1024, time: Duration::from_secs(10) }
    }
}

/// Why reading a body stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More bytes than allowed.
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    /// The time was over before the last byte.
    #[error("the body did not arrive in time")]
    TooSlow,
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(limit) => Problem::body_too_large(limit),
            BodyError::TooSlow => Problem::body_too_slow(),
        }
    }
}

struct Bounded {
    body: Body,
    limits: BodyLimits,
    left: usize,
    deadline: Pin<Box<Sleep>>,
}

impl Bounded {
    fn new(body: Body, limits: BodyLimits) -> Self {
        let deadline = Box::pin(tokio::time::sleep_until(Instant::now() + limits.time));
        Bounded { body, limits, left: limits.bytes, deadline }
    }
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) else {
            // Asked last, so that a body that is all there is never too slow.
            return this.deadline.as_mut().poll(cx).map(|()| Some(Err(axum::Error::new(BodyError::TooSlow))));
        };
        Poll::Ready(frame.map(|frame| {
            let frame = frame?;
            let bytes = frame.data_ref().map_or(0, Buf::remaining);
            this.left =
                this.left.checked_sub(bytes).ok_or_else(|| axum::Error::new(BodyError::TooLarge(this.limits.bytes)))?;
            Ok(frame)
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a client may go on sending after it was told that its body is too large. Closing a socket
/// that still has unread bytes resets it, and the client may lose the answer.
const DRAIN: BodyLimits = BodyLimits { bytes: 1024 * 1024, time: Duration::from_secs(1) };

/// Bounds the request's body.
///
/// # Errors
/// 413 at once when the declared length is too large; the handler isn't asked.
pub(crate) async fn bound(limits: BodyLimits, request: Request) -> Result<Request, Problem> {
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > limits.bytes as u64) {
        // Who asked for leave to send ("Expect: 100-continue") hasn't sent yet, and gets none.
        if !request.headers().contains_key(EXPECT) {
            let mut rest = Bounded::new(request.into_body(), DRAIN);
            while let Some(Ok(_)) = rest.frame().await {}
        }
        return Err(Problem::body_too_large(limits.bytes));
    }
    Ok(request.map(|body| Body::new(Bounded::new(body, limits))))
}

/// The problem behind a failure to read a body.
pub(crate) fn problem_of(error: &(dyn std::error::Error + 'static)) -> Problem {
    let mut source = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<BodyError>() {
            return (*error).into();
        }
        if error.is::<LengthLimitError>() {
            let detail = "The request's body is too large.";
            return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail);
        }
        source = error.source();
    }
    // The connection broke: nobody is there to read this.
    Problem::new(StatusCode::BAD_REQUEST, "body_cut_off", "The request's body ended before its time.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: impl Into<Body>, bytes: usize) -> Bounded {
        Bounded::new(body.into(), BodyLimits { bytes, time: Duration::from_secs(1) })
    }

    #[tokio::test]
    async fn a_body_of_exactly_the_limit_is_read() {
        assert_eq!(of("12345", 5).collect().await.unwrap().to_bytes(), "12345");
    }

    #[tokio::test]
    async fn one_byte_more_is_too_large_also_when_no_length_is_declared() {
        let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("123"), Ok("456")]);
        let error = of(Body::from_stream(chunks), 5).collect().await.unwrap_err();
        assert_eq!(problem_of(&error).status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_too_slow_however_steady() {
        let drops = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Some((Ok::<_, std::io::Error>("."), ()))
        });
        let error = of(Body::from_stream(drops), 100).collect().await.unwrap_err();
        assert_eq!(problem_of(&error).status(), StatusCode::REQUEST_TIMEOUT);
    }
}
