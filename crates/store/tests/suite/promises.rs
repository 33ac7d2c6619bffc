//! The promises, each a function over a hospital on either database.

use std::collections::HashSet;

use chrono::{NaiveDate, TimeDelta};
use domain::{
    DeadLetterState, DispenserId, EventKind, FeedbackId, LotId, MedicationId, NewOrder, Note, OrderId, Person,
    PlacedOrder, Quantity, Rating, Refusal, Role, SessionId, Status, Step, UserId, WardId,
};
use store::{
    Act, DispenserChange, NewHolding, NewLot, NewUser, NotRated, OrderFilter, Outcome, Refreshed, Schema, Session,
    StepRequest, StoreError, UserChange,
};
use uuid::Uuid;

use crate::hospital::{Hospital, PASSWORD_HASH, act, another_person, arrival, at, label, new_dispenser, unreadable};

pub(crate) async fn migrating_twice_changes_nothing(hospital: Hospital) {
    assert_eq!(hospital.store.migrate().await.unwrap(), Vec::<String>::new());
    assert_eq!(hospital.store.schema().await.unwrap(), Schema::Current);
}

pub(crate) async fn many_processes_may_migrate_at_once(hospital: Hospital) {
    for table in [
        "suspects",
        "lost_tokens",
        "import_runs",
        "imports",
        "presentation_eans",
        "presentations",
        "boards",
        "reasons",
        "targets",
        "deliveries",
        "admin_changes",
        "feedback",
        "service_calls",
        "dead_letters",
        "event_head",
        "order_events",
        "order_lines",
        "orders",
        "dispenser_medications",
        "dispensers",
        "wards",
        "lots",
        "medications",
        "sessions",
        "users",
        "seaql_migrations",
    ] {
        run(&hospital, &format!("DROP TABLE {table}")).await;
    }
    let processes = (0..4).map(|_| async {
        let store = hospital.another_store().await;
        store.migrate().await.unwrap().len()
    });
    let mut applied: Vec<usize> = join_all(processes).await;
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, 11], "one applies it, the others find it done");
}

pub(crate) async fn a_database_of_a_newer_botica_is_refused(hospital: Hospital) {
    run(&hospital, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)").await;
    for refused in [hospital.store.migrate().await.map(drop), hospital.store.require_current_schema().await] {
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("m9999_future") && error.contains("newer"), "{error}");
    }
}

pub(crate) async fn an_order_is_stored_with_its_lines_and_one_event(hospital: Hospital) {
    let [first, second] = hospital.medications;
    let placed = hospital.order_of(hospital.dispenser, &[(second, 2), (first, 100_000)]);
    let outcomes = hospital.store.keep_arrivals(&[arrival(&placed)], at(1)).await.unwrap();
    assert_eq!(outcomes, [Outcome::Requested]);

    let order = hospital.store.order(placed.order.id()).await.unwrap().unwrap();
    assert_eq!((order.status, order.version), (Status::Requested, 1));
    assert_eq!((order.requested_at, order.stored_at), (at(0), at(1)));
    assert_eq!(order.requested_by, placed.placed_by);
    let lines: Vec<_> = order.lines.iter().map(|line| (line.medication.id, line.quantity, line.delivered)).collect();
    assert_eq!(lines, [(second, 2, 0), (first, 100_000, 0)], "as they were placed");
    assert_eq!(order.lines[1].medication.name.as_deref(), Some("Dipirona sódica 500 mg"));
    assert_eq!(order.dispenser.known.unwrap().2.ward.as_str(), "UTI Adulto");

    let events = hospital.store.events_of(placed.order.id()).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind, events[0].at, &events[0].by), (EventKind::Requested, at(0), &placed.placed_by));
}

pub(crate) async fn an_order_stored_twice_is_stored_once(hospital: Hospital) {
    let placed = hospital.order();
    let later = PlacedOrder { placed_at: at(9), ..placed.clone() };
    let batch = [arrival(&placed), arrival(&placed)];
    let outcomes = hospital.store.keep_arrivals(&batch, at(1)).await.unwrap();
    assert_eq!(outcomes, [Outcome::Requested, Outcome::Again], "within one batch");
    let outcomes = hospital.store.keep_arrivals(&[arrival(&later)], at(2)).await.unwrap();
    assert_eq!(outcomes, [Outcome::Again], "in a later one, sent again by its client");
    assert_eq!(hospital.event_count(placed.order.id()).await, 1);
    let order = hospital.store.order(placed.order.id()).await.unwrap().unwrap();
    assert_eq!((order.stored_at, order.lines.len()), (at(1), 1));
}

