//! Dying at every step, and messages that kill their reader.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hospital::{Hospital, SOON, id};

/// What no good body has.
const DEADLY: &str = "kills whoever reads it";

/// Steps of the publisher and of the consumer.
const PUBLISHER: [&str; 2] = ["publisher.before_publish", "publisher.after_publish"];
const CONSUMER: [&str; 4] =
    ["consumer.received", "consumer.before_commit", "consumer.after_commit", "consumer.after_ack"];

#[tokio::test]
async fn a_message_that_kills_its_reader_is_kept_after_six_deaths_and_its_neighbours_are_stored() {
    kept_after_six_deaths(Hospital::embedded().await).await;
}

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
    async fn a_message_that_kills_its_reader_is_kept_after_six_deaths_and_its_neighbours_are_stored() {
        kept_after_six_deaths(Hospital::distributed().await).await;
    }

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

    #[tokio::test]
    async fn thirty_kills_of_a_consumer_with_hundreds_in_hand_make_no_dead_letter() {
        let mut hospital = Hospital::distributed().await;
        hospital.consumer.take().unwrap().kill();
        // Nothing is stored meanwhile, so each consumer has its hands full when it is killed.
        let mut lock = hospital.sql().await;
        lock.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let orders: Vec<Value> = (0..200).map(|_| hospital.order()).collect();
        for order in &orders {
            hospital.place(order).await;
        }
        for round in 0..30 {
            hospital.start_consumer();
            let metrics = hospital.consumer.as_ref().unwrap().url("/metrics");
            let deadline = Instant::now() + SOON;
            loop {
                let told = hospital.client.get(&metrics).send().await.unwrap().text().await.unwrap();
                if told.contains("botica_queue_received_total{") {
                    break;
                }
                assert!(Instant::now() < deadline, "nothing was received: {told}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            // At another moment each time: most of them while one that was read alone waits for the database.
            tokio::time::sleep(Duration::from_millis(10 * round)).await;
            hospital.consumer.take().unwrap().kill();
        }
        lock.execute("COMMIT").await.unwrap();
        hospital.start_consumer();
        for order in &orders {
            hospital.stored(&id(order), SOON).await;
        }
        assert_eq!(hospital.sql().await.count("dead_letters").await.unwrap(), 0);
        // The last of them is out of the queue a moment after it is stored.
        let deadline = Instant::now() + SOON;
        while hospital.sql().await.count("suspects").await.unwrap() > 0 {
            assert!(Instant::now() < deadline, "somebody is suspected for ever");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn kept_after_six_deaths(mut hospital: Hospital) {
    hospital.reader().take().unwrap().kill();
    let mut bodies: Vec<Vec<u8>> = (0..50).map(|_| hospital.message(&hospital.order())).collect();
    let mut culprit = hospital.order();
    culprit["note"] = json!(DEADLY);
    bodies.insert(20, hospital.message(&culprit));
    hospital.put_into_queue(&bodies).await;

    hospital.env = vec![("BOTICA_CRASH_ON".to_owned(), DEADLY.to_owned())];
    let (mut deaths, deadline) = (0, Instant::now() + 3 * SOON);
    hospital.start_reader();
    let mut sql = hospital.sql().await;
    while sql.count("dead_letters").await.unwrap() == 0 || sql.count("orders").await.unwrap() < 50 {
        let reader = hospital.reader().as_mut().unwrap();
        if let Some(status) = reader.end_status().unwrap() {
            assert_eq!(status.code(), None, "killed by a signal");
            deaths += 1;
            // The local queue gives all at once; who was tried least came first.
            if deaths == 5 && hospital.queue.is_none() {
                assert_eq!(sql.count("orders").await.unwrap(), 50, "the culprit holds nobody up");
            }
            hospital.start_reader();
        }
        assert!(Instant::now() < deadline, "after {deaths} deaths not all is in its place");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(deaths, 6);
    assert_eq!(sql.count("orders").await.unwrap(), 50);
    assert_eq!(sql.count("suspects").await.unwrap(), 0, "nobody is suspected any more");
    let letters = hospital.get("/dead-letters?state=waiting,replaying,replayed,discarded").await;
    let [letter] = letters["items"].as_array().unwrap().as_slice() else { panic!("{letters}") };
    assert!(letter["reason"].as_str().unwrap().starts_with("its reader died of it 3 times"), "{letter}");
    assert_eq!(letter["body_text"].as_str().unwrap().as_bytes(), bodies[20]);
    let running = hospital.reader().as_mut().unwrap();
    assert!(running.end_status().unwrap().is_none(), "and the reader lives on");

    // A reader that can bear it gets it by a replay.
    hospital.reader().take().unwrap().kill();
    hospital.env.clear();
    hospital.start_reader();
    hospital.post(&format!("/dead-letters/{}/replay", id(letter)), &json!({})).await;
    hospital.stored(&id(&culprit), SOON).await;
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
