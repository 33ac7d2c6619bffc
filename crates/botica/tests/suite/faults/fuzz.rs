//! Messages that were spoilt by chance, among good ones: each is an order afterwards, or a dead letter kept to
//! the byte, and nobody dies of them.

#![expect(clippy::print_stdout, reason = "figures")]

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::faults::size;
use crate::hospital::{Hospital, id};
use fastrand::Rng;

/// One good message comes with so many spoilt ones.
const SPOILT_TO_ONE: usize = 10;

#[tokio::test]
async fn each_spoilt_message_is_an_order_or_kept_to_the_byte() {
    let mut hospital = Hospital::embedded().await;
    // Its queue is filled while it is down: a stranger that writes meanwhile would only be in its way.
    hospital.backend.take().unwrap().kill();
    let messages = Messages::of(&hospital, 0xf022);
    hospital.put_into_queue(&messages.bodies).await;
    hospital.start_backend();
    all_in_their_places(hospital, messages).await;
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn each_spoilt_message_is_an_order_or_kept_to_the_byte() {
        let hospital = Hospital::distributed().await;
        let messages = Messages::of(&hospital, 0xf023);
        hospital.put_into_queue(&messages.bodies).await;
        all_in_their_places(hospital, messages).await;
    }
}

struct Messages {
    /// As they lie in the queue.
    bodies: Vec<Vec<u8>>,
    /// The orders of the good ones.
    good: Vec<Uuid>,
}

impl Messages {
    fn of(hospital: &Hospital, seed: u64) -> Messages {
        let (mut chance, mut bodies, mut good) = (Rng::with_seed(seed), Vec::new(), Vec::new());
        for number in 0..size(500, 5_000, 100_000) {
            let order = hospital.order();
            bodies.push(spoilt(&hospital.message(&order), &mut chance));
            if number % SPOILT_TO_ONE == 0 {
                let order = hospital.order();
                good.push(id(&order).parse().unwrap());
                bodies.push(hospital.message(&order));
            }
        }
        Messages { bodies, good }
    }
}

async fn all_in_their_places(mut hospital: Hospital, messages: Messages) {
    let began = Instant::now();
    let pid = hospital.reader().as_ref().unwrap().pid();
    // A thousand messages take the debug build some seconds.
    let within = Duration::from_secs(60) + Duration::from_millis(20) * u32::try_from(messages.bodies.len()).unwrap();
    let (mut missing, mut kept) = (messages.bodies.len(), 0);
    while missing > 0 {
        assert!(began.elapsed() < within, "{missing} messages are neither orders nor dead letters");
        tokio::time::sleep(Duration::from_millis(size(200, 1000, 5000))).await;
        let mut sql = hospital.sql().await;
        let some = sql.count("orders").await.unwrap() + sql.count("dead_letters").await.unwrap();
        if usize::try_from(some).unwrap() < messages.good.len() {
            continue;
        }
        let stored: HashMap<Uuid, _> = testkit::stored::orders(&hospital.database_url())
            .await
            .unwrap()
            .into_iter()
            .map(|order| (order.id, order))
            .collect();
        let rows = sql.rows("SELECT body FROM dead_letters").await.unwrap();
        let letters: HashSet<Vec<u8>> = rows.into_iter().flatten().collect();
        let is_in_its_place =
            |body: &&Vec<u8>| letters.contains(*body) || order_in(body).is_some_and(|id| stored.contains_key(&id));
        missing = messages.bodies.iter().filter(|body| !is_in_its_place(body)).count();
        if missing == 0 {
            kept = letters.len();
            let sent: HashSet<&Vec<u8>> = messages.bodies.iter().collect();
            assert!(letters.iter().all(|letter| sent.contains(letter)), "a letter is not what was sent");
            for id in &messages.good {
                assert_eq!((stored[id].status.as_str(), stored[id].placing_events), ("requested", 1));
            }
        }
    }
    let reader = hospital.reader().as_mut().unwrap();
    assert!(reader.end_status().unwrap().is_none() && reader.pid() == pid, "nobody dies of a message");
    assert_eq!(hospital.sql().await.count("suspects").await.unwrap(), 0, "and nobody is suspected to");
    println!(
        "{} messages, {} of them good: {kept} kinds of dead letters, {} orders, in {:?}",
        messages.bodies.len(),
        messages.good.len(),
        hospital.sql().await.count("orders").await.unwrap(),
        began.elapsed()
    );
}

/// The id of the order in a body that a reader may have taken for one. What else is in it is passed over, as the
/// reader passes over what it does not know: a number too large or a text that is none may be in that.
fn order_in(body: &[u8]) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Message {
        order: Named,
    }
    #[derive(Deserialize)]
    struct Named {
        id: Uuid,
    }
    serde_json::from_slice::<Message>(body).ok().map(|message| message.order.id)
}

fn spoilt(good: &[u8], chance: &mut Rng) -> Vec<u8> {
    let mut body = good.to_vec();
    let at = chance.usize(..body.len());
    let parsed = || serde_json::from_slice::<Value>(good).unwrap();
    match chance.usize(..100) {
        0..20 => {
            for _ in 0..=chance.usize(..4) {
                let at = chance.usize(..body.len());
                body[at] ^= 1 << chance.u32(..8);
            }
        }
        20..30 => body.truncate(at),
        30..40 => {
            let end = at + chance.usize(..body.len() - at);
            let part = body[at..=end].to_vec();
            body.splice(at..at, part);
        }
        40..46 => {
            let depth = 1 + chance.usize(..20_000);
            let brackets = if chance.usize(..2) == 0 { (b"[", b"]") } else { (b"{", b"}") };
            body = [brackets.0.repeat(depth), body, brackets.1.repeat(depth)].concat();
        }
        46..56 => {
            let numbers = ["99999999999999999999", "1e400", "-1", "0", "0.5", "4294967296", "-0", "1e-7"];
            let number = numbers[chance.usize(..numbers.len())];
            let text = String::from_utf8(body).unwrap();
            body = text.replacen("\"quantity\":3", &format!("\"quantity\":{number}"), 1).into_bytes();
        }
        56..61 => body.insert(at, 0),
        61..66 => body[at] = chance.u8(0x80..),
        66..76 => body = (0..at).map(|_| chance.u8(..)).collect(),
        76..86 => {
            let mut message = parsed();
            let wrong = [json!(null), json!([]), json!({}), json!("x"), json!(7), json!(true)];
            let places =
                ["/order", "/order/id", "/order/lines", "/order/lines/0", "/placed_by", "/placed_at", "/version"];
            *message.pointer_mut(places[chance.usize(..places.len())]).unwrap() =
                wrong[chance.usize(..wrong.len())].clone();
            body = message.to_string().into_bytes();
        }
        86..94 => {
            let mut message = parsed();
            message["version"] = json!(chance.u64(..) >> chance.u32(..64));
            body = message.to_string().into_bytes();
        }
        94..97 => body.clear(),
        97..99 => {
            // PostgreSQL's text can't hold it, so this one is found by halving its batch.
            let mut message = parsed();
            message["placed_by"]["name"] = json!("A\u{0}na");
            body = message.to_string().into_bytes();
        }
        // A mebibyte, now and then.
        _ if chance.usize(..10) == 0 => {
            let mut message = parsed();
            message["order"]["note"] = json!("x".repeat(1 << 20));
            body = message.to_string().into_bytes();
        }
        _ => body = vec![b' '; 1 + at],
    }
    body
}
