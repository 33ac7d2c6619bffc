//! A connection's bytes and bodies, watched for what its client owes us.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::connections::Connection;

/// So many bytes buy a client that reads slowly another [`Watched::patience`]: with ten seconds, 13 kbit/s.
const ENOUGH: usize = 16 * 1024;

/// Ends a connection whose client does not take what is written to it.
#[derive(Debug)]
pub(crate) struct Watched<I> {
    io: I,
    connection: Arc<Connection>,
    patience: Duration,
    stall: Option<Pin<Box<Sleep>>>,
    /// Bytes since the stall began.
    taken: usize,
}

impl<I> Watched<I> {
    pub(crate) fn new(io: I, connection: Arc<Connection>, patience: Duration) -> Self {
        Watched { io, connection, patience, stall: None, taken: 0 }
    }

    fn goes_on(&mut self) {
        if self.stall.take().is_some() {
            self.taken = 0;
            self.connection.stalls(false);
        }
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => return self.waits(cx),
            Poll::Ready(Ok(bytes)) => self.taken += bytes,
            Poll::Ready(Err(_)) => {}
        }
        if self.taken >= ENOUGH {
            self.goes_on();
        }
        written
    }

    fn flushed(&mut self, flushed: Poll<io::Result<()>>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if flushed.is_pending() {
            return self.waits(cx);
        }
        self.goes_on();
        flushed
    }

    fn waits<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if self.stall.is_none() {
            self.connection.stalls(true);
            self.taken = 0;
        }
        let patience = self.patience;
        let stall = self.stall.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        stall.as_mut().poll(cx).map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes no answer")))
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.wrote(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.wrote(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.flushed(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.io).poll_shutdown(cx);
        self.flushed(shut, cx)
    }
}

/// A request's body: says when it is waited for.
#[derive(Debug)]
pub(crate) struct Asked<B> {
    body: B,
    connection: Arc<Connection>,
    is_awaited: bool,
}

impl<B> Asked<B> {
    pub(crate) fn new(body: B, connection: Arc<Connection>) -> Self {
        Asked { body, connection, is_awaited: false }
    }

    fn is_awaited(&mut self, is_awaited: bool) {
        match (self.is_awaited, is_awaited) {
            (false, true) => self.connection.awaits_body(),
            (true, false) => self.connection.has_body(),
            _ => return,
        }
        self.is_awaited = is_awaited;
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Asked<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        self.is_awaited(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Asked<B> {
    fn drop(&mut self) {
        if self.is_awaited {
            self.connection.has_body();
        }
    }
}

/// An answer's body: says when it is given.
#[derive(Debug)]
pub(crate) struct Answer<B> {
    body: B,
    connection: Arc<Connection>,
}

impl<B> Answer<B> {
    pub(crate) fn new(body: B, connection: Arc<Connection>) -> Self {
        Answer { body, connection }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Answer<B> {
    fn drop(&mut self) {
        self.connection.answered();
    }
}
