//! What is altered in the record behind the product's back is found, and nothing else is.

use domain::{
    ControlledList, Delivery, Label, OrderId, OrderLineId, Person, PlacedOrder, Quantity, ReasonCode, ReasonList, Role,
    Step,
};
use domain::{Note, Rating, UserId};
use fastrand::Rng;
use store::{Act, Checkpoint, Reason, StepRequest, Store};
use testkit::sql::SqlConnection;
use uuid::Uuid;

use crate::controlled::{add_controlled, set_right};
use crate::hospital::{Hospital, arrival, at};

/// A table of the record, its key, and its columns with how each is written on.
struct Table {
    name: &'static str,
    key: &'static str,
    texts: &'static [&'static str],
    numbers: &'static [&'static str],
    /// Whatever else; altered by taking the value of another row.
    others: &'static [&'static str],
}

const TABLES: [Table; 7] = [
    Table {
        name: "order_events",
        key: "seq",
        texts: &["by_name", "kind", "by_role"],
        numbers: &["seq"],
        others: &["order_id", "at", "by_id", "data", "hash", "is_controlled"],
    },
    Table {
        name: "admin_changes",
        key: "seq",
        texts: &["by_name", "kind", "by_role"],
        numbers: &["seq"],
        others: &["subject_id", "at", "by_id", "data", "hash"],
    },
    Table { name: "event_head", key: "id", texts: &[], numbers: &["seq"], others: &[] },
    Table {
        name: "orders",
        key: "id",
        texts: &["note", "reason", "reason_note", "requested_by_name", "accepted_by_name", "refusal"],
        numbers: &["version"],
        others: &[
            "id",
            "dispenser_id",
            "priority",
            "status",
            "requested_by_id",
            "requested_by_role",
            "requested_at",
            "accepted_by_id",
            "accepted_by_role",
            "stored_at",
            "is_controlled",
        ],
    },
    Table {
        name: "order_lines",
        key: "id",
        texts: &[],
        numbers: &["quantity", "delivered", "position"],
        others: &["id", "order_id", "medication_id", "duplicate_of"],
    },
    Table {
        name: "deliveries",
        key: "order_id, seq, position",
        texts: &["lot"],
        numbers: &["quantity", "seq", "position"],
        others: &["order_id", "line_id", "expires_on"],
    },
    Table {
        name: "feedback",
        key: "id",
        texts: &["comment"],
        numbers: &["rating"],
        others: &["id", "order_id", "by_id", "created_at"],
    },
];

impl Table {
    fn columns(&self) -> Vec<&'static str> {
        [self.texts, self.numbers, self.others].concat()
    }
}

fn someone(role: Role, number: u128) -> Person {
    Person { id: UserId(Uuid::from_u128(number)), name: format!("{role} {number}"), role }
}

async fn step(store: &Store, id: OrderId, step: Step, reason: Option<Reason>, by: &Person, second: i64) {
    let request = StepRequest { step, reason, versions: None, key: None, today: at(0).date_naive(), expired: None };
    let act = Act { by: by.clone(), at: at(second) };
    store.step(id, &request, &act).await.unwrap().unwrap();
}

fn reason(list: ReasonList, code: &str) -> Option<Reason> {
    Some(Reason { list, code: ReasonCode::parse(code).unwrap(), note: Some(Note::parse("acabou").unwrap()) })
}

