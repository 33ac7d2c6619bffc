//! Cases 3 and 7 to 11: processes that are killed with their hands full, and what can't be stored at once.

use serde_json::{Value, json};

use crate::faults::accepted::{dead_letters, each_has_one_effect};
use crate::hospital::{Hospital, SOON, answer, hex, id};

#[tokio::test]
async fn case_10_an_unknown_type_and_version_99_are_kept_and_can_be_replayed() {
    kept_and_replayed(&Hospital::embedded().await).await;
}

async fn kept_and_replayed(hospital: &Hospital) {
    let strange = hospital.message(&hospital.order());
    hospital.put_typed_into_queue(&strange, "order.exploded.v1").await;
    let newer = br#"{"version":99,"order":"in a form that nobody knows yet"}"#.to_vec();
    hospital.put_into_queue(std::slice::from_ref(&newer)).await;
    let order = hospital.order();
    hospital.place(&order).await;
    hospital.stored(&id(&order), SOON).await;
    dead_letters(hospital, 2, SOON).await;
    let mut letters = hospital.get("/dead-letters").await["items"].as_array().unwrap().clone();
    letters.sort_by_key(|letter| letter["needs_version"].as_u64());
    let [unknown, version] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((&unknown["kind"], &unknown["needs_version"]), (&json!("order.exploded.v1"), &Value::Null));
    assert!(unknown["reason"].as_str().unwrap().contains("not known to this version"), "{unknown}");
    assert_eq!(version["needs_version"], 99);
    for (letter, body) in [(unknown, strange), (version, newer)] {
        assert_eq!(letter["body_text"].as_str().unwrap().as_bytes(), body, "to the byte");
        let path = format!("/dead-letters/{}", id(letter));
        answer(hospital.send(reqwest::Method::POST, &format!("{path}/replay"), &json!({})).await).await;
        // This version still can't read it: the same letter, back again.
        let deadline = std::time::Instant::now() + SOON;
        while hospital.get(&path).await["seen"] != 2 {
            assert!(std::time::Instant::now() < deadline, "it did not come back: {letter}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let literal =
            if hospital.database.is_some() { format!("'\\x{}'", hex(&body)) } else { format!("x'{}'", hex(&body)) };
        assert_eq!(hospital.sql().await.count(&format!("dead_letters WHERE body = {literal}")).await.unwrap(), 1);
    }
    assert_eq!(hospital.stored_ids().await, [id(&order)]);
}

mod distributed {
    use std::time::{Duration, Instant};

    use reqwest::StatusCode;
    use testkit::broker::PrivateBroker;
    use testkit::postgres::PrivatePostgres;

    use super::*;
    use crate::faults::accepted::{place_in_time, place_many};
    use crate::faults::{nowhere, set_ack_time_out, size};

    #[tokio::test]
    async fn case_03_five_hundred_orders_outlive_the_broker_and_a_kill_of_the_publisher() {
        let mut hospital = Hospital::distributed().await;
        hospital.publisher.take().unwrap().kill();
        hospital.start_publisher_on(&nowhere());
        let mut placed = Vec::new();
        for _ in 0..500 {
            placed.push(place_in_time(&hospital).await);
        }
        let publisher = hospital.publisher.as_ref().unwrap();
        let ready = hospital.client.get(publisher.url("/health/ready")).send().await.unwrap();
        assert_eq!(ready.status(), StatusCode::OK);
        let ready: Value = ready.json().await.unwrap();
        let check = &ready["checks"]["queue_publisher"];
        assert_eq!((&check["detail"]["spooling"], &check["detail"]["waiting"]), (&json!(true), &json!(500)), "{check}");
        assert!(check["detail"]["oldest_seconds"].is_u64(), "{check}");
        assert!(!check.to_string().contains("top-secret"), "{check}");

        hospital.publisher.take().unwrap().kill();
        hospital.start_publisher();
        each_has_one_effect(&hospital, &placed, SOON).await;
        assert_eq!(hospital.stored_ids().await.len(), 500);
    }

    #[tokio::test]
    async fn case_07_kills_of_a_consumer_with_hundreds_in_hand_make_no_dead_letter() {
        let mut hospital = Hospital::distributed().await;
        hospital.consumer.take().unwrap().kill();
        // Nothing is stored meanwhile, so each consumer has its hands full when it is killed.
        let mut lock = hospital.sql().await;
        lock.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let placed = place_many(&hospital, 200).await;
        for round in 0..size(6, 30, 30) {
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
        each_has_one_effect(&hospital, &placed, SOON).await;
        assert_eq!(hospital.stored_ids().await.len(), 200);
        // The last of them is out of the queue a moment after it is stored.
        let deadline = Instant::now() + SOON;
        while hospital.sql().await.count("suspects").await.unwrap() > 0 {
            assert!(Instant::now() < deadline, "somebody is suspected for ever");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn case_08_a_lock_longer_than_the_ack_time_out_leaves_one_effect() {
        let broker = PrivateBroker::start().await.unwrap();
        let (time_out, lock_for) = size((1, 4), (10, 30), (10, 90));
        set_ack_time_out(&broker, Duration::from_secs(time_out)).await;
        let mut hospital = Hospital::distributed_on_broker(&broker).await;
        let mut lock = hospital.sql().await;
        lock.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let placed = place_many(&hospital, 20).await;
        tokio::time::sleep(Duration::from_secs(lock_for)).await;
        lock.execute("COMMIT").await.unwrap();
        each_has_one_effect(&hospital, &placed, SOON).await;
        let consumer = hospital.consumer.as_mut().unwrap();
        let is_cut_off = |line: &Value| line["message"] == "the receiver was cut off";
        let line = consumer.wait_for_log(SOON, is_cut_off).unwrap();
        assert!(line.to_string().contains("timed out"), "not by the ack time-out: {line}");
    }

    #[tokio::test]
    async fn case_09_what_was_rejected_is_kept_although_the_broker_is_killed_at_once() {
        let mut broker = PrivateBroker::start().await.unwrap();
        let mut hospital = Hospital::distributed_on_broker(&broker).await;
        hospital.consumer.take().unwrap().kill();
        let bodies: Vec<Vec<u8>> = (0..200).map(|number| format!("no order {number}").into_bytes()).collect();
        hospital.put_into_queue(&bodies).await;
        // Half of them by another consumer, of whom the broker keeps them; half by ours, which keeps them itself.
        hospital.queue.as_ref().unwrap().reject_first(100).await.unwrap();
        hospital.start_consumer();
        let mut sql = hospital.sql().await;
        let deadline = Instant::now() + SOON;
        while sql.count("dead_letters").await.unwrap() == 0 {
            assert!(Instant::now() < deadline, "nothing is kept");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        broker.kill();
        broker.restart().await.unwrap();
        dead_letters(&hospital, 200, SOON).await;
        for body in &bodies {
            let kept = format!("dead_letters WHERE body = '\\x{}'", hex(body));
            assert_eq!(sql.count(&kept).await.unwrap(), 1, "{body:?}");
        }
    }

    #[tokio::test]
    async fn case_10_an_unknown_type_and_version_99_are_kept_and_can_be_replayed() {
        kept_and_replayed(&Hospital::distributed().await).await;
    }

    /// Heartbeats of 5 s: who does not send them for twice as long is cut off by the broker.
    #[tokio::test]
    async fn case_11_the_connection_stays_while_the_database_is_stalled() {
        let postgres = PrivatePostgres::start().await.unwrap();
        let mut hospital = Hospital::distributed_on_postgres(&postgres).await;
        let before = place_many(&hospital, 1).await;
        each_has_one_effect(&hospital, &before, SOON).await;
        postgres.freeze().unwrap();
        let stalled = Duration::from_secs(size(12, 20, 60));
        let (began, mut placed) = (Instant::now(), before);
        while began.elapsed() < stalled {
            placed.extend(place_many(&hospital, 1).await);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        postgres.thaw().unwrap();
        each_has_one_effect(&hospital, &placed, 3 * SOON).await;
        let log = hospital.consumer.as_mut().unwrap().log().join("\n");
        let connected = log.lines().filter(|line| line.contains("the receiver is connected")).count();
        // Once to the orders and once to what was dead-lettered.
        assert_eq!((connected, log.contains("cut off")), (2, false), "{log}");
    }
}
