//! Promise 11: old and new versions run side by side.

use serde_json::{Value, json};

use crate::dead_letters::{in_state, left_by_an_older_program};
use crate::faults::accepted::{dead_letters, one_event_each};
use crate::faults::size;
use crate::hospital::{Hospital, SOON, hex, id};

#[tokio::test]
async fn promise_11_old_and_new_messages_mixed_are_stored_or_kept_until_they_can_be_read() {
    mixed(Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn promise_11_old_and_new_messages_mixed_are_stored_or_kept_until_they_can_be_read() {
        mixed(Hospital::distributed().await).await;
    }
}

async fn mixed(mut hospital: Hospital) {
    hospital.reader().take().unwrap().kill();
    // What a program before this one kept: of this version, which that did not know yet, and of the next.
    let (order, too_new) = (hospital.order(), hospital.order());
    let readable = left_by_an_older_program(&hospital, &hospital.message(&order), 1).await;
    let newer = left_by_an_older_program(&hospital, &hospital.message(&too_new), 2).await;
    // And what comes from publishers of this version and of newer ones, some of which are known by their type.
    let (mut orders, mut of_newer) = (vec![id(&order)], vec![]);
    let mut bodies = vec![];
    for number in 0..size(40, 400, 4000) {
        let order = hospital.order();
        let mut message: Value = serde_json::from_slice(&hospital.message(&order)).unwrap();
        if number % 4 == 0 {
            message["version"] = json!(99);
            message["urgency"] = json!({ "a field": "that nobody knows yet" });
            of_newer.push(message.to_string().into_bytes());
        } else {
            orders.push(id(&order));
        }
        bodies.push(message.to_string().into_bytes());
    }
    hospital.put_into_queue(&bodies).await;
    let typed = hospital.message(&hospital.order());
    hospital.put_typed_into_queue(&typed, "order.placed.v2").await;
    hospital.start_reader();

    for id in &orders {
        hospital.stored(id, SOON).await;
    }
    let replayed = in_state(&hospital, &readable, "replayed", SOON).await;
    assert_eq!(replayed["decided_by"]["name"], "botica consumer");
    assert_eq!(hospital.get(&format!("/dead-letters/{newer}")).await["state"], "waiting");
    dead_letters(&hospital, i64::try_from(of_newer.len()).unwrap() + 3, SOON).await;
    let mut stored = hospital.stored_ids().await;
    stored.sort();
    orders.sort();
    assert_eq!(stored, orders);
    one_event_each(&hospital).await;
    // What this version can't read is kept to the byte, with what it needs.
    let mut sql = hospital.sql().await;
    let kept = async |sql: &mut testkit::sql::SqlConnection, body: &[u8], needs: u32| {
        let hex = hex(body);
        let body = if hospital.database.is_some() { format!("'\\x{hex}'") } else { format!("x'{hex}'") };
        sql.count(&format!("dead_letters WHERE body = {body} AND needs_version = {needs}")).await.unwrap()
    };
    for body in &of_newer {
        assert_eq!(kept(&mut sql, body, 99).await, 1);
    }
    assert_eq!(kept(&mut sql, &typed, 2).await, 1);
}