/// Orders in every state, delivered in parts, with lots, released, called off, rejected and refused.
async fn fill(hospital: &Hospital) {
    let store = &hospital.store;
    let [first, second] = hospital.medications;
    let unknown = hospital.order_of(Uuid::now_v7().into(), &[(first, 1)]);
    let orders: Vec<PlacedOrder> =
        (1..=8).map(|quantity| hospital.order_of(hospital.dispenser, &[(first, 10 * quantity), (second, 5)])).collect();
    let arrivals: Vec<_> = orders.iter().chain([&unknown]).map(arrival).collect();
    store.keep_arrivals(&arrivals, at(1)).await.unwrap();
    let morphine = add_controlled(hospital, "Morfina 10 mg/mL", ControlledList::A1).await;
    set_right(hospital, true, 2).await;
    let controlled = hospital.order_of(hospital.dispenser, &[(first, 1), (morphine, 2)]);
    let controlled = PlacedOrder { placed_at: at(2), ..controlled };
    let stranger =
        PlacedOrder { placed_by: someone(Role::Nurse, 3), ..hospital.order_of(hospital.dispenser, &[(morphine, 1)]) };
    store.keep_arrivals(&[&controlled, &stranger].map(arrival), at(3)).await.unwrap();
    let (one, other, nurse) = (someone(Role::Technician, 1), someone(Role::Technician, 2), hospital.nurse.person());
    let id = |place: usize| orders[place].order.id();
    for (place, by) in [(0, &one), (1, &other), (2, &one), (3, &other), (4, &one)] {
        step(store, id(place), Step::Accept, None, by, 10).await;
    }
    step(store, id(1), Step::Release, None, &other, 20).await;
    step(store, id(2), Step::Dispatch, None, &one, 20).await;
    step(store, id(5), Step::Reject, reason(ReasonList::Reject, "out_of_stock"), &one, 21).await;
    step(store, id(6), Step::Cancel, reason(ReasonList::Cancel, "duplicate"), &nurse, 22).await;
    step(store, controlled.order.id(), Step::Accept, None, &one, 11).await;
    for (place, by) in [(2, &one), (3, &other)] {
        let part = |position, quantity, lot: &str, day: &str| Delivery {
            line_id: OrderLineId(id(place).line(position).0),
            quantity: Quantity::new(quantity).unwrap(),
            lot: Some(Label::parse(lot).unwrap()),
            expires_on: Some(day.parse().unwrap()),
        };
        let parts =
            vec![part(0, 4, "L1", "2027-01-31"), part(0, 6, "L2", "2027-02-28"), part(1, 2, "M7", "2026-12-31")];
        step(store, id(place), Step::Deliver { lines: Some(parts), is_final: false }, None, by, 30).await;
        let rest = vec![part(0, 1, "L2", "2027-02-28")];
        step(store, id(place), Step::Deliver { lines: Some(rest), is_final: false }, None, by, 31).await;
    }
    let short = reason(ReasonList::Short, "out_of_stock");
    step(store, id(2), Step::Deliver { lines: None, is_final: true }, short, &one, 40).await;
    step(store, id(4), Step::Deliver { lines: None, is_final: false }, None, &one, 41).await;
    step(store, id(4), Step::Receive, None, &nurse, 50).await;
    for (place, stars, comment) in [(2, 2, Some(Note::parse("faltou").unwrap())), (4, 5, None)] {
        let (rating, act) = (Rating::new(stars).unwrap(), Act { by: nurse.clone(), at: at(60 + stars) });
        store.rate(id(place), Uuid::now_v7().into(), rating, comment.as_ref(), &act).await.unwrap().unwrap();
    }
    crate::hospital::add_medication(store, "Soro fisiológico 0,9% 500 mL").await;
}

