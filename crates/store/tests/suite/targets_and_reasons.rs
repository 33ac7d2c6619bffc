//! What a hospital sets for itself.

use domain::{NewOrder, OrderId, Person, PlacedOrder, Priority, ReasonCode, ReasonList, Role, Step, Target, Targets};
use futures_util::future::join_all;
use store::{Act, OrderFilter, ReasonEntry, ReasonSet, StepRequest};
use uuid::Uuid;

use crate::hospital::{Hospital, act, another_person, arrival, at, label};

pub(crate) async fn an_order_that_nobody_takes_in_its_time_is_unanswered(hospital: Hospital) {
    let store = &hospital.store;
    let targets = store.targets().await.unwrap();
    let seconds = [targets.routine, targets.urgent, targets.stat].map(Target::seconds);
    assert_eq!(seconds, [900, 300, 120], "15, 5 and 2 minutes");
    let orders = Priority::ALL.map(|priority| {
        let lines = hospital.order().order.lines().to_vec();
        let order = NewOrder::new(OrderId(Uuid::now_v7()), hospital.dispenser, priority, lines, None).unwrap();
        PlacedOrder { order, ..hospital.order() }
    });
    store.keep_arrivals(&orders.each_ref().map(arrival), at(1)).await.unwrap();
    let unanswered = async |second: i64| {
        let filter = OrderFilter { unanswered_at: Some(at(second)), ..OrderFilter::default() };
        let page = store.orders(&filter, None, 50).await.unwrap();
        let mut priorities: Vec<_> = page.items.iter().map(|order| order.priority.as_str()).collect();
        priorities.sort_unstable();
        priorities
    };
    assert_eq!(unanswered(120).await, [""; 0]);
    assert_eq!(unanswered(121).await, ["stat"]);
    assert_eq!(unanswered(301).await, ["stat", "urgent"]);
    assert_eq!(unanswered(901).await, ["routine", "stat", "urgent"]);
    let stat = store.order(orders[2].order.id()).await.unwrap().unwrap();
    assert_eq!(stat.answer_due_at, Some(at(120)));

    let technician = Act { by: Person { role: Role::Technician, ..another_person() }, at: at(130) };
    let accept = StepRequest {
        step: Step::Accept,
        reason: None,
        versions: None,
        key: None,
        today: at(0).date_naive(),
        expired: None,
    };
    let (accepted, _) = store.step(stat.id, &accept, &technician).await.unwrap().unwrap();
    assert_eq!(accepted.answer_due_at, None);
    assert_eq!(unanswered(301).await, ["urgent"]);

    let sooner = Targets { urgent: Target::new(60).unwrap(), ..targets };
    store.set_targets(sooner, &act(2)).await.unwrap();
    assert_eq!(store.targets().await.unwrap(), sooner);
    assert_eq!(unanswered(61).await, ["urgent"]);
    let before = store.last_seq().await.unwrap();
    store.set_targets(sooner, &act(3)).await.unwrap();
    assert_eq!(store.last_seq().await.unwrap(), before, "nothing changed, nothing is recorded");
}

pub(crate) async fn a_list_of_reasons_is_kept_and_never_empty(hospital: Hospital) {
    let store = &hospital.store;
    let entry = |code: &str, is_active| ReasonEntry {
        list: ReasonList::Cancel,
        code: ReasonCode::parse(code).unwrap(),
        label: label("Transferido"),
        position: 1,
        is_active,
    };
    assert_eq!(store.set_reason(&entry("transferred", true), &act(1)).await.unwrap(), ReasonSet::Created);
    assert_eq!(store.set_reason(&entry("transferred", true), &act(1)).await.unwrap(), ReasonSet::Changed);
    let codes = async || -> Vec<String> {
        let entries = store.reasons(Some(ReasonList::Cancel)).await.unwrap();
        entries.into_iter().filter(|entry| entry.is_active).map(|entry| entry.code.to_string()).collect()
    };
    let active = codes().await;
    assert!(active.contains(&"transferred".to_owned()) && active.len() > 2, "{active:?}");
    // All at once: one of them must find that it would be the last.
    let closing = active.iter().map(|code| async { store.set_reason(&entry(code, false), &act(2)).await.unwrap() });
    let done = join_all(closing).await;
    assert_eq!(done.iter().filter(|done| **done == ReasonSet::LastOfItsList).count(), 1);
    assert_eq!(codes().await.len(), 1);
    assert!(store.reasons(None).await.unwrap().len() > active.len(), "all lists");
}
