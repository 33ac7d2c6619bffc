//! Ordering goes on while the publisher has no broker.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use testkit::product::command;

use crate::faults::nowhere;
use crate::hospital::{BINARY, Hospital, SOON, id};

async fn publisher_ready(hospital: &Hospital) -> (StatusCode, Value) {
    let publisher = hospital.publisher.as_ref().unwrap();
    let ready = hospital.client.get(publisher.url("/health/ready")).send().await.unwrap();
    (ready.status(), ready.json().await.unwrap())
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
