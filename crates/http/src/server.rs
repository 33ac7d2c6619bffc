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
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::Tls;
use crate::connections::{Connection, Connections, Place};
use crate::watched::{Answer, Asked, Watched};

/// What one listener takes.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// How long a client may keep us waiting: for the end of TLS's handshake; for a request's head, or between
    /// two requests, so a load balancer must keep its idle connections for a shorter time; and for it to take
    /// some of an answer.
    pub patience: Duration,
    /// The most connections at once. Above, one that owes us something makes room for the newcomer, which waits
    /// where none does.
    pub connections: usize,
    /// How long a soft stop waits for what runs before it turns firm.
    pub grace: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            patience: Duration::from_secs(10),
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

/// How many may knock while we are busy letting others in. The system's own limit counts if it is lower; who knocks
/// beyond it tries again only after a second.
const KNOCKING: u32 = 4096;

/// Listens at `address`.
///
/// # Errors
/// The system's: most often, that somebody else does.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As is usual for servers: connections of the process before may linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(KNOCKING)
}

/// Serves `app` on `listener` until `running.stop`, then waits for running requests and their work,
/// at most [`ServerLimits::grace`] and until `running.cut`; then cuts the connections that are left.
///
/// With `tls`, nothing else is spoken, and browsers are told to keep to it.
///
/// Every request carries a [`ConnectInfo<SocketAddr>`] with its peer.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    app: Router,
    limits: ServerLimits,
    running: &Running,
) -> Stopped {
    let tasks = TaskTracker::new();
    let cut = running.cut.child_token();
    let were_cut = Arc::new(AtomicUsize::new(0));
    let places = Connections::new(limits.connections);

    while let Some((stream, peer, place)) = next_connection(&listener, &places, &running.stop).await {
        let (app, tls, were_cut) = (app.clone(), tls.clone(), were_cut.clone());
        let ends = Ends { stop: running.stop.clone(), cut: cut.clone(), shed: place.connection.shed.clone() };
        tasks.spawn(async move {
            // Answers are small and written at once: waiting for more to send only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(error = %error, "TCP_NODELAY could not be set");
            }
            if !serve_client(stream, tls, peer, app, limits.patience, &place.connection, &ends).await {
                were_cut.fetch_add(1, Ordering::Relaxed);
            }
            drop(place);
        });
    }
    // New clients are refused from here on and go elsewhere.
    drop(listener);

    tasks.close();
    running.work.close();
    // In this order: a connection may begin work until it is over.
    let all_done = async {
        tasks.wait().await;
        running.work.wait().await;
    };
    tokio::select! {
        () = all_done => {}
        () = tokio::time::sleep(limits.grace) => {}
        () = cut.cancelled() => {}
    }
    cut.cancel();
    tasks.wait().await;
    let stopped = Stopped { cut: were_cut.load(Ordering::Relaxed), unfinished: running.work.len() };
    if stopped != Stopped::default() {
        tracing::warn!(cut = stopped.cut, unfinished = stopped.unfinished, "stopped before everything was finished");
    }
    stopped
}

/// The next connection, with its place; `None` when told to stop.
async fn next_connection(
    listener: &TcpListener,
    places: &Arc<Connections>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, Place)> {
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, places.take().await),
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    // Out of file descriptors or memory: asking again at once would fail again, at
                    // full speed. A moment lets a connection end; a second lets some.
                    tracing::error!(error = %error, "no connection could be accepted");
                    let pause = if places.shed() { 50 } else { 1000 };
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        accepted = accept => Some(accepted),
    }
}

/// The client left between knocking and being let in.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// What ends a connection besides itself.
struct Ends {
    /// Told to finish what runs.
    stop: CancellationToken,
    /// Told to end in any case.
    cut: CancellationToken,
    /// Told to make room.
    shed: CancellationToken,
}

/// Whether the connection ended by itself or to make room, rather than by being cut.
async fn serve_client(
    stream: TcpStream,
    tls: Option<Tls>,
    peer: SocketAddr,
    app: Router,
    patience: Duration,
    connection: &Arc<Connection>,
    ends: &Ends,
) -> bool {
    match tls {
        None => {
            let io = Watched::new(stream, connection.clone(), patience);
            serve_connection(io, false, peer, app, patience, connection, ends).await
        }
        // In a box: with all that TLS needs, the task of a plain connection would be four times as large.
        Some(tls) => Box::pin(serve_by_tls(stream, tls, peer, app, patience, connection, ends)).await,
    }
}

async fn serve_by_tls(
    stream: TcpStream,
    tls: Tls,
    peer: SocketAddr,
    app: Router,
    patience: Duration,
    connection: &Arc<Connection>,
    ends: &Ends,
) -> bool {
    // Nothing has been asked yet: whatever ends it, nobody loses an answer.
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(patience, tls.accept(stream)) => shaken,
        () = ends.stop.cancelled() => return true,
        () = ends.shed.cancelled() => return true,
    };
    match shaken {
        Ok(Ok(stream)) => {
            let io = Watched::new(stream, connection.clone(), patience);
            serve_connection(io, true, peer, app, patience, connection, ends).await
        }
        Ok(Err(error)) => {
            tracing::debug!(error = %error, "a TLS handshake failed");
            true
        }
        Err(_) => true,
    }
}

/// A year, as is usual: who has been here by TLS never asks again without.
const KEEP_TO_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

async fn serve_connection<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    io: I,
    is_tls: bool,
    peer: SocketAddr,
    app: Router,
    patience: Duration,
    connection: &Arc<Connection>,
    ends: &Ends,
) -> bool {
    let watched = connection.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        watched.asked();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (app, watched) = (app.clone(), watched.clone());
        async move {
            let request = request.map(|body| Body::new(Asked::new(body, watched.clone())));
            let mut answer = app.oneshot(request).await?;
            if is_tls {
                answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, KEEP_TO_TLS);
            }
            Ok::<_, std::convert::Infallible>(answer.map(|body| Answer::new(body, watched)))
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(BUFFER);
    let mut served = pin!(http.serve_connection(TokioIo::new(io), service));
    let mut is_stopping = false;
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    // Clients that vanish or babble; nothing that we could mend.
                    tracing::debug!(error = %error, "a connection ended early");
                }
                return true;
            }
            () = ends.stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                served.as_mut().graceful_shutdown();
            }
            () = ends.shed.cancelled() => return true,
            () = ends.cut.cancelled() => return false,
        }
    }
}
