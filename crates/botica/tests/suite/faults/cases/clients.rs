//! Cases 14 and 15: streams at the end of the process, and clients that send again.

use std::time::Duration;

use serde_json::{Value, json};

use crate::faults::size;
use crate::hospital::{Hospital, SOON, answer, id};
use crate::stream::Reader;

#[tokio::test]
async fn case_14_a_hundred_open_streams_do_not_hold_up_the_end() {
    ends_with_its_streams(Hospital::embedded().await).await;
}

#[tokio::test]
async fn case_15_the_same_delivery_sent_24_times_at_once_is_one_movement() {
    one_movement(&Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn case_14_a_hundred_open_streams_do_not_hold_up_the_end() {
        ends_with_its_streams(Hospital::distributed().await).await;
    }

    #[tokio::test]
    async fn case_15_the_same_delivery_sent_24_times_at_once_is_one_movement() {
        one_movement(&Hospital::distributed().await).await;
    }
}

async fn ends_with_its_streams(mut hospital: Hospital) {
    let mut readers = Vec::new();
    for _ in 0..100 {
        let backend = hospital.backend.as_ref().unwrap();
        readers.push(Reader::open(backend, &hospital.token, "", None).await);
    }
    let status = hospital.backend.as_mut().unwrap().stop(Duration::from_secs(10)).unwrap();
    assert!(status.success());
    for mut reader in readers {
        while reader.next().await.is_some() {}
    }
}

async fn one_movement(hospital: &Hospital) {
    let technician = hospital.someone("technician", 1).await;
    for _ in 0..size(1, 10, 50) {
        for body in [Value::Null, json!({ "lines": [{ "quantity": 2, "lot": "A" }] })] {
            moved_once(hospital, &technician, body).await;
        }
    }
}

async fn moved_once(hospital: &Hospital, technician: &str, mut body: Value) {
    let order = hospital.order();
    hospital.place(&order).await;
    let stored = hospital.stored(&id(&order), SOON).await;
    if body.is_object() {
        body["lines"][0]["line_id"] = stored["lines"][0]["id"].clone();
    }
    answer(hospital.step(technician, &order, "accept", &Value::Null).await).await;
    let delivering = (0..24).map(|_| hospital.step(technician, &order, "deliver", &body));
    for delivered in futures_util::future::join_all(delivering).await {
        assert_eq!(delivered.status(), 200);
    }
    let whole = hospital.get(&format!("/orders/{}", id(&order))).await;
    let delivered: Vec<_> = whole["lines"].as_array().unwrap().iter().map(|line| &line["delivered"]).collect();
    assert_eq!(delivered, if body.is_null() { [3, 1] } else { [2, 0] });
    assert_eq!(whole["version"], 3);
}
