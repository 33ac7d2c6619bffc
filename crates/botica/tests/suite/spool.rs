//! Ordering goes on while the publisher has no broker.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use testkit::product::command;

use crate::hospital::{BINARY, Hospital, SOON, id};

/// Every answer to an order comes within this, whatever the broker does.
const ANSWER: Duration = Duration::from_secs(3);

/// An address on which nothing listens: the one of a listener that is closed again.
pub(crate) fn nowhere() -> String {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("amqp://guest:top-secret@{address}/%2f")
}

async fn publisher_ready(hospital: &Hospital) -> (StatusCode, Value) {
    let publisher = hospital.publisher.as_ref().unwrap();
    let ready = hospital.client.get(publisher.url("/health/ready")).send().await.unwrap();
    (ready.status(), ready.json().await.unwrap())
}

#[tokio::test]
async fn five_hundred_orders_outlive_the_broker_and_a_kill_of_the_publisher() {
    let mut hospital = Hospital::distributed().await;
    hospital.publisher.take().unwrap().kill();
    hospital.start_publisher_on(&nowhere());
    let mut placed = Vec::new();
    for _ in 0..500 {
        let order = hospital.order();
        let began = Instant::now();
        hospital.place(&order).await;
        assert!(began.elapsed() < ANSWER, "{:?}", began.elapsed());
        placed.push(id(&order));
    }
    let (status, ready) = publisher_ready(&hospital).await;
    assert_eq!(status, StatusCode::OK);
    let check = &ready["checks"]["queue_publisher"];
    assert_eq!((&check["detail"]["spooling"], &check["detail"]["waiting"]), (&true.into(), &500.into()), "{check}");
    assert!(check["detail"]["oldest_seconds"].is_u64(), "{check}");
    assert!(!check.to_string().contains("top-secret"), "{check}");

    hospital.publisher.take().unwrap().kill();
    hospital.start_publisher();
    for id in &placed {
        hospital.stored(id, SOON).await;
    }
    let mut stored = hospital.stored_ids().await;
    stored.sort();
    placed.sort();
    assert_eq!(stored, placed);
}

#[tokio::test]
async fn a_full_spool_is_said_with_when_to_come_again() {
    let mut hospital = Hospital::distributed().await;
    hospital.publisher.take().unwrap().kill();
    hospital.start_publisher_with(&nowhere(), &["--spool-capacity", "3"]);
    for _ in 0..3 {
        hospital.place(&hospital.order()).await;
    }
    let order = hospital.order();
    let refused = hospital.send(Method::POST, "/orders", &order).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "queue_full");
    let (status, ready) = publisher_ready(&hospital).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{ready}");

    hospital.publisher.take().unwrap().kill();
    hospital.start_publisher();
    hospital.place(&order).await;
    hospital.stored(&id(&order), SOON).await;
    let began = Instant::now();
    while hospital.stored_ids().await.len() < 4 {
        assert!(began.elapsed() < SOON, "what was accepted is not stored");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_second_publisher_on_the_same_folder_is_told_what_to_do() {
    let hospital = Hospital::distributed().await;
    let folder = hospital.publisher_folder();
    let second = command(BINARY.as_ref())
        .args(["serve", "--role", "publisher", "--listen", "127.0.0.1:0", "--data-dir", folder.to_str().unwrap()])
        .args(["--jwks-url", &hospital.backend.as_ref().unwrap().url("/.well-known/jwks.json")])
        .env("AMQP_URL", nowhere())
        .output()
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("spool") && said.contains("a data folder of its own"), "{said}");
    hospital.place(&hospital.order()).await;
}