pub(crate) async fn an_order_stored_by_two_consumers_at_once_is_stored_once(hospital: Hospital) {
    let orders: Vec<_> = (0..50).map(|_| hospital.order()).collect();
    let consumers = (0..4).map(|consumer| {
        let mut batch: Vec<_> = orders.iter().map(arrival).collect();
        // Each takes them in another order.
        batch.rotate_left(consumer * 13);
        let hospital = &hospital;
        async move {
            let store = hospital.another_store().await;
            store.keep_arrivals(&batch, at(1)).await.unwrap()
        }
    });
    let outcomes: Vec<Outcome> = join_all(consumers).await.into_iter().flatten().collect();
    let count = |wanted: Outcome| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    assert_eq!((count(Outcome::Requested), count(Outcome::Again)), (50, 150));
    for placed in &orders {
        assert_eq!(hospital.event_count(placed.order.id()).await, 1);
    }
}

pub(crate) async fn the_same_id_with_other_content_is_a_dead_letter(hospital: Hospital) {
    let placed = hospital.order();
    let order = &placed.order;
    let note = Some(Note::parse("outra coisa").unwrap());
    let other = NewOrder::new(order.id(), order.dispenser_id(), order.priority(), order.lines().to_vec(), note);
    let other = PlacedOrder { order: other.unwrap(), ..placed.clone() };
    let outcomes = hospital.store.keep_arrivals(&[arrival(&placed), arrival(&other)], at(1)).await.unwrap();
    assert_eq!(outcomes, [Outcome::Requested, Outcome::DeadLetter]);
    let letters = hospital.store.dead_letters(&DeadLetterState::OPEN, None, 10).await.unwrap().items;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].reason.contains(&order.id().to_string()), "{}", letters[0].reason);
    assert_eq!(hospital.store.order(order.id()).await.unwrap().unwrap().note, None, "the first one stays");
}

pub(crate) async fn the_same_id_from_another_user_is_a_dead_letter(hospital: Hospital) {
    let placed = hospital.order();
    let other = PlacedOrder { placed_by: another_person(), ..placed.clone() };
    hospital.store.keep_arrivals(&[arrival(&placed)], at(1)).await.unwrap();
    let outcomes = hospital.store.keep_arrivals(&[arrival(&other)], at(2)).await.unwrap();
    assert_eq!(outcomes, [Outcome::DeadLetter]);
}

pub(crate) async fn an_order_for_an_unknown_dispenser_is_refused_with_the_reason(hospital: Hospital) {
    let unknown = DispenserId(Uuid::now_v7());
    let placed = hospital.order_of(unknown, &[(hospital.medications[0], 1)]);
    refused_for(&hospital, &placed, unknown.0).await;
}

pub(crate) async fn an_order_of_an_unknown_medication_is_refused_with_the_reason(hospital: Hospital) {
    let unknown = MedicationId(Uuid::now_v7());
    let placed = hospital.order_of(hospital.dispenser, &[(hospital.medications[0], 1), (unknown, 1)]);
    refused_for(&hospital, &placed, unknown.0).await;
}

async fn refused_for(hospital: &Hospital, placed: &PlacedOrder, unknown: Uuid) {
    let good = hospital.order();
    let outcomes = hospital.store.keep_arrivals(&[arrival(placed), arrival(&good)], at(1)).await.unwrap();
    assert_eq!(outcomes, [Outcome::Refused, Outcome::Requested], "its neighbour is stored");
    let order = hospital.store.order(placed.order.id()).await.unwrap().unwrap();
    assert_eq!(order.status, Status::Refused);
    assert!(order.refusal.unwrap().contains(&unknown.to_string()));
    assert_eq!(order.lines.len(), placed.order.lines().len());
    let events = hospital.store.events_of(placed.order.id()).await.unwrap();
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::Refused]);
}

