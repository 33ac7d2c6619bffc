//! What waits, and what is open already.

use std::time::Duration;

use domain::{MedicationId, PlacedOrder, Priority};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use store::WaitingOrders;

use crate::hospital::{Hospital, act, arrival, at, new_dispenser, unreadable};
use crate::promises::run;

pub(crate) async fn a_line_names_the_newest_open_order_for_its_medication(hospital: Hospital) {
    let store = &hospital.store;
    let [first, second] = hospital.medications;
    let other = new_dispenser(7);
    store.create_dispenser(&other, &act(1)).await.unwrap();
    let placed = |second, dispenser, lines: &[(MedicationId, u32)]| PlacedOrder {
        placed_at: at(second),
        ..hospital.order_of(dispenser, lines)
    };
    let both = [(first, 1), (second, 1)];
    let old = placed(1, hospital.dispenser, &both);
    let newer = placed(3, hospital.dispenser, &[(first, 2)]);
    // Stored last, but placed between the two.
    let between = placed(2, hospital.dispenser, &[(first, 3)]);
    let elsewhere = placed(4, other.id, &both);
    for order in [&old, &newer, &between, &elsewhere] {
        store.keep_arrivals(&[arrival(order)], at(9)).await.unwrap();
    }
    let [one, two] = [5, 6].map(|second| placed(second, hospital.dispenser, &both));
    store.keep_arrivals(&[arrival(&one), arrival(&two)], at(9)).await.unwrap();
    for (order, expected) in [
        (&old, vec![None, None]),
        (&elsewhere, vec![None, None]),
        (&one, vec![Some(newer.order.id()), Some(old.order.id())]),
        (&two, vec![Some(one.order.id()), Some(one.order.id())]),
    ] {
        let stored = store.order(order.order.id()).await.unwrap().unwrap();
        assert_eq!(stored.lines.iter().map(|line| line.duplicate_of).collect::<Vec<_>>(), expected);
    }
}

pub(crate) async fn what_waits_is_counted_by_priority_with_its_oldest(hospital: Hospital) {
    let store = &hospital.store;
    let orders = [3, 1, 2].map(|second| PlacedOrder { placed_at: at(second), ..hospital.order() });
    let batch: Vec<_> = orders.iter().map(arrival).collect();
    store.keep_arrivals(&batch, at(9)).await.unwrap();
    store.keep_arrivals(&[unreadable(b"?")], at(9)).await.unwrap();
    assert_eq!(store.waiting_letters().await.unwrap(), 1);
    let of = |waiting: Vec<WaitingOrders>, priority| {
        waiting.into_iter().find(|one| one.priority == priority).map(|one| (one.count, one.oldest)).unwrap()
    };
    let waiting = store.waiting_orders().await.unwrap();
    assert_eq!(of(waiting.clone(), Priority::Stat), (3, Some(at(1))));
    assert_eq!(of(waiting, Priority::Routine), (0, None));
    let connections = store.connections();
    assert!(connections.busy + connections.idle > 0, "{connections:?}");
}

/// A database whose statistics know of no orders, and are not renewed for a minute at best: a restored one, or the
/// first after an outage.
pub(crate) async fn what_was_planned_early_reads_no_whole_table(hospital: Hospital) {
    const ORDERS: i64 = 300;
    run(&hospital, "ANALYZE orders, order_lines, order_events").await;
    for table in ["orders", "order_lines", "order_events"] {
        run(&hospital, &format!("ALTER TABLE {table} SET (autovacuum_enabled = off)")).await;
    }
    let consumer = hospital.another_store().await;
    for _ in 0..ORDERS {
        consumer.keep_arrivals(&[arrival(&hospital.order())], at(1)).await.unwrap();
    }
    // The server counts what a session did at its end at the latest.
    consumer.close().await;
    let database = Database::connect(&hospital.url).await.unwrap();
    let counted = "SELECT sum(n_tup_ins)::bigint, sum(seq_tup_read)::bigint FROM pg_stat_user_tables \
                   WHERE relname IN ('orders', 'order_lines', 'order_events')";
    let read = async {
        loop {
            let row = database.query_one_raw(Statement::from_string(DbBackend::Postgres, counted)).await;
            let row = row.unwrap().unwrap();
            if row.try_get_by_index::<i64>(0).unwrap() == 3 * ORDERS {
                break row.try_get_by_index::<i64>(1).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let read = tokio::time::timeout(Duration::from_secs(20), read).await.expect("the server counted");
    assert!(read < ORDERS, "{read} rows were read in search of others");
}
