//! Dying at every step, and messages that kill their reader.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::hospital::{Hospital, SOON, id};

/// What no good body has.
const DEADLY: &str = "kills whoever reads it";

/// Steps of the publisher and of the consumer.
const PUBLISHER: [&str; 2] = ["publisher.before_publish", "publisher.after_publish"];
const CONSUMER: [&str; 4] =
    ["consumer.received", "consumer.before_commit", "consumer.after_commit", "consumer.after_ack"];

#[tokio::test]
async fn a_message_that_its_reader_panics_over_is_kept_at_once() {
    kept_at_once(Hospital::embedded().await).await;
}

#[tokio::test]
async fn an_order_has_one_effect_at_whatever_step_the_process_dies() {
    let mut hospital = Hospital::embedded().await;
    for point in PUBLISHER.iter().chain(&["local.after_write"]).chain(&CONSUMER) {
        one_effect(&mut hospital, point).await;
    }
}

#[tokio::test]
async fn a_letter_is_replayed_although_the_process_dies_over_it() {
    replayed_once(Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn a_message_that_its_reader_panics_over_is_kept_at_once() {
        kept_at_once(Hospital::distributed().await).await;
    }

    #[tokio::test]
    async fn an_order_has_one_effect_at_whatever_step_a_process_dies() {
        let mut hospital = Hospital::distributed().await;
        for point in PUBLISHER.iter().chain(&CONSUMER) {
            one_effect(&mut hospital, point).await;
        }
    }

    #[tokio::test]
    async fn a_letter_is_replayed_although_the_process_dies_over_it() {
        replayed_once(Hospital::distributed().await).await;
    }
}

async fn kept_at_once(mut hospital: Hospital) {
    hospital.reader().take().unwrap().kill();
    let good = hospital.order();
    let mut culprit = hospital.order();
    culprit["note"] = json!(DEADLY);
    hospital.put_into_queue(&[hospital.message(&culprit), hospital.message(&good)]).await;
    hospital.env = vec![("BOTICA_PANIC_ON".to_owned(), DEADLY.to_owned())];
    hospital.start_reader();
    hospital.stored(&id(&good), SOON).await;
    let deadline = Instant::now() + SOON;
    let letter = loop {
        let letters = hospital.get("/dead-letters").await;
        if let Some(letter) = letters["items"].as_array().unwrap().first() {
            break letter.clone();
        }
        assert!(Instant::now() < deadline, "it was not kept");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(letter["reason"], "its reader panicked: this body is one to panic on");
    assert_eq!(letter["seen"], 1);
    assert!(hospital.reader().as_mut().unwrap().end_status().unwrap().is_none(), "the reader lives on");
}

/// One order, placed by a client that retries, while a process dies at `point` and is started again.
async fn one_effect(hospital: &mut Hospital, point: &str) {
    let is_publisher = hospital.publisher.is_some() && PUBLISHER.contains(&point);
    let restart = |hospital: &mut Hospital| match is_publisher {
        true => hospital.start_publisher(),
        false => hospital.start_reader(),
    };
    hospital.env = vec![("BOTICA_CRASH_AT".to_owned(), point.to_owned())];
    if is_publisher {
        hospital.publisher.take().unwrap().kill();
    } else {
        hospital.reader().take().unwrap().kill();
    }
    restart(hospital);
    if let Some(publisher) = &hospital.publisher {
        hospital.wait_until_ready(publisher).await;
    }
    let order = hospital.order();
    let first = hospital.request(Method::POST, "/orders").json(&order).send().await;
    let is_accepted = first.is_ok_and(|answer| answer.status() == StatusCode::ACCEPTED);
    assert!(!is_accepted || point.starts_with("consumer"), "{point}: dead men tell nothing");
    let dying = if is_publisher { hospital.publisher.as_mut() } else { hospital.reader().as_mut() };
    let status = dying.unwrap().wait_for_end(SOON).unwrap();
    assert_eq!(status.code(), None, "{point}: killed by a signal");

    hospital.env.clear();
    restart(hospital);
    if !is_accepted {
        hospital.place(&order).await;
    }
    let stored = hospital.stored(&id(&order), SOON).await;
    // Another copy, if there is one, comes before this.
    let last = hospital.order();
    hospital.place(&last).await;
    hospital.stored(&id(&last), SOON).await;
    assert_eq!(stored["events"].as_array().unwrap().len(), 1, "{point}");
    let ids = hospital.stored_ids().await;
    assert_eq!(ids.iter().filter(|stored| **stored == id(&order)).count(), 1, "{point}");
    let again = hospital.get(&format!("/orders/{}", id(&order))).await;
    assert_eq!(again["events"], stored["events"], "{point}");
    assert_eq!(hospital.sql().await.count("dead_letters").await.unwrap(), 0, "{point}");
}

async fn replayed_once(mut hospital: Hospital) {
    hospital.reader().take().unwrap().kill();
    let order = hospital.order();
    let body = hospital.message(&order);
    let letter = crate::dead_letters::left_by_an_older_program(&hospital, &body, 1).await;
    hospital.env = vec![("BOTICA_CRASH_AT".to_owned(), "replay.after_publish".to_owned())];
    hospital.start_reader();
    let status = hospital.reader().as_mut().unwrap().wait_for_end(SOON).unwrap();
    assert_eq!(status.code(), None, "killed by a signal");
    hospital.env.clear();
    hospital.start_reader();
    let stored = hospital.stored(&id(&order), SOON).await;
    crate::dead_letters::in_state(&hospital, &letter, "replayed", 2 * SOON).await;
    // The second copy comes before this.
    let last = hospital.order();
    hospital.place(&last).await;
    hospital.stored(&id(&last), SOON).await;
    let again = hospital.get(&format!("/orders/{}", id(&order))).await;
    assert_eq!(again["events"], stored["events"]);
    let letter = hospital.get(&format!("/dead-letters/{letter}")).await;
    assert_eq!((&letter["state"], &letter["seen"]), (&json!("replayed"), &json!(1)), "{letter}");
    assert_eq!(letter["body_text"].as_str().unwrap().as_bytes(), body, "it stays, to the byte");
}