pub(crate) async fn what_can_not_be_read_is_kept_to_the_byte(hospital: Hospital) {
    let body = [0, 0xff, 0xfe, b'{', 0];
    let mut strange = unreadable(&body);
    strange.letter.message_id = Some("a\0b".to_owned());
    let placed = hospital.order();
    let batch = [strange, arrival(&placed), unreadable(b""), unreadable(&vec![b'['; 1 << 20])];
    let outcomes = hospital.store.keep_arrivals(&batch, at(1)).await.unwrap();
    assert_eq!(outcomes, [Outcome::DeadLetter, Outcome::Requested, Outcome::DeadLetter, Outcome::DeadLetter]);
    let letters = hospital.store.dead_letters(&DeadLetterState::OPEN, None, 10).await.unwrap().items;
    let kept: HashSet<_> = letters.iter().map(|letter| letter.letter.body.clone()).collect();
    assert_eq!(kept, HashSet::from([body.to_vec(), vec![], vec![b'['; 1 << 20]]));
    assert!(letters.iter().all(|letter| letter.reason == "not an order"));
}

pub(crate) async fn a_dead_letter_that_comes_again_is_counted(hospital: Hospital) {
    for seconds in [1, 2, 3] {
        hospital.store.keep_arrivals(&[unreadable(b"x")], at(seconds)).await.unwrap();
    }
    let letters = hospital.store.dead_letters(&DeadLetterState::OPEN, None, 10).await.unwrap().items;
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].seen, letters[0].first_seen_at, letters[0].last_seen_at), (3, at(1), at(3)));
}

pub(crate) async fn a_batch_is_kept_whole_or_not_at_all(hospital: Hospital) {
    let placed = hospital.order();
    let batch = [arrival(&placed), unreadable(b"x")];
    // The events are written last: without their head, all that was written before must go.
    run(&hospital, "DELETE FROM event_head").await;
    assert!(hospital.store.keep_arrivals(&batch, at(1)).await.is_err());
    assert_eq!(hospital.store.order(placed.order.id()).await.unwrap(), None);
    assert_eq!(hospital.store.count_dead_letters().await.unwrap(), 0);
    run(&hospital, "INSERT INTO event_head (id, seq, hash) VALUES (1, 0, '')").await;
    let outcomes = hospital.store.keep_arrivals(&batch, at(1)).await.unwrap();
    assert_eq!(outcomes, [Outcome::Requested, Outcome::DeadLetter]);
}

pub(crate) async fn event_numbers_follow_the_order_of_commits(hospital: Hospital) {
    let writers = (0..8).map(|_| {
        let hospital = &hospital;
        async move {
            let store = hospital.another_store().await;
            let mut last = 0;
            for _ in 0..5 {
                let placed = hospital.order();
                store.keep_arrivals(&[arrival(&placed)], at(1)).await.unwrap();
                // What is read after a commit has a higher number than all that was committed before it.
                let seq = store.events_of(placed.order.id()).await.unwrap()[0].seq;
                assert!(seq > last);
                last = seq;
            }
        }
    });
    join_all(writers).await;
    let mut all = Vec::new();
    for order in hospital.store.orders(&OrderFilter::default(), None, 100).await.unwrap().items {
        all.extend(hospital.store.events_of(order.id).await.unwrap().iter().map(|event| event.seq));
    }
    all.sort_unstable();
    let first = all[0];
    assert_eq!(all, (first..first + 40).collect::<Vec<i64>>(), "without a gap");
}

pub(crate) async fn text_comes_back_as_it_was_typed(hospital: Hospital) {
    let text = "Urgência 💊 👩‍⚕️ — \"aspas\" 'simples' \\ %_ ñ 漢字\nsegunda linha";
    let placed = hospital.order();
    let order = &placed.order;
    let note = Some(Note::parse(text).unwrap());
    let order = NewOrder::new(order.id(), order.dispenser_id(), order.priority(), order.lines().to_vec(), note);
    let placed = PlacedOrder { order: order.unwrap(), ..placed };
    hospital.store.keep_arrivals(&[arrival(&placed)], at(1)).await.unwrap();
    let order = hospital.store.order(placed.order.id()).await.unwrap().unwrap();
    assert_eq!(order.note.as_deref(), Some(text));
    let again = hospital.store.keep_arrivals(&[arrival(&placed)], at(2)).await.unwrap();
    assert_eq!(again, [Outcome::Again], "and compares as the same");
}

pub(crate) async fn instants_come_back_as_they_were_stored(hospital: Hospital) {
    let placed = PlacedOrder { placed_at: at(0) + TimeDelta::nanoseconds(123_456_789), ..hospital.order() };
    hospital.store.keep_arrivals(&[arrival(&placed)], at(1)).await.unwrap();
    let order = hospital.store.order(placed.order.id()).await.unwrap().unwrap();
    assert_eq!(order.requested_at, at(0) + TimeDelta::microseconds(123_456));
}

