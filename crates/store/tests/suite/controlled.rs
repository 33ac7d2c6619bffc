//! Controlled medications: who may order them, what an order keeps of it, and how it is found.

use domain::{ControlledList, EventKind, MedicationId, Person, PlacedOrder, Role, Status, Step};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, Statement};
use store::{
    Act, AuditFilter, AuditFrom, ControlledLine, MedicationChange, Order, OrderFilter, Outcome, StepRequest, Store,
    UserChange,
};

use crate::hospital::{Hospital, act, add_medication, another_person, arrival, at};

pub(crate) async fn put_on_list(store: &Store, id: MedicationId, list: Option<ControlledList>, second: i64) {
    let change = MedicationChange { controlled_list: Some(list), ..MedicationChange::default() };
    store.change_medication(id, change, &act(second)).await.unwrap().unwrap();
}

async fn change_nurse(hospital: &Hospital, second: i64, change: UserChange) {
    hospital.store.change_user(hospital.nurse.id, change, &act(second)).await.unwrap().unwrap();
}

/// Gives the hospital's nurse the right, or takes it.
pub(crate) async fn set_right(hospital: &Hospital, may_order_controlled: bool, second: i64) {
    let change = UserChange { may_order_controlled: Some(may_order_controlled), ..UserChange::default() };
    change_nurse(hospital, second, change).await;
}

pub(crate) async fn add_controlled(hospital: &Hospital, name: &str, list: ControlledList) -> MedicationId {
    let id = add_medication(&hospital.store, name).await;
    put_on_list(&hospital.store, id, Some(list), 0).await;
    id
}

async fn keep(hospital: &Hospital, placed: &PlacedOrder, second: i64) -> Outcome {
    hospital.store.keep_arrivals(&[arrival(placed)], at(second)).await.unwrap().pop().unwrap()
}

async fn read(hospital: &Hospital, placed: &PlacedOrder) -> Order {
    hospital.store.order(placed.order.id()).await.unwrap().unwrap()
}

/// An order of one controlled medication and one that is not, placed at that second.
fn mixed(hospital: &Hospital, morphine: MedicationId, second: i64) -> PlacedOrder {
    let lines = [(hospital.medications[0], 2), (morphine, 5)];
    PlacedOrder { placed_at: at(second), ..hospital.order_of(hospital.dispenser, &lines) }
}

pub(crate) async fn an_order_of_a_controlled_medication_needs_the_right(hospital: Hospital) {
    let morphine = add_controlled(&hospital, "Morfina 10 mg/mL", ControlledList::A1).await;
    let refused = mixed(&hospital, morphine, 10);
    assert_eq!(keep(&hospital, &refused, 11).await, Outcome::Refused);
    let order = read(&hospital, &refused).await;
    assert_eq!((order.status, order.is_controlled), (Status::Refused, true));
    let reason = "Nurse may not order controlled medications, and this order has Morfina 10 mg/mL (list A1): \
                  an administrator can give that right";
    assert_eq!(order.refusal.as_deref(), Some(reason));
    // Of medications that are on no list, as before.
    let plain = PlacedOrder { placed_at: at(12), ..hospital.order() };
    assert_eq!(keep(&hospital, &plain, 12).await, Outcome::Requested);
    assert!(!read(&hospital, &plain).await.is_controlled);

    set_right(&hospital, true, 20).await;
    let placed = mixed(&hospital, morphine, 30);
    assert_eq!(keep(&hospital, &placed, 31).await, Outcome::Requested);
    let order = read(&hospital, &placed).await;
    assert_eq!((order.status, order.is_controlled, order.refusal), (Status::Requested, true, None));
    // What came again is what was stored, whatever the right is now.
    assert_eq!(keep(&hospital, &refused, 32).await, Outcome::Again);
    assert_eq!(read(&hospital, &refused).await.status, Status::Refused);
    set_right(&hospital, false, 33).await;
    assert_eq!(keep(&hospital, &placed, 34).await, Outcome::Again);
    assert_eq!(read(&hospital, &placed).await.status, Status::Requested);

    // Signed by a key, and known to no database.
    let stranger = PlacedOrder { placed_by: another_person(), ..mixed(&hospital, morphine, 40) };
    assert_eq!(keep(&hospital, &stranger, 41).await, Outcome::Refused);
}

