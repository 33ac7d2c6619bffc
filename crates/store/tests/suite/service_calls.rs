//! Service calls and duty: the promises, each a function over a hospital on either database.

use domain::{Email, Note, Person, ReasonCode, Role, ServiceCallId, ServiceCallStatus, ServiceCallStep, UserId};
use futures_util::future::join_all;
use store::{
    Act, AuditFilter, AuditFrom, DispenserChange, NewServiceCall, NewUser, NotOpened, ServiceCall, ServiceCallFilter,
    ServiceCallNotDone, ServiceCallRequest, Store, UserChange,
};
use uuid::Uuid;

use crate::hospital::{Hospital, act, at, label, new_dispenser};

fn technician(number: u128) -> Person {
    Person { id: UserId(Uuid::from_u128(number)), name: format!("Technician {number}"), role: Role::Technician }
}

fn by(person: &Person, seconds: i64) -> Act {
    Act { by: person.clone(), at: at(seconds) }
}

fn note(text: &str) -> Note {
    Note::parse(text).unwrap()
}

fn new_call(hospital: &Hospital, kind: &str) -> NewServiceCall {
    NewServiceCall {
        id: ServiceCallId(Uuid::now_v7()),
        dispenser_id: hospital.dispenser,
        kind: ReasonCode::parse(kind).unwrap(),
        is_partly_usable: true,
        note: Some(note("gaveta 3 💊")),
    }
}

async fn open(hospital: &Hospital, kind: &str, seconds: i64) -> ServiceCall {
    let nurse = by(&hospital.nurse.person(), seconds);
    hospital.store.open_service_call(&new_call(hospital, kind), &nurse).await.unwrap().unwrap()
}

async fn step(
    hospital: &Hospital,
    id: ServiceCallId,
    step: ServiceCallStep,
    act: &Act,
) -> Result<ServiceCall, ServiceCallNotDone> {
    hospital.store.step_service_call(id, &ServiceCallRequest { step, versions: None }, act).await.unwrap()
}

fn resolve(text: &str) -> ServiceCallStep {
    ServiceCallStep::Resolve { outcome: note(text) }
}

/// What the record has of a call, oldest first.
async fn recorded(hospital: &Hospital, id: ServiceCallId) -> Vec<String> {
    let filter = AuditFilter { subject_id: Some(id.0), ..AuditFilter::default() };
    let rows = hospital.store.audit(&filter, AuditFrom::After(0), 100).await.unwrap();
    rows.into_iter().map(|row| row.kind).collect()
}

pub(crate) async fn a_service_call_is_worked_to_its_end_and_each_step_is_recorded_once(hospital: Hospital) {
    let call = open(&hospital, "drawer_stuck", 1).await;
    assert_eq!((call.status, call.version), (ServiceCallStatus::Open, 1));
    assert_eq!((call.opened_at, &call.opened_by), (at(1), &hospital.nurse.person()));
    assert_eq!((call.note.as_deref(), call.is_partly_usable), (Some("gaveta 3 💊"), true));
    assert_eq!(call.dispenser.known.as_ref().unwrap().2.ward.as_str(), "UTI Adulto");
    let [one, other] = [technician(1), technician(2)];
    let started = step(&hospital, call.id, ServiceCallStep::Start, &by(&one, 2)).await.unwrap();
    assert_eq!((&started.worked_by, started.started_at), (&Some(one.clone()), Some(at(2))));
    let again = step(&hospital, call.id, ServiceCallStep::Start, &by(&one, 3)).await.unwrap();
    assert_eq!(again, started, "the same person, the same step");
    let released = step(&hospital, call.id, ServiceCallStep::Release, &by(&other, 4)).await.unwrap();
    assert_eq!((released.status, released.worked_by, released.started_at), (ServiceCallStatus::Open, None, None));
    step(&hospital, call.id, ServiceCallStep::Start, &by(&one, 5)).await.unwrap();
    let resolved = step(&hospital, call.id, resolve("trocada a gaveta"), &by(&one, 6)).await.unwrap();
    assert_eq!((resolved.status, resolved.version), (ServiceCallStatus::Resolved, 5));
    assert_eq!((resolved.started_at, resolved.closed_at), (Some(at(5)), Some(at(6))));
    assert_eq!((&resolved.worked_by, resolved.outcome.as_deref()), (&Some(one.clone()), Some("trocada a gaveta")));
    assert_eq!(step(&hospital, call.id, resolve("trocada a gaveta"), &by(&one, 7)).await.unwrap(), resolved);
    assert!(step(&hospital, call.id, resolve("outra coisa"), &by(&one, 7)).await.is_err(), "other words");
    assert!(step(&hospital, call.id, resolve("trocada a gaveta"), &by(&other, 7)).await.is_err(), "another person");
    assert_eq!(hospital.store.service_call(call.id).await.unwrap().unwrap(), resolved);
    assert_eq!(
        recorded(&hospital, call.id).await,
        [
            "service_call.opened",
            "service_call.started",
            "service_call.released",
            "service_call.started",
            "service_call.resolved"
        ]
    );
    hospital.store.verify_record(&[], |_, _| ()).await.unwrap().unwrap();
}

