//! What waits, and what is open already.

use domain::{MedicationId, PlacedOrder, Priority};
use store::WaitingOrders;

use crate::hospital::{Hospital, act, arrival, at, new_dispenser, unreadable};

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