/// Stored hours later, an order counts as it was placed.
pub(crate) async fn the_right_counts_as_it_was_when_the_order_was_placed(hospital: Hospital) {
    let morphine = add_controlled(&hospital, "Morfina 10 mg/mL", ControlledList::A1).await;
    let on_duty = |is_on_duty| UserChange { is_on_duty: Some(is_on_duty), ..UserChange::default() };
    let active = |is_active| UserChange { is_active: Some(is_active), ..UserChange::default() };
    set_right(&hospital, true, 100).await;
    set_right(&hospital, false, 200).await;
    set_right(&hospital, true, 300).await;
    change_nurse(&hospital, 350, on_duty(true)).await;
    change_nurse(&hospital, 400, active(false)).await;
    let requested = [100, 150, 199, 300, 340, 399];
    let refused = [50, 99, 200, 299, 400, 500];
    let orders: Vec<_> = requested.iter().chain(&refused).map(|second| mixed(&hospital, morphine, *second)).collect();
    // In one batch, with others', as after an outage.
    let stranger = PlacedOrder { placed_by: another_person(), ..mixed(&hospital, morphine, 150) };
    let batch: Vec<_> = orders.iter().chain([&stranger, &hospital.order()]).map(arrival).collect();
    let outcomes = hospital.store.keep_arrivals(&batch, at(1000)).await.unwrap();
    let expected = [vec![Outcome::Requested; 6], vec![Outcome::Refused; 7], vec![Outcome::Requested]].concat();
    assert_eq!(outcomes, expected);

    // Who has it now has it for what waits, too.
    change_nurse(&hospital, 1100, active(true)).await;
    assert_eq!(keep(&hospital, &mixed(&hospital, morphine, 50), 1200).await, Outcome::Requested);
}

pub(crate) async fn an_order_keeps_what_was_controlled_when_it_was_stored(hospital: Hospital) {
    let store = &hospital.store;
    let morphine = add_controlled(&hospital, "Morfina 10 mg/mL", ControlledList::A1).await;
    set_right(&hospital, true, 5).await;
    let placed = mixed(&hospital, morphine, 10);
    keep(&hospital, &placed, 11).await;
    let name = MedicationChange { name: Some(crate::hospital::label("Outra")), ..MedicationChange::default() };
    store.change_medication(morphine, name, &act(20)).await.unwrap().unwrap();
    put_on_list(store, morphine, None, 21).await;
    put_on_list(store, hospital.medications[0], Some(ControlledList::B1), 22).await;

    let order = read(&hospital, &placed).await;
    assert!(order.is_controlled);
    let lists: Vec<_> = order.lines.iter().map(|line| line.medication.marks.controlled_list).collect();
    assert_eq!(lists, [Some(ControlledList::B1), None], "beside a name, what the catalogue says now");
    let kept = ControlledLine {
        line_id: placed.order.id().line(1),
        medication_id: morphine,
        name: "Morfina 10 mg/mL".to_owned(),
        list: ControlledList::A1,
    };
    let events = store.events_of(placed.order.id()).await.unwrap();
    assert_eq!((events.len(), events[0].kind), (1, EventKind::Requested));
    assert_eq!(events[0].data, Some(serde_json::json!({ "controlled": [kept] })));
    let audit = audit(store, &AuditFilter { is_controlled: true, ..AuditFilter::default() }, 10).await;
    assert_eq!(audit[0].controlled, [kept]);
    assert!(store.verify_record(&[], |_, _| ()).await.unwrap().is_ok());
}

async fn audit(store: &Store, filter: &AuditFilter, limit: u64) -> Vec<store::AuditRow> {
    let (mut rows, mut before) = (vec![], None);
    loop {
        let part = store.audit(filter, AuditFrom::Before(before), limit).await.unwrap();
        let Some(last) = part.last() else { return rows };
        before = Some(last.seq);
        rows.extend(part);
    }
}