/// Alters one thing, and says in words which; nothing, where nothing would change or the database refuses.
async fn tamper(sql: &mut SqlConnection, random: &mut Rng) -> Option<String> {
    let is_sqlite = matches!(sql, SqlConnection::Sqlite(_));
    let place = if is_sqlite { "rowid" } else { "ctid" };
    let table = &TABLES[random.usize(..TABLES.len())];
    let name = table.name;
    let count = sql.count(name).await.unwrap();
    if count == 0 {
        return None;
    }
    let (one, other) = (random.i64(0..count), random.i64(0..count));
    let row = |number: i64| format!("(SELECT {place} FROM {name} ORDER BY {} LIMIT 1 OFFSET {number})", table.key);
    let value = |column: &str, number: i64| format!("(SELECT {column} FROM {name} WHERE {place} = {})", row(number));
    let comparable = |column: &str| if column == "data" { "CAST(data AS TEXT)".to_owned() } else { column.to_owned() };
    let statement = match random.u8(..7) {
        0 if !table.texts.is_empty() => {
            let column = random.choice(table.texts).unwrap();
            format!("UPDATE {name} SET {column} = coalesce({column}, '') || 'x' WHERE {place} = {}", row(one))
        }
        1 => {
            let column = random.choice(table.numbers).unwrap();
            let change = random.choice(["+ 1", "- 1", "+ 1000000"]).unwrap();
            format!("UPDATE {name} SET {column} = {column} {change} WHERE {place} = {}", row(one))
        }
        2 => {
            let column = *random.choice(&table.columns()).unwrap();
            let (compared, from) = (comparable(column), value(column, other));
            let differs = format!("{compared} IS DISTINCT FROM {}", value(&compared, other));
            format!("UPDATE {name} SET {column} = {from} WHERE {place} = {} AND {differs}", row(one))
        }
        3 => {
            let column = *random.choice(&table.columns()).unwrap();
            format!("UPDATE {name} SET {column} = NULL WHERE {place} = {} AND {column} IS NOT NULL", row(one))
        }
        4 => format!("DELETE FROM {name} WHERE {place} = {}", row(one)),
        5 => {
            // A row more, out of another one.
            // Among the others, after the last, far after it, or before the first.
            let offset = *random.choice(&[-3, -1, 1, 2, 3, 5000, -5000]).unwrap();
            let seq = format!("(SELECT max(seq) + {offset} FROM order_events)");
            let columns = table.columns();
            let new_id = if is_sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
            let new = |column: &&'static str| match (*column, name) {
                ("seq", "event_head") => "seq + 1".to_owned(),
                ("seq", _) => seq.clone(),
                ("id", _) => new_id.to_owned(),
                (column, _) => column.to_owned(),
            };
            let values: Vec<String> = columns.iter().map(new).collect();
            let (columns, values) = (columns.join(", "), values.join(", "));
            format!("INSERT INTO {name} ({columns}) SELECT {values} FROM {name} WHERE {place} = {}", row(one))
        }
        _ => {
            // Two rows change a value, or their places.
            let column = *random.choice(&table.columns()).unwrap();
            let compared = comparable(column);
            let differs = format!("{} IS DISTINCT FROM {}", value(&compared, one), value(&compared, other));
            let swapped = format!(
                "CASE WHEN {place} = {} THEN {} ELSE {} END",
                row(one),
                value(column, other),
                value(column, one)
            );
            let which = format!("{place} IN ({}, {}) AND {differs}", row(one), row(other));
            if column == "seq" && name != "deliveries" {
                // Through numbers that are free, since each may be there but once.
                let (a, b) = (value("seq", one), value("seq", other));
                let statement = format!(
                    "CREATE TEMPORARY TABLE swapped AS SELECT {a} AS a, {b} AS b; \
                     UPDATE {name} SET seq = -1 WHERE seq = (SELECT a FROM swapped) AND {a} <> {b}; \
                     UPDATE {name} SET seq = (SELECT a FROM swapped) WHERE seq = (SELECT b FROM swapped); \
                     UPDATE {name} SET seq = (SELECT b FROM swapped) WHERE seq = -1; DROP TABLE swapped"
                );
                if one == other {
                    return None;
                }
                statement
            } else {
                format!("UPDATE {name} SET {column} = {swapped} WHERE {which}")
            }
        }
    };
    let is_done = sql.execute(&statement).await.is_ok_and(|rows| rows > 0);
    is_done.then_some(statement)
}

/// Cuts the end of the record off; `event_head` says so, or not.
async fn cut_tail(sql: &mut SqlConnection, random: &mut Rng, end: i64) -> String {
    let last = random.i64(0..end);
    let mut statement =
        format!("DELETE FROM order_events WHERE seq > {last}; DELETE FROM admin_changes WHERE seq > {last}; ");
    if random.bool() {
        let hash = |table: &str| format!("SELECT hash FROM {table} WHERE seq = {last}");
        statement.push_str(&format!(
            "UPDATE event_head SET seq = {last}, hash = coalesce(({}), ({}), hash); ",
            hash("order_events"),
            hash("admin_changes")
        ));
        // Of orders that begin later, nothing is left.
        for table in ["feedback", "deliveries", "order_lines", "orders"] {
            let id = if table == "orders" { "id" } else { "order_id" };
            statement.push_str(&format!("DELETE FROM {table} WHERE {id} NOT IN (SELECT order_id FROM order_events); "));
        }
    }
    sql.execute(&statement).await.unwrap();
    statement
}