/// In the collation of a Brazilian PostgreSQL, marks such as `.` and `/` do not sort as their bytes do.
pub(crate) async fn all_of_a_subject_is_found_in_the_record_whatever_the_collation(hospital: Hospital) {
    if hospital.url.starts_with("postgres") {
        let mut connection = testkit::sql::connect(&hospital.url).await.unwrap();
        let collation = "CREATE COLLATION shifted (provider = icu, locale = 'und-u-ka-shifted')";
        connection.execute(collation).await.unwrap();
        let alter = "ALTER TABLE admin_changes ALTER COLUMN kind TYPE varchar COLLATE shifted";
        connection.execute(alter).await.unwrap();
    }
    let call = open(&hospital, "other", 1).await;
    let count = async |kind: &str| {
        let filter = AuditFilter { kind: Some(kind.to_owned()), ..AuditFilter::default() };
        hospital.store.audit(&filter, AuditFrom::Before(None), 100).await.unwrap().len()
    };
    assert_eq!((count("service_call").await, count("service_call.opened").await), (1, 1), "{}", call.id);
    assert_eq!(count("medication").await, 2);
    for none in ["service", "service%", "service_cal_", "SERVICE_CALL", "service_call.", ""] {
        assert_eq!(count(none).await, 0, "{none}");
    }
}

pub(crate) async fn a_service_call_opened_again_is_the_same_one(hospital: Hospital) {
    let new = new_call(&hospital, "no_power");
    let nurse = by(&hospital.nurse.person(), 1);
    let store = &hospital.store;
    let processes = processes(&hospital).await;
    let opening = processes.iter().map(|store| store.open_service_call(&new, &nurse));
    for opened in join_all(opening).await {
        assert_eq!(opened.unwrap().unwrap().id, new.id);
    }
    assert_eq!(recorded(&hospital, new.id).await, ["service_call.opened"]);
    step(&hospital, new.id, ServiceCallStep::Start, &by(&technician(1), 2)).await.unwrap();
    let out = DispenserChange { is_active: Some(false), ..DispenserChange::default() };
    store.change_dispenser(hospital.dispenser, out, Uuid::now_v7().into(), &act(3)).await.unwrap();
    let again = store.open_service_call(&new, &by(&hospital.nurse.person(), 9)).await.unwrap().unwrap();
    assert_eq!((again.status, again.opened_at), (ServiceCallStatus::InProgress, at(1)), "as it stands now");
    let other = NewServiceCall { is_partly_usable: false, ..new.clone() };
    assert_eq!(store.open_service_call(&other, &nurse).await.unwrap(), Err(NotOpened::OtherContent));
    let somebody = by(&technician(1), 1);
    assert_eq!(store.open_service_call(&new, &somebody).await.unwrap(), Err(NotOpened::OtherContent));
}

pub(crate) async fn a_service_call_names_a_kind_and_a_dispenser_that_are_there(hospital: Hospital) {
    let store = &hospital.store;
    let refused = async |new: NewServiceCall| store.open_service_call(&new, &act(1)).await.unwrap().unwrap_err();
    // A code of another list.
    assert_eq!(refused(new_call(&hospital, "out_of_stock")).await, NotOpened::NoSuchKind);
    let unknown = NewServiceCall { dispenser_id: Uuid::now_v7().into(), ..new_call(&hospital, "other") };
    assert_eq!(refused(unknown).await, NotOpened::NoSuchDispenser);
    let mut connection = testkit::sql::connect(&hospital.url).await.unwrap();
    connection.execute("UPDATE reasons SET is_active = false WHERE code = 'no_network'").await.unwrap();
    assert_eq!(refused(new_call(&hospital, "no_network")).await, NotOpened::NoSuchKind);
    let out = DispenserChange { is_active: Some(false), ..DispenserChange::default() };
    store.change_dispenser(hospital.dispenser, out, Uuid::now_v7().into(), &act(1)).await.unwrap();
    assert_eq!(refused(new_call(&hospital, "other")).await, NotOpened::DispenserOutOfUse);
    assert_eq!(store.service_calls(&ServiceCallFilter::default(), None, 10).await.unwrap().items, []);
}