async fn accept(store: &Store, placed: &PlacedOrder, by: &Person, second: i64) {
    let request = StepRequest {
        step: Step::Accept,
        reason: None,
        versions: None,
        key: None,
        today: at(0).date_naive(),
        expired: None,
    };
    store.step(placed.order.id(), &request, &Act { by: by.clone(), at: at(second) }).await.unwrap().unwrap();
}

pub(crate) async fn what_happened_to_controlled_orders_is_listed_apart(hospital: Hospital) {
    let store = &hospital.store;
    let morphine = add_controlled(&hospital, "Morfina 10 mg/mL", ControlledList::A1).await;
    let diazepam = add_controlled(&hospital, "Diazepam 5 mg/mL", ControlledList::B1).await;
    let refused = mixed(&hospital, morphine, 1);
    keep(&hospital, &refused, 2).await;
    set_right(&hospital, true, 5).await;
    let technician = Person { role: Role::Technician, ..another_person() };
    let (mut controlled, mut others) = (vec![refused], vec![]);
    for number in 0..12 {
        let lines = match number % 4 {
            0 => vec![(morphine, 1), (diazepam, 2)],
            _ => vec![(hospital.medications[0], 1)],
        };
        let placed = PlacedOrder { placed_at: at(10 + number), ..hospital.order_of(hospital.dispenser, &lines) };
        keep(&hospital, &placed, 10 + number).await;
        accept(store, &placed, &technician, 20 + number).await;
        if number % 4 == 0 { controlled.push(placed) } else { others.push(placed) }
    }
    let ids = |orders: &[PlacedOrder]| {
        let mut ids: Vec<_> = orders.iter().map(|placed| placed.order.id()).collect();
        ids.sort_unstable();
        ids
    };
    for (is_controlled, expected) in [(true, ids(&controlled)), (false, ids(&others))] {
        let filter = OrderFilter { is_controlled: Some(is_controlled), ..OrderFilter::default() };
        let mut found: Vec<_> =
            store.orders(&filter, None, 50).await.unwrap().items.iter().map(|order| order.id).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{is_controlled}");
    }

    let all = audit(store, &AuditFilter::default(), 5).await;
    let is_theirs = |row: &&store::AuditRow| {
        let is_of = |placed: &PlacedOrder| row.subject_id == Some(placed.order.id().0);
        controlled.iter().any(is_of)
    };
    let expected: Vec<_> = all.iter().filter(is_theirs).cloned().collect();
    let filter = AuditFilter { is_controlled: true, ..AuditFilter::default() };
    let found = audit(store, &filter, 2).await;
    assert_eq!(found, expected, "in parts");
    assert_eq!(found.len(), 1 + 3 * 2);
    let oldest_first = store.audit(&filter, AuditFrom::After(0), 50).await.unwrap();
    assert_eq!(oldest_first, expected.iter().rev().cloned().collect::<Vec<_>>());
    let lists = |row: &store::AuditRow| row.controlled.iter().map(|line| line.list.as_str()).collect::<Vec<_>>();
    assert_eq!(lists(&oldest_first[0]), ["A1"]);
    assert!(found[..6].iter().all(|row| lists(row) == ["A1", "B1"]), "each names them, not the first alone");
    assert!(all.iter().all(|row| row.controlled.is_empty() != expected.contains(row)));
    let none = AuditFilter { kind: Some("user".to_owned()), ..filter.clone() };
    assert_eq!(audit(store, &none, 5).await, []);
    let accepted = AuditFilter { kind: Some("order.accepted".to_owned()), ..filter };
    assert_eq!(audit(store, &accepted, 5).await.len(), 3);
}

