//! Promise 8: a board shows each change once and in order, or says that it is stale.

use std::time::Duration;

use serde_json::json;
use testkit::product::Start;

use crate::faults::size;
use crate::hospital::{BINARY, Hospital, SOON, id};
use crate::stream::Reader;

/// Writers, and events of each of their transactions: more than a connection that nobody reads and
/// the feed's backlog hold together.
const WRITERS: u64 = 16;
const EVENTS: i64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn promise_08_each_reader_has_every_number_once_and_in_order() {
    every_number_once(Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_08_each_reader_has_every_number_once_and_in_order() {
        every_number_once(Hospital::distributed().await).await;
    }
}

async fn every_number_once(hospital: Hospital) {
    let mut order = hospital.order();
    order["note"] = json!("x".repeat(2000));
    hospital.place(&order).await;
    hospital.stored(&id(&order), SOON).await;
    let one = hospital.backend.as_ref().unwrap();
    let start =
        Start::serve(BINARY).args(["--role", "backend", "--data-dir", hospital.folder.path().to_str().unwrap()]);
    // Who reads nothing until all is written must not be closed for it, however busy the machine is.
    let start = start.env("BOTICA_IDLE_TIMEOUT", "2m");
    let start = match &hospital.database {
        Some(database) => start.env("DATABASE_URL", database.url()),
        None => start,
    };
    let other = start.start().unwrap();
    let dying = start.start().unwrap();

    let mut steady = Reader::open(one, &hospital.token, "", None).await;
    let first = steady.next().await.unwrap();
    assert_eq!(first.name, "hello");
    let first = first.id.unwrap();
    let mut resuming = Reader::open(&other, &hospital.token, "", Some(first)).await;
    let mut orphaned = Reader::open(&dying, &hospital.token, "", Some(first)).await;
    let mut slow = Reader::open(&other, &hospital.token, "", Some(first)).await;

    let url = match &hospital.database {
        Some(database) => database.url().to_owned(),
        None => format!("sqlite://{}", hospital.folder.path().join("botica.db").display()),
    };
    let is_sqlite = hospital.database.is_none();
    let transactions = size(10, 20, 50);
    let writers: Vec<_> =
        (0..WRITERS).map(|number| tokio::spawn(write(url.clone(), is_sqlite, number, transactions))).collect();
    let last = first + i64::try_from(WRITERS * transactions).unwrap() * EVENTS;

    // One is cut off in the middle, and goes on at the other backend.
    let mut seen = Vec::new();
    while seen.len() < 500 {
        seen.push(resuming.next_of_order().await.id.unwrap());
    }
    drop(resuming);
    let mut resumed = Reader::open(one, &hospital.token, "", seen.last().copied()).await;
    // One sees its backend killed, and goes on where another has started.
    let mut before = Vec::new();
    while before.len() < 500 {
        before.push(orphaned.next_of_order().await.id.unwrap());
    }
    dying.kill();
    // What was on its way still comes; then the stream ends.
    while let Some(event) = orphaned.next().await {
        before.extend(event.id.filter(|_| event.name == "message"));
    }
    let risen = start.start().unwrap();
    let mut orphaned = Reader::open(&risen, &hospital.token, "", before.last().copied()).await;
    // From here on no backend is told of anything that another process does.
    if !is_sqlite {
        hospital.sql().await.execute("DROP TRIGGER order_events_are_told ON order_events").await.unwrap();
    }
    let (steady, resumed, orphaned) =
        tokio::join!(steady.numbers_until(last), resumed.numbers_until(last), orphaned.numbers_until(last));
    for writer in writers {
        writer.await.unwrap();
    }
    // One reads nothing until all is written.
    let (slow, names) = slow.numbers_until(last).await;
    assert!(names.iter().any(|name| name == "resync"), "{names:?}");

    let all: Vec<i64> = (first + 1..=last).collect();
    assert!(steady.0 == all, "the steady one");
    assert!([seen, resumed.0].concat() == all, "the one that was cut off");
    assert!([before, orphaned.0].concat() == all, "the one whose backend was killed");
    assert!(slow == all, "the slow one");
}

/// Transactions with pauses of 0 to 7 ms before they take their numbers and before they commit.
async fn write(url: String, is_sqlite: bool, writer: u64, transactions: u64) {
    let mut connection = testkit::sql::connect(&url).await.unwrap();
    if is_sqlite {
        connection.execute("PRAGMA busy_timeout = 60000").await.unwrap();
    }
    let pause = |turn: u64| Duration::from_millis((writer * 7 + turn * 13) % 8);
    for turn in 0..transactions {
        connection.execute(if is_sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).await.unwrap();
        tokio::time::sleep(pause(turn)).await;
        connection.execute(&format!("UPDATE event_head SET seq = seq + {EVENTS} WHERE id = 1")).await.unwrap();
        let events = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {EVENTS}) \
             INSERT INTO order_events (seq, order_id, kind, at, by_id, by_name, by_role, data, hash) \
             SELECT h.seq - {EVENTS} + n.i, e.order_id, 'dispatched', e.at, e.by_id, e.by_name, e.by_role, e.data, \
             e.hash FROM n, event_head h, order_events e WHERE e.kind = 'requested'"
        );
        connection.execute(&events).await.unwrap();
        tokio::time::sleep(pause(turn + 3)).await;
        connection.execute("COMMIT").await.unwrap();
    }
}
