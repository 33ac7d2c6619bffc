//! Clients that keep us waiting: each has so much time, and none a place that another needs.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use botica_http::{RequestLimits, ServerLimits};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::served::{Answer, Served, in_time, text};

/// Much more than two sockets hold.
const LARGE: usize = 32 << 20;

const AN_HOUR: Duration = Duration::from_secs(3600);

fn router() -> Router {
    Router::new()
        .route("/ping", get(|| async { "pong" }))
        .route("/large", get(|| async { vec![b'x'; LARGE] }))
        .route("/orders", post(|body: Bytes| async move { body.len().to_string() }))
}

async fn server(connections: usize, patience: Duration) -> Served {
    let limits = ServerLimits { connections, patience, ..ServerLimits::default() };
    Served::start(router(), RequestLimits::default(), limits).await
}

/// Waits until the server has closed it.
async fn is_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end, too.
    in_time(stream.read_to_end(&mut rest)).await.ok();
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_let_go() {
    let server = server(1, Duration::from_millis(200)).await;
    let mut silent = server.connect().await;
    silent.write_all(text("GET /large HTTP/1.1\n", "").as_bytes()).await.unwrap();
    silent.readable().await.unwrap();
    // There is one place: that it can be had shows that the first is over.
    assert_eq!(server.get("/ping").await.body, "pong");
    let mut got = Vec::new();
    in_time(silent.read_to_end(&mut got)).await.ok();
    assert!(got.len() < LARGE, "the answer was cut");
}

#[tokio::test]
async fn who_takes_a_large_answer_in_parts_has_all_of_it() {
    let server = server(1, Duration::from_millis(300)).await;
    let mut slow = server.connect().await;
    slow.write_all(text("GET /large HTTP/1.1\n", "").as_bytes()).await.unwrap();
    let (mut got, mut part) = (0, vec![0; 1 << 20]);
    loop {
        match in_time(slow.read(&mut part)).await.unwrap() {
            0 => break,
            read => got += read,
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(got > LARGE);
}

#[tokio::test]
async fn a_newcomer_takes_the_place_of_who_has_not_finished_asking() {
    let server = server(3, AN_HOUR).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /ping HTTP/1.1\r\nhost: botica\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    in_time(idle.read_exact(&mut answer)).await.unwrap();
    let mut of_head = server.connect().await;
    of_head.write_all(b"GET /ping HTTP/1.1\r\nhost: bo").await.unwrap();
    let mut of_body = server.connect().await;
    of_body.write_all(b"POST /orders HTTP/1.1\r\nhost: botica\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
    // Each stays open, so each needs a place.
    let mut newcomers = Vec::new();
    for _ in 0..2 {
        let mut newcomer = server.connect().await;
        newcomer.write_all(b"GET /ping HTTP/1.1\r\nhost: botica\r\n\r\n").await.unwrap();
        in_time(newcomer.read_exact(&mut answer)).await.unwrap();
        newcomers.push(newcomer);
    }
    is_closed(&mut of_head).await;
    is_closed(&mut of_body).await;
    idle.write_all(text("GET /ping HTTP/1.1\n", "").as_bytes()).await.unwrap();
    assert!(Answer::read(&mut idle).await.body.ends_with("pong"), "who had been good was not closed");
}