/// Their lists are read by an index of their own, in their own order.
pub(crate) async fn what_few_orders_have_is_found_by_an_index(hospital: Hospital) {
    let mut options = ConnectOptions::new(&hospital.url);
    let database = Database::connect(options.max_connections(1).to_owned()).await.unwrap();
    let backend = database.get_database_backend();
    let is_sqlite = hospital.url.starts_with("sqlite");
    if !is_sqlite {
        // Where a table is small, reading and sorting all of it is as good.
        let only = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off";
        database.execute_unprepared(only).await.unwrap();
    }
    for (index, query) in [
        ("order_events_controlled", "FROM order_events WHERE order_events.is_controlled ORDER BY seq DESC LIMIT 50"),
        ("orders_controlled", "FROM orders WHERE orders.is_controlled ORDER BY requested_at DESC, id DESC LIMIT 50"),
        (
            "orders_open",
            "FROM orders WHERE dispenser_id = (SELECT id FROM dispensers LIMIT 1) \
             AND status IN ('requested', 'accepted', 'in_transit') ORDER BY requested_at DESC, id DESC LIMIT 1",
        ),
    ] {
        let explain = if is_sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
        let rows = database.query_all_raw(Statement::from_string(backend, format!("{explain} SELECT * {query}"))).await;
        let column = if is_sqlite { "detail" } else { "QUERY PLAN" };
        let plan: Vec<String> = rows.unwrap().iter().map(|row| row.try_get("", column).unwrap()).collect();
        let plan = plan.join("\n");
        assert!(plan.contains(index) && !plan.to_lowercase().contains("sort"), "{plan}");
    }
}

/// As a version left it that knew neither the right nor the marks.
pub(crate) async fn a_record_of_before_there_was_the_right_still_holds(hospital: Hospital) {
    let store = &hospital.store;
    let before = hospital.order();
    keep(&hospital, &before, 1).await;
    put_on_list(store, hospital.medications[0], Some(ControlledList::A1), 2).await;
    let mut sql = testkit::sql::connect(&hospital.url).await.unwrap();
    sql.execute(
        "DROP INDEX orders_controlled; DROP INDEX order_events_controlled; \
         ALTER TABLE orders DROP COLUMN is_controlled; ALTER TABLE order_events DROP COLUMN is_controlled; \
         ALTER TABLE users DROP COLUMN may_order_controlled; \
         DELETE FROM seaql_migrations WHERE version = 'm0005_controlled'",
    )
    .await
    .unwrap();
    let store = &hospital.another_store().await;
    assert_eq!(store.migrate().await.unwrap(), ["m0005_controlled"]);
    let technician = Person { role: Role::Technician, ..another_person() };
    accept(store, &before, &technician, 3).await;
    assert!(!read(&hospital, &before).await.is_controlled);
    assert!(store.verify_record(&[], |_, _| ()).await.unwrap().is_ok());
    let new = PlacedOrder { placed_at: at(4), ..hospital.order() };
    assert_eq!(keep(&hospital, &new, 5).await, Outcome::Refused, "nobody has the right from before");
}

/// By who owns the database: on the order and on all its events, so that these agree.
pub(crate) async fn a_mark_that_was_changed_everywhere_is_found(hospital: Hospital) {
    let store = &hospital.store;
    let morphine = add_controlled(&hospital, "Morfina 10 mg/mL", ControlledList::A1).await;
    keep(&hospital, &mixed(&hospital, morphine, 1), 2).await;
    keep(&hospital, &hospital.order(), 2).await;
    let mut sql = testkit::sql::connect(&hospital.url).await.unwrap();
    let is_sqlite = hospital.url.starts_with("sqlite");
    sql.execute(if is_sqlite {
        "DROP TRIGGER order_events_refuse_update"
    } else {
        "SET session_replication_role = replica"
    })
    .await
    .unwrap();
    for mark in ["true", "false", "NOT is_controlled"] {
        let marked: Vec<_> = ["orders", "order_events"]
            .map(|table| format!("UPDATE {table} SET is_controlled = {mark} WHERE is_controlled <> ({mark})"))
            .into();
        sql.execute(&format!("CREATE TABLE kept AS SELECT id, is_controlled FROM orders; {}", marked.join("; ")))
            .await
            .unwrap();
        let found = store.verify_record(&[], |_, _| ()).await.unwrap().unwrap_err();
        assert!(found.what.contains("of controlled medications"), "{mark}: {found:?}");
        sql.execute(
            "UPDATE orders SET is_controlled = (SELECT is_controlled FROM kept WHERE kept.id = orders.id); \
             UPDATE order_events SET is_controlled = (SELECT is_controlled FROM kept WHERE kept.id = order_id); \
             DROP TABLE kept",
        )
        .await
        .unwrap();
        assert!(store.verify_record(&[], |_, _| ()).await.unwrap().is_ok(), "put back");
    }
}