pub(crate) async fn pages_of_orders_are_complete_and_do_not_repeat(hospital: Hospital) {
    // Several of one instant, so that only the id tells them apart.
    let orders: Vec<_> = (0..25).map(|number| PlacedOrder { placed_at: at(number / 10), ..hospital.order() }).collect();
    let batch: Vec<_> = orders.iter().map(arrival).collect();
    hospital.store.keep_arrivals(&batch, at(9)).await.unwrap();
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = hospital.store.orders(&OrderFilter::default(), after, 7).await.unwrap();
        seen.extend(page.items.iter().map(|order| (order.requested_at, order.id)));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (25, 4));
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, each once");
}

pub(crate) async fn orders_are_filtered(hospital: Hospital) {
    let other = new_dispenser(2);
    hospital.store.create_dispenser(&other, &act(0)).await.unwrap();
    let [here, there] = [hospital.order(), hospital.order_of(other.id, &[(hospital.medications[0], 1)])];
    let refused = hospital.order_of(DispenserId(Uuid::now_v7()), &[(hospital.medications[0], 1)]);
    hospital.store.keep_arrivals(&[arrival(&here), arrival(&there), arrival(&refused)], at(1)).await.unwrap();
    let find = async |filter: OrderFilter| -> HashSet<OrderId> {
        hospital.store.orders(&filter, None, 10).await.unwrap().items.iter().map(|order| order.id).collect()
    };
    let ids = |orders: &[&PlacedOrder]| orders.iter().map(|placed| placed.order.id()).collect::<HashSet<_>>();
    let any = OrderFilter::default;
    assert_eq!(find(any()).await, ids(&[&here, &there, &refused]));
    assert_eq!(find(OrderFilter { dispenser_id: Some(other.id), ..any() }).await, ids(&[&there]));
    assert_eq!(find(OrderFilter { statuses: vec![Status::Refused], ..any() }).await, ids(&[&refused]));
    assert_eq!(find(OrderFilter { ward: Some("UTI Adulto".into()), ..any() }).await, ids(&[&here, &there]));
    assert_eq!(find(OrderFilter { requested_by: Some(UserId(Uuid::nil())), ..any() }).await, ids(&[]));
    assert_eq!(find(OrderFilter { from: Some(at(1)), ..any() }).await, ids(&[]));
    assert_eq!(find(OrderFilter { until: Some(at(1)), ..any() }).await.len(), 3);
}

pub(crate) async fn a_taken_address_and_a_taken_code_are_told(hospital: Hospital) {
    let again = NewUser {
        id: UserId(Uuid::now_v7()),
        email: domain::Email::parse("NURSE@hospital.example").unwrap(),
        name: label("Another"),
        role: Role::Nurse,
        password_hash: String::new(),
        may_order_controlled: false,
    };
    assert!(matches!(hospital.store.create_user(&again, &act(1)).await, Err(StoreError::Taken(_))));
    assert!(matches!(hospital.store.create_dispenser(&new_dispenser(1), &act(1)).await, Err(StoreError::Taken(_))));
}

pub(crate) async fn a_refresh_token_gives_the_next_and_a_copy_ends_the_session(hospital: Hospital) {
    let store = &hospital.store;
    let session = Session { id: SessionId(Uuid::now_v7()), user_id: hospital.nurse.id, expires_at: at(3600) };
    store.create_session(&session, b"one".to_vec(), PASSWORD_HASH, at(0)).await.unwrap();
    let refresh = async |presented: &[u8], next: &[u8], seconds| {
        store.refresh_session(presented, next.to_vec(), at(seconds)).await.unwrap()
    };
    assert!(matches!(refresh(b"one", b"two", 10).await, Refreshed::Rotated(_, _)));
    assert!(matches!(refresh(b"one", b"x", 20).await, Refreshed::Recent(_, _)), "another tab");
    assert!(matches!(refresh(b"zero", b"x", 20).await, Refreshed::Unknown));
    assert!(matches!(refresh(b"two", b"three", 30).await, Refreshed::Rotated(_, _)));
    assert!(store.session_user(session.id, at(40)).await.unwrap().is_some());
    // Two have "two"; whoever is second makes a lost one of what the first was given.
    assert!(matches!(refresh(b"two", b"four", 100).await, Refreshed::Rotated(_, _)));
    assert!(matches!(refresh(b"three", b"x", 101).await, Refreshed::Stolen));
    assert!(matches!(refresh(b"four", b"x", 101).await, Refreshed::Unknown), "the thief's is dead, too");
    assert_eq!(store.session_user(session.id, at(101)).await.unwrap(), None);
}

