//! Serving HTTP/1.1 and stopping: softly, then firmly.
//!
//! `axum::serve` has no time-out for a request's head and no cap on connections, so this drives
//! hyper itself. There is no HTTP/2 here: a load balancer speaks it to browsers.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// What one listener takes.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// How long a connection may be silent before or within a request's head. It also ends idle
    /// connections, so a load balancer must keep its own for a shorter time.
    pub header_read: Duration,
    /// The most connections at once; more wait in the system's queue until one ends.
    pub connections: usize,
    /// How long a soft stop waits for what runs before it turns firm.
    pub grace: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            header_read: Duration::from_secs(10),
            // A hospital's phones, each with a stream open, many times over; 320 MB of buffers at worst.
            connections: 10_000,
            // The process must be out within 10 s of a signal; the rest is for what stops after us.
            grace: Duration::from_secs(8),
        }
    }
}

/// The most bytes of a request's head, and of a body's part that waits to be read: four times the
/// largest token. hyper's own 400 KiB would be 4 GB for all connections together.
const BUFFER: usize = 32 * 1024;

/// What runs and how it is told to end; clones are the same. One for the process.
#[derive(Clone, Debug, Default)]
pub struct Running {
    /// Soft: take no more, finish what runs. A stream without an end must end by this token.
    pub stop: CancellationToken,
    /// Firm: cut what still runs.
    pub cut: CancellationToken,
    /// Handlers whose client may be gone.
    pub work: TaskTracker,
}

/// How serving ended. All zero is a clean stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that were cut in the middle of an answer.
    pub cut: usize,
    /// Handlers that still ran at the end.
    pub unfinished: usize,
}

/// Serves `app` on `listener` until `running.stop`, then waits for running requests and their work,
/// at most [`ServerLimits::grace`] and until `running.cut`; then cuts the connections that are left.
///
/// Every request carries a [`ConnectInfo<SocketAddr>`] with its peer.
pub async fn serve(listener: TcpListener, app: Router, limits: ServerLimits, running: &Running) -> Stopped {
    let connections = TaskTracker::new();
    let cut = running.cut.child_token();
    let were_cut = Arc::new(AtomicUsize::new(0));
    let slots = Arc::new(Semaphore::new(limits.connections));

    while let Some((stream, peer, slot)) = next_connection(&listener, &slots, &running.stop).await {
        let (app, stop, cut, were_cut) = (app.clone(), running.stop.clone(), cut.clone(), were_cut.clone());
        connections.spawn(async move {
            // Answers are small and written at once: waiting for more to send only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(error = %error, "TCP_NODELAY could not be set");
            }
            if !serve_connection(stream, peer, app, limits.header_read, &stop, &cut).await {
                were_cut.fetch_add(1, Ordering::Relaxed);
            }
            drop(slot);
        });
    }
    // New clients are refused from here on and go elsewhere.
    drop(listener);

    connections.close();
    running.work.close();
    // In this order: a connection may begin work until it is over.
    let all_done = async {
        connections.wait().await;
        running.work.wait().await;
    };
    tokio::select! {
        () = all_done => {}
        () = tokio::time::sleep(limits.grace) => {}
        () = cut.cancelled() => {}
    }
    cut.cancel();
    connections.wait().await;
    let stopped = Stopped { cut: were_cut.load(Ordering::Relaxed), unfinished: running.work.len() };
    if stopped != Stopped::default() {
        tracing::warn!(cut = stopped.cut, unfinished = stopped.unfinished, "stopped before everything was finished");
    }
    stopped
}

/// The next connection, once there is a slot for it; `None` when told to stop.
async fn next_connection(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accept = async {
        let slot = slots.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, slot)),
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    // Out of file descriptors or memory: asking again at once would fail again, at
                    // full speed. A second lets some connections end.
                    tracing::error!(error = %error, "no connection could be accepted");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = accept => accepted,
    }
}

/// The client left between knocking and being let in.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Whether the connection ended by itself, rather than by `cut`.
async fn serve_connection<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: I,
    peer: SocketAddr,
    app: Router,
    header_read: Duration,
    stop: &CancellationToken,
    cut: &CancellationToken,
) -> bool {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(header_read).max_buf_size(BUFFER);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut is_stopping = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    // Clients that vanish or babble; nothing that we could mend.
                    tracing::debug!(error = %error, "a connection ended early");
                }
                return true;
            }
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = cut.cancelled() => return false,
        }
    }
}