pub(crate) async fn a_second_service_call_of_a_kind_is_told_of_the_first(hospital: Hospital) {
    let first = open(&hospital, "no_power", 1).await;
    let other_kind = open(&hospital, "screen_dark", 2).await;
    let second = open(&hospital, "no_power", 3).await;
    let duplicates = [first.duplicate_of, other_kind.duplicate_of, second.duplicate_of];
    assert_eq!(duplicates, [None, None, Some(first.id)]);
    let read = async |id| hospital.store.service_call(id).await.unwrap().unwrap().duplicate_of;
    assert_eq!((read(first.id).await, read(second.id).await), (None, Some(first.id)));
    let counts = hospital.store.count_open_service_calls(&[hospital.dispenser]).await.unwrap();
    assert_eq!(counts[&hospital.dispenser], 3);
    step(&hospital, first.id, ServiceCallStep::Cancel { note: None }, &act(4)).await.unwrap();
    assert_eq!((read(first.id).await, read(second.id).await), (None, None), "the first is closed");
    let counts = hospital.store.count_open_service_calls(&[hospital.dispenser]).await.unwrap();
    assert_eq!(counts[&hospital.dispenser], 2);

    let third = open(&hospital, "no_power", 4).await;
    assert_eq!(third.duplicate_of, Some(second.id));
    step(&hospital, third.id, ServiceCallStep::Cancel { note: None }, &act(4)).await.unwrap();
    let all = hospital.store.service_calls(&ServiceCallFilter::default(), None, 10).await.unwrap().items;
    assert!(all.iter().all(|call| call.duplicate_of.is_none()), "what is closed repeats nothing");

    // All at once: one is the first, and each of the others is told of an earlier one.
    let stores = processes(&hospital).await;
    for kind in ["reader_fails", "wrong_count", "no_network"] {
        let opening = stores.iter().map(|store| {
            let new = new_call(&hospital, kind);
            async move { store.open_service_call(&new, &act(5)).await.unwrap().unwrap() }
        });
        let told = join_all(opening).await.into_iter().filter(|call| call.duplicate_of.is_some()).count();
        assert_eq!(told, 7, "{kind}");
    }
}

/// Connections of several processes, each made already, so that what they ask comes at once.
async fn processes(hospital: &Hospital) -> Vec<Store> {
    let mut stores = Vec::new();
    for _ in 0..8 {
        let store = hospital.another_store().await;
        store.ping().await.unwrap();
        stores.push(store);
    }
    stores
}

pub(crate) async fn of_many_who_start_a_service_call_one_has_it(hospital: Hospital) {
    let stores = processes(&hospital).await;
    for round in 0..5 {
        let call = open(&hospital, "no_power", 1).await;
        let starting = stores.iter().zip(1..).map(|(store, number)| {
            let request = ServiceCallRequest { step: ServiceCallStep::Start, versions: None };
            async move { store.step_service_call(call.id, &request, &by(&technician(number), 2)).await.unwrap() }
        });
        let (winners, losers): (Vec<_>, Vec<_>) = join_all(starting).await.into_iter().partition(Result::is_ok);
        assert_eq!((winners.len(), losers.len()), (1, 7), "round {round}");
        let winner = winners.into_iter().next().unwrap().unwrap().worked_by.unwrap();
        for loser in losers {
            let Err(ServiceCallNotDone::Refused(refusal, stands)) = loser else { panic!("{loser:?}") };
            assert_eq!(refusal, domain::ServiceCallRefusal::HeldBy(winner.clone()));
            assert_eq!(stands.worked_by.as_ref(), Some(&winner));
        }
        assert_eq!(recorded(&hospital, call.id).await, ["service_call.opened", "service_call.started"]);
    }
}

pub(crate) async fn a_service_call_of_another_version_is_left_as_it_is(hospital: Hospital) {
    let call = open(&hospital, "no_power", 1).await;
    let [one, other] = [technician(1), technician(2)];
    let start = async |who: &Person, versions: Vec<u32>| {
        let request = ServiceCallRequest { step: ServiceCallStep::Start, versions: Some(versions) };
        hospital.store.step_service_call(call.id, &request, &by(who, 2)).await.unwrap()
    };
    let is_other = |done| matches!(done, Err(ServiceCallNotDone::OtherVersion(_)));
    assert!(is_other(start(&one, vec![2]).await) && is_other(start(&one, vec![]).await));
    assert_eq!(start(&one, vec![1]).await.unwrap().version, 2);
    assert_eq!(start(&one, vec![1]).await.unwrap().version, 2, "its answer was lost");
    assert!(is_other(start(&other, vec![1]).await));
    let unknown = step(&hospital, ServiceCallId(Uuid::now_v7()), ServiceCallStep::Start, &act(2)).await;
    assert_eq!(unknown, Err(ServiceCallNotDone::NoSuchCall));
}

