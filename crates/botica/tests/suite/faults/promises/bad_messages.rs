//! Promise 6: a bad message never blocks or vanishes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::faults::size;
use crate::hospital::{Hospital, SOON, hex, id};

/// What no good body has.
const DEADLY: &str = "kills whoever reads it";

#[tokio::test]
async fn promise_06_bad_messages_are_kept_to_the_byte_and_hold_nobody_up() {
    kept(Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn promise_06_bad_messages_are_kept_to_the_byte_and_hold_nobody_up() {
        kept(Hospital::distributed().await).await;
    }
}

/// Bodies that are no orders, each of another kind.
fn bad(hospital: &Hospital) -> Vec<Vec<u8>> {
    let good = hospital.message(&hospital.order());
    let with = |pointer: &str, value: Value| {
        let mut message: Value = serde_json::from_slice(&hospital.message(&hospital.order())).unwrap();
        *message.pointer_mut(pointer).unwrap() = value;
        message.to_string().into_bytes()
    };
    let mut random = fastrand::Rng::with_seed(6);
    let mut bodies: Vec<Vec<u8>> = vec![
        vec![],
        b"\x00".to_vec(),
        b"\x00\xff\xfe".to_vec(),
        good[..good.len() / 2].to_vec(),
        [good.clone(), b"}".to_vec()].concat(),
        vec![b'['; 50_000],
        br#"{"a":"#.repeat(20_000),
        b"{\"version\":99}".to_vec(),
        with("/version", json!("1")),
        with("/version", json!(-1)),
        with("/order", json!([])),
        with("/order/lines", json!("none")),
        with("/order/lines/0/quantity", json!(1e300)),
        with("/order/dispenser_id", json!(12)),
        with("/placed_at", json!("yesterday")),
        with("/placed_by", Value::Null),
        vec![b' '; 1 << 20],
        vec![0xc3; 1 << 20],
    ];
    if hospital.database.is_some() {
        // In form an order; but PostgreSQL's text can't hold NUL.
        bodies.push(with("/placed_by/name", json!("a\u{0}b")));
    }
    bodies.extend((0..size(20, 200, 2000)).map(|_| (0..random.usize(8..300)).map(|_| random.u8(..)).collect()));
    bodies
}

async fn kept(mut hospital: Hospital) {
    hospital.reader().take().unwrap().kill();
    let bad = bad(&hospital);
    let mut bodies: Vec<Vec<u8>> = (0..50).map(|_| hospital.message(&hospital.order())).collect();
    let mut culprit = hospital.order();
    culprit["note"] = json!(DEADLY);
    let deadly = hospital.message(&culprit);
    bodies.insert(20, deadly.clone());
    for (number, body) in bad.iter().enumerate() {
        bodies.insert((number * 2).min(bodies.len()), body.clone());
    }
    hospital.put_into_queue(&bodies).await;

    hospital.env = vec![("BOTICA_CRASH_ON".to_owned(), DEADLY.to_owned())];
    let letters = i64::try_from(bad.len()).unwrap() + 1;
    let (mut deaths, deadline) = (0, Instant::now() + 3 * SOON);
    hospital.start_reader();
    let mut sql = hospital.sql().await;
    while sql.count("dead_letters").await.unwrap() < letters || sql.count("orders").await.unwrap() < 50 {
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
    assert_eq!(sql.count("dead_letters").await.unwrap(), letters);
    assert_eq!(sql.count("suspects").await.unwrap(), 0, "nobody is suspected any more");
    for body in bad.iter().chain([&deadly]) {
        let hex = hex(body);
        let body = if hospital.database.is_some() { format!("'\\x{hex}'") } else { format!("x'{hex}'") };
        let is_kept = format!("dead_letters WHERE body = {body} AND reason <> ''");
        assert_eq!(sql.count(&is_kept).await.unwrap(), 1, "{}", &hex[..hex.len().min(200)]);
    }
    let died = "dead_letters WHERE reason LIKE 'its reader died of it 3 times%'";
    assert_eq!(sql.count(died).await.unwrap(), 1, "the culprit, and nobody else");
    let running = hospital.reader().as_mut().unwrap();
    assert!(running.end_status().unwrap().is_none(), "and the reader lives on");

    // A reader that can bear it gets it by a replay.
    hospital.reader().take().unwrap().kill();
    hospital.env.clear();
    hospital.start_reader();
    let letter = deadly_letter(&hospital).await;
    hospital.post(&format!("/dead-letters/{letter}/replay"), &json!({})).await;
    hospital.stored(&id(&culprit), SOON).await;
}

/// The id of the letter that killed its readers.
async fn deadly_letter(hospital: &Hospital) -> String {
    let mut cursor = String::new();
    loop {
        let page = hospital.get(&format!("/dead-letters?limit=200{cursor}")).await;
        let letters = page["items"].as_array().unwrap();
        let died = |letter: &&Value| letter["reason"].as_str().unwrap().starts_with("its reader died of it 3 times");
        if let Some(letter) = letters.iter().find(died) {
            return id(letter);
        }
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap());
    }
}