pub(crate) async fn a_deactivated_user_is_out_at_once(hospital: Hospital) {
    let store = &hospital.store;
    let session = Session { id: SessionId(Uuid::now_v7()), user_id: hospital.nurse.id, expires_at: at(3600) };
    store.create_session(&session, b"one".to_vec(), PASSWORD_HASH, at(0)).await.unwrap();
    assert_eq!(store.session_user(session.id, at(3600)).await.unwrap(), None, "a session ends by itself");
    assert!(store.session_user(session.id, at(3599)).await.unwrap().is_some());
    let out = UserChange { is_active: Some(false), ..UserChange::default() };
    store.change_user(hospital.nurse.id, out, &act(1)).await.unwrap().unwrap();
    assert_eq!(store.session_user(session.id, at(2)).await.unwrap(), None);
    let email = domain::Email::parse("nurse@hospital.example").unwrap();
    assert!(store.credentials(&email).await.unwrap().is_none());
    assert!(matches!(store.refresh_session(b"one", b"x".to_vec(), at(2)).await.unwrap(), Refreshed::Unknown));
}

pub(crate) async fn a_ward_is_made_once(hospital: Hospital) {
    for random in 2..5 {
        hospital.store.create_dispenser(&new_dispenser(random), &act(1)).await.unwrap();
    }
    assert_eq!(count(&hospital, "wards").await, 1);
    assert_eq!(hospital.store.dispensers(None, 10).await.unwrap().items.len(), 4);
}

pub(crate) async fn a_dispenser_holds_only_known_medications(hospital: Hospital) {
    let store = &hospital.store;
    let unknown = MedicationId(Uuid::now_v7());
    let holding = |medication_id, par_max| NewHolding {
        medication_id,
        par_min: None,
        par_max: Some(Quantity::new(par_max).unwrap()),
    };
    let [first, second] = hospital.medications;
    let set =
        store.set_holdings(hospital.dispenser, &[holding(first, 10), holding(second, 20)], &act(1)).await.unwrap();
    assert_eq!(set, Some(Ok(())));
    let set = store.set_holdings(hospital.dispenser, &[holding(unknown, 1)], &act(1)).await.unwrap();
    assert_eq!(set, Some(Err(vec![unknown])));
    let held = store.holdings(hospital.dispenser, at(0)).await.unwrap().unwrap();
    assert_eq!(held.iter().map(|held| held.par_max).collect::<Vec<_>>(), [Some(10), Some(20)], "unchanged");
    assert_eq!(store.set_holdings(hospital.dispenser, &[], &act(1)).await.unwrap(), Some(Ok(())));
    assert_eq!(store.holdings(hospital.dispenser, at(0)).await.unwrap(), Some(vec![]));
    assert_eq!(store.holdings(DispenserId(Uuid::now_v7()), at(0)).await.unwrap(), None);
}

pub(crate) async fn lists_of_holdings_that_are_set_at_once_do_not_mix(hospital: Hospital) {
    let lists = hospital.medications.map(|medication_id| NewHolding { medication_id, par_min: None, par_max: None });
    let setting = (0..20).map(|turn| {
        let (hospital, list) = (&hospital, [lists[turn % 2]]);
        async move { hospital.store.set_holdings(hospital.dispenser, &list, &act(1)).await.unwrap().unwrap().unwrap() }
    });
    join_all(setting).await;
    assert_eq!(hospital.store.holdings(hospital.dispenser, at(0)).await.unwrap().unwrap().len(), 1);
}

pub(crate) async fn changes_of_a_place_at_once_are_both_kept(hospital: Hospital) {
    for turn in 0..10 {
        let ward = format!("Pediatria {turn}");
        // One moves to another ward while others move up and down: none may move it back.
        let moving = DispenserChange { ward: Some(label(&ward)), ..DispenserChange::default() };
        let mut changes: Vec<_> = (0..8)
            .map(|floor| DispenserChange {
                floor: Some(Some(label(&format!("{turn}.{floor}")))),
                ..DispenserChange::default()
            })
            .collect();
        changes.insert(turn % 8, moving);
        let changing = changes.into_iter().map(|change| {
            let hospital = &hospital;
            async move {
                let ward = WardId(Uuid::now_v7());
                hospital.store.change_dispenser(hospital.dispenser, change, ward, &act(1)).await.unwrap().unwrap()
            }
        });
        join_all(changing).await;
        let place = hospital.store.dispenser(hospital.dispenser).await.unwrap().unwrap().place;
        assert_eq!(place.ward.as_str(), ward);
        assert!(place.floor.unwrap().as_str().starts_with(&format!("{turn}.")));
    }
}