pub(crate) async fn service_calls_are_filtered_and_come_in_pages(hospital: Hospital) {
    let other = new_dispenser(2);
    hospital.store.create_dispenser(&other, &act(0)).await.unwrap();
    let mut ids = Vec::new();
    for number in 0..9 {
        // Several of one instant, so that only the id tells them apart.
        ids.push(open(&hospital, "other", 1 + number / 4).await.id);
    }
    let there = NewServiceCall { dispenser_id: other.id, ..new_call(&hospital, "other") };
    hospital.store.open_service_call(&there, &act(9)).await.unwrap().unwrap();
    step(&hospital, ids[0], ServiceCallStep::Start, &by(&technician(1), 9)).await.unwrap();
    step(&hospital, ids[1], ServiceCallStep::Cancel { note: None }, &by(&technician(1), 9)).await.unwrap();
    let count =
        async |filter: ServiceCallFilter| hospital.store.service_calls(&filter, None, 100).await.unwrap().items.len();
    let any = ServiceCallFilter::default;
    assert_eq!(count(any()).await, 10);
    assert_eq!(count(ServiceCallFilter { dispenser_id: Some(other.id), ..any() }).await, 1);
    assert_eq!(count(ServiceCallFilter { ward: Some("UTI Adulto".into()), ..any() }).await, 10);
    assert_eq!(count(ServiceCallFilter { ward: Some("UTI".into()), ..any() }).await, 0);
    assert_eq!(count(ServiceCallFilter { is_open: Some(true), ..any() }).await, 9);
    assert_eq!(count(ServiceCallFilter { is_open: Some(false), ..any() }).await, 1);
    let statuses = vec![ServiceCallStatus::InProgress, ServiceCallStatus::Cancelled];
    assert_eq!(count(ServiceCallFilter { statuses, ..any() }).await, 2);
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = hospital.store.service_calls(&any(), before, 3).await.unwrap();
        seen.extend(page.items.iter().map(|call| (call.opened_at, call.id)));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, each once");
}

pub(crate) async fn who_is_on_duty_is_known_with_since_when(hospital: Hospital) {
    let store = &hospital.store;
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        email: Email::parse("technician@hospital.example").unwrap(),
        name: label("Technician"),
        role: Role::Technician,
        password_hash: String::new(),
        may_order_controlled: false,
    };
    let technician = store.create_user(&new, &act(0)).await.unwrap();
    let nurse = hospital.nurse.id;
    let change = async |id, seconds, change: UserChange| store.change_user(id, change, &act(seconds)).await.unwrap();
    let duty = |is_on_duty| UserChange { is_on_duty: Some(is_on_duty), ..UserChange::default() };
    let on_duty = async |role| -> Vec<_> {
        store.on_duty(role).await.unwrap().into_iter().map(|user| (user.id, user.on_duty_since.unwrap())).collect()
    };
    assert_eq!(on_duty(None).await, []);
    change(technician.id, 1, duty(true)).await;
    change(nurse, 2, duty(true)).await;
    change(technician.id, 3, duty(true)).await;
    change(technician.id, 4, UserChange { name: Some(label("Another name")), ..UserChange::default() }).await;
    assert_eq!(on_duty(None).await, [(technician.id, at(1)), (nurse, at(2))], "said again, it is the same duty");
    assert_eq!(on_duty(Some(Role::Nurse)).await, [(nurse, at(2))]);
    let ended = change(nurse, 5, duty(false)).await.unwrap();
    assert_eq!((ended.is_on_duty, ended.on_duty_since), (false, None));
    assert_eq!(on_duty(Some(Role::Nurse)).await, []);
    change(nurse, 6, duty(true)).await;
    assert_eq!(on_duty(Some(Role::Nurse)).await, [(nurse, at(6))]);
    change(nurse, 7, UserChange { role: Some(Role::Manager), ..UserChange::default() }).await;
    change(technician.id, 7, UserChange { is_active: Some(false), ..UserChange::default() }).await;
    assert_eq!(on_duty(None).await, []);
    let back = change(technician.id, 8, UserChange { is_active: Some(true), ..UserChange::default() }).await.unwrap();
    assert_eq!((back.is_on_duty, back.on_duty_since), (false, None), "they say so anew");
}
