//! Case 12: clients that hang up in the middle of what they asked for.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::faults::accepted::{dead_letters, one_event_each};
use crate::faults::size;
use crate::hospital::{ADMIN, Hospital, PASSWORD, SOON, id};

const AT_ONCE: usize = 16;

/// A random, but repeatable, run.
const SEED: u64 = 4393;

/// Longest after being sent that a request is cut, in microseconds: about as long as the slowest takes.
const LATEST: u64 = 12_000;

#[tokio::test(flavor = "multi_thread")]
async fn case_12_requests_cut_at_random_moments_spoil_nothing() {
    cut(&Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn case_12_requests_cut_at_random_moments_leave_no_session_in_a_transaction() {
        let hospital = Hospital::distributed().await;
        cut(&hospital).await;
        // For less long than the server would bear it: it must not be what ends them.
        let idle = "pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
        let mut sql = hospital.sql().await;
        let deadline = Instant::now() + Duration::from_secs(5);
        while sql.count(idle).await.unwrap() > 0 {
            assert!(Instant::now() < deadline, "a session is left in a transaction");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// What is asked: how, where, and with what.
type Ask = (Method, String, Value);

/// Something of every kind of route that writes.
fn kinds_of_writes(hospital: &Hospital, orders: &[Value], random: &mut fastrand::Rng) -> Ask {
    let post = |path: String, body: Value| (Method::POST, path, body);
    let number = random.u32(..);
    let medication = &hospital.medications[random.usize(..2)];
    let step = |step: &str, body: Value, random: &mut fastrand::Rng| {
        post(format!("/orders/{}/{step}", id(random.choice(orders).unwrap())), body)
    };
    match random.u8(..16) {
        0..4 => post("/orders".to_owned(), hospital.order()),
        4 | 5 => step("accept", Value::Null, random),
        6 => step("release", Value::Null, random),
        7 => step("dispatch", Value::Null, random),
        8 => step("deliver", Value::Null, random),
        9 => step("cancel", json!({ "reason": "other" }), random),
        10 => post("/medications".to_owned(), json!({ "name": format!("Soro {number}") })),
        11 => (Method::PATCH, format!("/medications/{medication}"), json!({ "description": format!("{number}") })),
        12 => post(format!("/medications/{medication}/lots"), json!({ "number": format!("L{number}") })),
        13 => post("/service-calls".to_owned(), json!({ "dispenser_id": hospital.dispenser, "kind": "other" })),
        14 => (Method::PUT, "/me/on_duty".to_owned(), json!({ "is_on_duty": number.is_multiple_of(2) })),
        _ => post("/login".to_owned(), json!({ "email": ADMIN, "password": PASSWORD })),
    }
}

async fn cut(hospital: &Hospital) {
    let mut orders = Vec::new();
    for _ in 0..50 {
        let order = hospital.order();
        hospital.place(&order).await;
        orders.push(order);
    }
    hospital.stored(&id(&orders[49]), SOON).await;
    let mut random = fastrand::Rng::with_seed(SEED);
    let requests: Vec<_> = (0..size(600, 3000, 10_000))
        .map(|_| {
            let (method, path, body) = kinds_of_writes(hospital, &orders, &mut random);
            let address: SocketAddr = hospital.url(&method, &path)[7..].split('/').next().unwrap().parse().unwrap();
            let after = Duration::from_micros(random.u64(..LATEST));
            (address, bytes(&hospital.token, &method, &path, &body), after)
        })
        .collect();
    iter(requests)
        .for_each_concurrent(AT_ONCE, async |(address, request, after)| hang_up(address, &request, after).await)
        .await;
    // What was begun goes on to its end without its client.
    let deadline = Instant::now() + SOON;
    let mut sql = hospital.sql().await;
    while sql.count("order_events").await.unwrap() < 60 {
        assert!(Instant::now() < deadline, "all were cut before they did anything");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    still_answers(hospital, &orders).await;
    dead_letters(hospital, 0, SOON).await;
    one_event_each(hospital).await;
}

fn bytes(token: &str, method: &Method, path: &str, body: &Value) -> Vec<u8> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: botica\r\nauthorization: Bearer {token}\r\n{kind}content-length: \
         {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Sends a request and hangs up after a while, whatever has come of it by then.
async fn hang_up(address: SocketAddr, request: &[u8], after: Duration) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    tokio::time::sleep(after).await;
}

/// Each kind of write, more often than there are connections to the database.
async fn still_answers(hospital: &Hospital, orders: &[Value]) {
    let mut random = fastrand::Rng::with_seed(SEED + 1);
    for _ in 0..100 {
        let (method, path, body) = kinds_of_writes(hospital, orders, &mut random);
        if path == "/login" {
            continue;
        }
        let request = hospital.request(method.clone(), &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let is_an_answer = status.is_success() || status == StatusCode::CONFLICT;
        assert!(is_an_answer, "{method} {path}: {status} {}", answer.text().await.unwrap());
    }
    let order = hospital.order();
    hospital.place(&order).await;
    hospital.stored(&id(&order), SOON).await;
}