pub(crate) async fn every_tampering_is_found(hospital: Hospital, rounds: usize, seed: u64) {
    fill(&hospital).await;
    let store = &hospital.store;
    let end = store.checkpoint().await.unwrap();
    assert_eq!(store.verify_record(&[end], |_, _| ()).await.unwrap(), Ok(end), "nobody has altered it yet");

    let mut sql = testkit::sql::connect(&hospital.url).await.unwrap();
    let is_sqlite = matches!(sql, SqlConnection::Sqlite(_));
    // As somebody who owns the database: without its rules, and with a copy to put back.
    let free = match is_sqlite {
        true => "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = ON; \
                 DROP TRIGGER order_events_refuse_update; DROP TRIGGER order_events_refuse_delete; \
                 DROP TRIGGER order_events_refuse_replace; DROP TRIGGER admin_changes_refuse_update; \
                 DROP TRIGGER admin_changes_refuse_delete; DROP TRIGGER admin_changes_refuse_replace"
            .to_owned(),
        false => "SET session_replication_role = replica; SET synchronous_commit = off".to_owned(),
    };
    sql.execute(&free).await.unwrap();
    let each = |make: &dyn Fn(&str) -> String| TABLES.iter().map(|table| make(table.name)).collect::<String>();
    sql.execute(&each(&|table| format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}; "))).await.unwrap();
    let put_back = each(&|table| format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}; "));
    let put_back = format!("BEGIN; {put_back} COMMIT");

    let mut random = Rng::with_seed(seed);
    let (mut tampered, mut tries) = (0, 0);
    while tampered < rounds {
        tries += 1;
        assert!(tries < 10 * rounds, "{tampered} of {tries} tries altered something");
        let done = match random.u8(..20) {
            0 => Some(cut_tail(&mut sql, &mut random, end.seq).await),
            _ => tamper(&mut sql, &mut random).await,
        };
        let Some(done) = done else { continue };
        tampered += 1;
        let found = store.verify_record(&[end], |_, _| ()).await.unwrap();
        assert!(found.is_err(), "not found: {done}");
        sql.execute(&put_back).await.unwrap();
        if tampered % 100 == 0 {
            assert_eq!(store.verify_record(&[end], |_, _| ()).await.unwrap(), Ok(end), "put back after {done}");
        }
    }
}

/// On either database, whoever uses the application's role.
pub(crate) async fn the_record_is_not_changed_through_the_application(hospital: Hospital) {
    fill(&hospital).await;
    let mut sql = testkit::sql::connect(&hospital.url).await.unwrap();
    let is_sqlite = matches!(sql, SqlConnection::Sqlite(_));
    for table in ["order_events", "admin_changes"] {
        let mut changes = vec![
            format!("UPDATE {table} SET by_name = 'x'"),
            format!("UPDATE {table} SET seq = seq"),
            format!("DELETE FROM {table} WHERE seq > 3"),
        ];
        changes.push(match is_sqlite {
            true => format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
            false => format!("TRUNCATE {table} CASCADE"),
        });
        for change in changes {
            let refused = sql.execute(&change).await.unwrap_err().to_string();
            assert!(refused.contains(&format!("{table} is append-only")), "{change}: {refused}");
        }
    }
    assert!(hospital.store.verify_record(&[], |_, _| ()).await.unwrap().is_ok());
}

/// On either database: by references in one, by triggers in the other.
pub(crate) async fn no_order_is_lost_and_lines_and_events_are_of_orders_that_are_there(hospital: Hospital) {
    fill(&hospital).await;
    let mut sql = testkit::sql::connect(&hospital.url).await.unwrap();
    let is_sqlite = matches!(sql, SqlConnection::Sqlite(_));
    let refusals = [
        ("DELETE FROM orders", "orders are kept"),
        ("UPDATE orders SET id = dispenser_id WHERE id = (SELECT id FROM orders LIMIT 1)", "orders are kept"),
        ("UPDATE order_lines SET order_id = id WHERE id = (SELECT id FROM order_lines LIMIT 1)", "orders are kept"),
        ("TRUNCATE orders CASCADE", "orders are kept"),
        (
            "INSERT INTO order_lines (id, order_id, position, medication_id, quantity, delivered) \
             SELECT order_id, id, position, medication_id, quantity, 0 FROM order_lines LIMIT 1",
            "order_lines must be of orders that are there",
        ),
        (
            "INSERT INTO order_events (seq, order_id, kind, at, by_id, by_name, by_role, hash) \
             SELECT seq + 1000000, by_id, kind, at, by_id, by_name, by_role, hash FROM order_events LIMIT 1",
            "order_events must be of orders that are there",
        ),
    ];
    for (change, why) in refusals.into_iter().filter(|(change, _)| !(is_sqlite && change.starts_with("TRUNCATE"))) {
        let refused = sql.execute(change).await.unwrap_err().to_string();
        assert!(refused.contains(if is_sqlite { "FOREIGN KEY" } else { why }), "{change}: {refused}");
    }
    assert!(hospital.store.verify_record(&[], |_, _| ()).await.unwrap().is_ok());
}

/// Who has the program can write a chain that holds; not one that a checkpoint vouches for.
pub(crate) async fn a_record_that_was_written_anew_is_found_by_its_checkpoint(hospital: Hospital) {
    let store = &hospital.store;
    let before = store.checkpoint().await.unwrap();
    crate::hospital::add_medication(store, "Heparina 5.000 UI/mL").await;
    let kept = store.checkpoint().await.unwrap();
    let mut sql = testkit::sql::connect(&hospital.url).await.unwrap();
    sql.execute(match sql {
        SqlConnection::Sqlite(_) => "DROP TRIGGER admin_changes_refuse_delete",
        SqlConnection::Postgres(_) => "SET session_replication_role = replica",
    })
    .await
    .unwrap();
    let hash: String = before.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let hash = if matches!(sql, SqlConnection::Sqlite(_)) { format!("x'{hash}'") } else { format!("'\\x{hash}'") };
    let cut = format!(
        "DELETE FROM admin_changes WHERE seq > {0}; UPDATE event_head SET seq = {0}, hash = {hash}",
        before.seq
    );
    sql.execute(&cut).await.unwrap();
    let found =
        |checkpoints: Vec<Checkpoint>| async move { store.verify_record(&checkpoints, |_, _| ()).await.unwrap() };
    assert_eq!(found(vec![]).await, Ok(before), "a cut tail leaves a chain that holds");
    assert_eq!(found(vec![before, kept]).await.unwrap_err().seq, Some(kept.seq));
    crate::hospital::add_medication(store, "Heparina 5.000 UI/0,25 mL").await;
    assert!(found(vec![before]).await.is_ok());
    let broken = found(vec![kept, before]).await.unwrap_err();
    assert_eq!(broken.seq, Some(kept.seq));
    assert!(broken.what.contains("written anew"), "{broken:?}");
}

pub(crate) async fn a_record_of_many_pages_is_verified_while_it_grows(hospital: Hospital) {
    let store = &hospital.store;
    let mut kept = vec![store.checkpoint().await.unwrap()];
    for _ in 0..6 {
        let orders: Vec<_> = (0..400).map(|_| arrival(&hospital.order())).collect();
        store.keep_arrivals(&orders, at(1)).await.unwrap();
        kept.push(store.checkpoint().await.unwrap());
    }
    let more = hospital.another_store().await;
    let growing = async {
        for _ in 0..20 {
            more.keep_arrivals(&[arrival(&hospital.order())], at(2)).await.unwrap();
        }
    };
    let mut told = Vec::new();
    let (verified, ()) = tokio::join!(store.verify_record(&kept, |done, of| told.push((done, of))), growing);
    let end = verified.unwrap().unwrap();
    let last = kept.last().unwrap().seq;
    assert!((last..=last + 20).contains(&end.seq), "{end:?} after {last}");
    assert_eq!(told.iter().map(|(done, _)| *done).collect::<Vec<_>>(), [1000, 2000, end.seq]);
}
