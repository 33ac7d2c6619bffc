//! Work that outlives its client, and how the server ends.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use botica_http::{RequestLimits, Running, ServerLimits, Stopped};
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::served::{Answer, Served, in_time, text};

/// A handler that can be seen to begin, held, and seen to end.
#[derive(Clone)]
struct Held {
    begun: Arc<Semaphore>,
    release: Arc<Semaphore>,
    ended: Arc<Semaphore>,
}

impl Held {
    fn new() -> Self {
        let none = || Arc::new(Semaphore::new(0));
        Held { begun: none(), release: none(), ended: none() }
    }

    async fn run(self) -> &'static str {
        self.begun.add_permits(1);
        self.release.acquire().await.unwrap().forget();
        self.ended.add_permits(1);
        "done"
    }

    fn router(&self) -> Router {
        let held = self.clone();
        Router::new().route("/held", get(move || held.clone().run())).route("/ping", get(|| async { "pong" }))
    }
}

async fn happens(event: &Semaphore) {
    in_time(event.acquire()).await.unwrap().forget();
}

async fn ask(server: &Served, path: &str) -> TcpStream {
    let mut stream = server.connect().await;
    stream.write_all(text(&format!("GET {path} HTTP/1.1\n"), "").as_bytes()).await.unwrap();
    stream
}

/// Waits until nobody listens any more.
async fn refuses(server: &Served) {
    in_time(async { while TcpStream::connect(server.address).await.is_ok() {} }).await;
}

fn with_grace(grace: Duration) -> ServerLimits {
    ServerLimits { grace, ..ServerLimits::default() }
}

const AN_HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn work_goes_on_when_its_client_leaves() {
    let held = Held::new();
    let one_at_a_time = ServerLimits { connections: 1, ..ServerLimits::default() };
    let server = Served::start(held.router(), RequestLimits::default(), one_at_a_time).await;
    let client = ask(&server, "/held").await;
    happens(&held.begun).await;
    drop(client);
    // There is room for one connection: that this one is served shows that the first is over.
    assert_eq!(server.get("/ping").await.body, "pong");
    held.release.add_permits(1);
    happens(&held.ended).await;
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_their_turn() {
    let held = Held::new();
    let one_at_a_time = ServerLimits { connections: 1, ..ServerLimits::default() };
    let server = Served::start(held.router(), RequestLimits::default(), one_at_a_time).await;
    let mut first = ask(&server, "/held").await;
    happens(&held.begun).await;
    let mut second = ask(&server, "/held").await;
    // Long enough for a request that was let in to begin; that it doesn't can't be waited for.
    let begins = tokio::time::timeout(Duration::from_millis(200), held.begun.acquire()).await;
    assert!(begins.is_err(), "there was room for one only");
    held.release.add_permits(1);
    assert_eq!(Answer::read(&mut first).await.body, "done");
    happens(&held.begun).await;
    held.release.add_permits(1);
    assert_eq!(Answer::read(&mut second).await.body, "done");
}

#[tokio::test]
async fn a_soft_stop_finishes_what_runs_and_takes_no_more() {
    let held = Held::new();
    let limits = ServerLimits { patience: AN_HOUR, ..with_grace(AN_HOUR) };
    let server = Served::start(held.router(), RequestLimits::default(), limits).await;
    let mut client = ask(&server, "/held").await;
    happens(&held.begun).await;
    // An idle connection holds nobody up.
    let mut idle = server.connect().await;
    idle.write_all(b"GET /ping HTTP/1.1\r\nhost: botica\r\n\r\n").await.unwrap();
    idle.read_exact(&mut [0; 12]).await.unwrap();
    server.running.stop.cancel();
    refuses(&server).await;
    held.release.add_permits(1);
    assert_eq!(Answer::read(&mut client).await.body, "done");
    assert_eq!(server.ended().await, Stopped::default());
}

#[tokio::test]
async fn a_soft_stop_waits_for_work_whose_client_left() {
    let held = Held::new();
    let limits = ServerLimits { connections: 1, ..with_grace(AN_HOUR) };
    let server = Served::start(held.router(), RequestLimits::default(), limits).await;
    let client = ask(&server, "/held").await;
    happens(&held.begun).await;
    drop(client);
    assert_eq!(server.get("/ping").await.body, "pong");
    server.running.stop.cancel();
    refuses(&server).await;
    held.release.add_permits(1);
    assert_eq!(server.ended().await, Stopped::default());
    assert_eq!(held.ended.available_permits(), 1);
}

fn endless(running: &Running, ends_by_stop: bool) -> Router {
    let stop = running.stop.clone();
    let handler = move || {
        let stop = stop.clone();
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"first"))]);
        let stream = first.chain(stream::pending());
        async move {
            match ends_by_stop {
                true => Body::from_stream(stream.take_until(stop.cancelled_owned())),
                false => Body::from_stream(stream),
            }
        }
    };
    Router::new().route("/stream", get(handler))
}

async fn open_stream(server: &Served) -> TcpStream {
    let mut client = ask(server, "/stream").await;
    let mut seen = Vec::new();
    while !seen.ends_with(b"first\r\n") {
        assert_ne!(in_time(client.read_buf(&mut seen)).await.unwrap(), 0);
    }
    client
}

#[tokio::test]
async fn a_stream_that_heeds_the_stop_ends_whole() {
    let running = Running::default();
    let router = endless(&running, true);
    let server = Served::start_by(router, RequestLimits::default(), with_grace(AN_HOUR), running).await;
    let mut client = open_stream(&server).await;
    server.running.stop.cancel();
    let mut rest = String::new();
    in_time(client.read_to_string(&mut rest)).await.unwrap();
    assert_eq!(rest, "0\r\n\r\n");
    assert_eq!(server.ended().await, Stopped::default());
}

#[tokio::test]
async fn a_stream_that_does_not_is_cut_after_the_grace() {
    let running = Running::default();
    let router = endless(&running, false);
    let grace = with_grace(Duration::from_millis(100));
    let server = Served::start_by(router, RequestLimits::default(), grace, running).await;
    let _clients = [open_stream(&server).await, open_stream(&server).await];
    server.running.stop.cancel();
    assert_eq!(server.ended().await, Stopped { cut: 2, unfinished: 0 });
}

#[tokio::test]
async fn a_firm_stop_waits_for_nothing() {
    let held = Held::new();
    let server = Served::start(held.router(), RequestLimits::default(), with_grace(AN_HOUR)).await;
    let _client = ask(&server, "/held").await;
    happens(&held.begun).await;
    server.running.stop.cancel();
    server.running.cut.cancel();
    assert_eq!(server.ended().await, Stopped { cut: 1, unfinished: 1 });
}
