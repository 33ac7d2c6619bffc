//! Requests as they should not be.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use botica_http::{BodyLimits, Json, RequestLimits, ServerLimits};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use crate::served::{Answer, Served, text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    quantity: u32,
}

async fn place(Json(order): Json<Order>) -> String {
    order.lines.iter().map(|line| line.quantity).sum::<u32>().to_string()
}

fn router() -> Router {
    Router::new()
        .route("/orders", post(place))
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.port().to_string() }))
        .route("/panic", get(|| async { panic!("on purpose") as &str }))
}

async fn server() -> Served {
    let body = BodyLimits { time: Duration::from_millis(200), ..BodyLimits::default() };
    let requests = RequestLimits { body, ..RequestLimits::default() };
    let server = ServerLimits { patience: Duration::from_millis(200), ..ServerLimits::default() };
    Served::start(router(), requests, server).await
}

const JSON: &str = "POST /orders HTTP/1.1\ncontent-type: application/json\n";

async fn placed(body: &str) -> Answer {
    server().await.send(&format!("{JSON}content-length: {}\n", body.len()), body).await
}

#[tokio::test]
async fn a_good_request_is_answered() {
    let answer = placed(r#"{"lines":[{"quantity":2},{"quantity":3}]}"#).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "5"));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_let_go() {
    let server = server().await;
    for said in ["", "GET /peer HTTP/1.1\r\nhost: bo"] {
        let mut stream = server.connect().await;
        stream.write_all(said.as_bytes()).await.unwrap();
        // Ends only because the server closes.
        Answer::read(&mut stream).await;
    }
}

#[tokio::test]
async fn a_head_that_drips_is_let_go_however_steady() {
    let server = server().await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /peer HTTP/1.1\r\n").await.unwrap();
    let (mut read, mut write) = stream.split();
    let drip = async {
        while write.write_all(b"a: b\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let closed = async {
        let mut rest = Vec::new();
        // A reset is an end, too.
        tokio::io::AsyncReadExt::read_to_end(&mut read, &mut rest).await.ok();
    };
    crate::served::in_time(async {
        tokio::select! { () = drip => {}, () = closed => {} }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_time_out() {
    let server = server().await;
    let answer = server.send(&format!("{JSON}content-length: 40\n"), "{\"lines\":").await;
    assert_eq!((answer.status, answer.code().as_str()), (408, "body_too_slow"));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let server = server().await;
    assert_eq!(server.get("/nowhere").await.code(), "no_such_path");
    let answer = server.get("/orders").await;
    assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"));
    assert!(answer.head.contains("allow: POST"), "{answer:?}");
}

#[tokio::test]
async fn a_body_too_large_is_refused_whether_or_not_its_length_is_declared() {
    let large = "x".repeat(BodyLimits::default().bytes + 1);
    let answer = placed(&large).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    let chunked = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    let answer = server().await.send(&format!("{JSON}transfer-encoding: chunked\n"), &chunked).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn who_is_still_sending_too_much_gets_the_answer() {
    let server = server().await;
    let mut stream = server.connect().await;
    let half = "x".repeat(500_000);
    stream.write_all(text(&format!("{JSON}content-length: 1000000\n"), &half).as_bytes()).await.unwrap();
    // Time for a server that answers and hangs up at once to do so: sending on would then fail.
    tokio::time::timeout(Duration::from_millis(200), stream.readable()).await.ok();
    stream.write_all(half.as_bytes()).await.unwrap();
    assert_eq!(Answer::read(&mut stream).await.code(), "body_too_large");
}

#[tokio::test]
async fn who_asks_for_leave_to_send_too_much_gets_none() {
    let answer = server().await.send(&format!("{JSON}content-length: 99999999\nexpect: 100-continue\n"), "").await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said() {
    let answer = placed(r#"{"lines":[{"quantity":1,"lot":"A"}]}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "invalid_input"));
    assert_eq!(answer.problem()["errors"][0]["pointer"], "/lines/0/lot");
    let answer = placed(r#"{"lines":[}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_json"));
    let answer = placed("").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_json"));
    let form = "POST /orders HTTP/1.1\ncontent-type: application/x-www-form-urlencoded\ncontent-length: 1\n";
    let answer = server().await.send(form, "a").await;
    assert_eq!((answer.status, answer.code().as_str()), (415, "unsupported_media_type"));
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_server_lives() {
    let server = server().await;
    let mut stream = server.connect().await;
    // On one connection: it lives, too.
    stream.write_all(b"GET /panic HTTP/1.1\r\nhost: botica\r\n\r\n").await.unwrap();
    stream.write_all(text("GET /peer HTTP/1.1\n", "").as_bytes()).await.unwrap();
    let port = stream.local_addr().unwrap().port();
    let answers = Answer::read(&mut stream).await;
    assert_eq!(answers.status, 500);
    assert!(answers.body.contains("\"internal\"") && answers.body.ends_with(&port.to_string()), "{answers:?}");
}
