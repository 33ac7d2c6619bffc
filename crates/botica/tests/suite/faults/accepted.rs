//! What was accepted, against what is there.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use reqwest::{Method, StatusCode};

use crate::hospital::{Hospital, id};

/// Every answer to an order comes within this, whatever the broker does.
pub(crate) const ANSWER: Duration = Duration::from_secs(3);

/// Orders of one client that wait for their answers at once.
const AT_ONCE: usize = 8;

/// Places so many orders, several at once, each of which is accepted in time at the first try. Their ids.
pub(crate) async fn place_many(hospital: &Hospital, count: usize) -> Vec<String> {
    iter(0..count).map(|_| place_in_time(hospital)).buffer_unordered(AT_ONCE).collect().await
}

/// Places an order, which is accepted in time at the first try. Its id.
pub(crate) async fn place_in_time(hospital: &Hospital) -> String {
    let order = hospital.order();
    let began = Instant::now();
    let answer = hospital.send(Method::POST, "/orders", &order).await;
    let (status, took) = (answer.status(), began.elapsed());
    assert_eq!(status, StatusCode::ACCEPTED, "{}", answer.text().await.unwrap());
    assert!(took <= ANSWER, "answered after {took:?}");
    id(&order)
}

/// Every accepted order is stored within the time, all orders have one effect each, and no message became a
/// dead letter.
pub(crate) async fn each_has_one_effect(hospital: &Hospital, accepted: &[String], within: Duration) {
    let accepted: BTreeSet<&str> = accepted.iter().map(String::as_str).collect();
    let deadline = Instant::now() + within;
    let mut sql = hospital.sql().await;
    // By number first: so many cost less to count than to read.
    while sql.count("orders").await.unwrap() < i64::try_from(accepted.len()).unwrap() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    loop {
        let stored = hospital.stored_ids().await;
        let stored: BTreeSet<&str> = stored.iter().map(String::as_str).collect();
        let missing: Vec<_> = accepted.difference(&stored).collect();
        if missing.is_empty() {
            break;
        }
        let (count, letters) = (missing.len(), sql.count("dead_letters").await.unwrap());
        assert!(Instant::now() < deadline, "{count} are not stored, such as {}; {letters} dead letters", missing[0]);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    one_event_each(hospital).await;
    assert_eq!(sql.count("dead_letters").await.unwrap(), 0, "an outage is no reason for a dead letter");
}

/// Each order that is there was placed once, by its history.
pub(crate) async fn one_event_each(hospital: &Hospital) {
    let mut sql = hospital.sql().await;
    let not_once = "orders o WHERE 1 <> (SELECT count(*) FROM order_events e WHERE e.order_id = o.id \
                    AND e.kind IN ('requested', 'refused'))";
    assert_eq!(sql.count(not_once).await.unwrap(), 0, "orders that were not placed exactly once");
}

/// As many dead letters as there must be, no more, within the time.
pub(crate) async fn dead_letters(hospital: &Hospital, expected: i64, within: Duration) {
    let deadline = Instant::now() + within;
    let mut sql = hospital.sql().await;
    loop {
        let count = sql.count("dead_letters").await.unwrap();
        if count == expected {
            return;
        }
        assert!(count < expected && Instant::now() < deadline, "{count} dead letters instead of {expected}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