pub(crate) async fn lots_come_first_to_expire_first(hospital: Hospital) {
    let store = &hospital.store;
    let medication = hospital.medications[0];
    let lot = |number: &str, expires_on: Option<&str>| NewLot {
        id: LotId(Uuid::now_v7()),
        number: label(number),
        expires_on: expires_on.map(|date| date.parse::<NaiveDate>().unwrap()),
    };
    for new in [lot("007", None), lot("B", Some("2026-12-31")), lot("A", Some("2027-01-01"))] {
        store.create_lot(medication, &new, &act(1)).await.unwrap().unwrap();
    }
    let numbers: Vec<_> = store.lots(medication).await.unwrap().unwrap().into_iter().map(|lot| lot.number).collect();
    assert_eq!(numbers, ["B", "A", "007"]);
    assert!(matches!(store.create_lot(medication, &lot("007", None), &act(2)).await, Err(StoreError::Taken(_))));
    assert!(store.create_lot(MedicationId(Uuid::now_v7()), &lot("1", None), &act(2)).await.unwrap().is_none());
}

pub(crate) async fn an_order_is_rated_once_by_who_placed_it(hospital: Hospital) {
    let store = &hospital.store;
    let placed = hospital.order();
    let id = placed.order.id();
    store.keep_arrivals(&[arrival(&placed)], at(1)).await.unwrap();
    let nurse = Act { by: hospital.nurse.person(), at: at(9) };
    let comment = Note::parse("rápido 👍").unwrap();
    let rate = async |stars: i64, comment: Option<&Note>, act: &Act| {
        store.rate(id, FeedbackId(Uuid::now_v7()), Rating::new(stars).unwrap(), comment, act).await.unwrap()
    };
    let too_early = rate(5, Some(&comment), &nurse).await.unwrap_err();
    assert!(matches!(too_early, NotRated::Refused(Refusal::WrongStatus(Status::Requested), _)), "{too_early:?}");
    let technician = Person { role: Role::Technician, ..another_person() };
    for step in [Step::Accept, Step::Deliver { lines: None, is_final: false }] {
        let request =
            StepRequest { step, reason: None, versions: None, key: None, today: at(0).date_naive(), expired: None };
        store.step(id, &request, &Act { by: technician.clone(), at: at(2) }).await.unwrap().unwrap();
    }
    let stranger = rate(5, None, &Act { by: another_person(), at: at(9) }).await.unwrap_err();
    assert!(matches!(stranger, NotRated::Refused(Refusal::NotTheirs, _)), "{stranger:?}");
    let given = rate(5, Some(&comment), &nurse).await.unwrap();
    assert_eq!((given.rating.get(), given.comment.as_deref()), (5, Some("rápido 👍")));
    assert_eq!(rate(5, Some(&comment), &nurse).await.unwrap(), given, "sent twice");
    let other = rate(1, Some(&comment), &nurse).await.unwrap_err();
    assert!(matches!(other, NotRated::Already(first) if *first == given));
    assert_eq!(store.order(id).await.unwrap().unwrap().feedback, Some(given));
    let unknown =
        store.rate(OrderId(Uuid::now_v7()), FeedbackId(Uuid::now_v7()), Rating::new(3).unwrap(), None, &nurse);
    assert!(matches!(unknown.await.unwrap(), Err(NotRated::NoSuchOrder)));
}

/// Runs all at once, each on a task of its own where the runtime allows.
pub(crate) async fn join_all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    futures_util::future::join_all(futures).await
}

/// Runs a statement behind the store's back.
pub(crate) async fn run(hospital: &Hospital, statement: &str) {
    let mut connection = testkit::sql::connect(&hospital.url).await.unwrap();
    connection.execute(statement).await.unwrap();
}

pub(crate) async fn count(hospital: &Hospital, table: &str) -> i64 {
    let mut connection = testkit::sql::connect(&hospital.url).await.unwrap();
    connection.count(table).await.unwrap()
}
