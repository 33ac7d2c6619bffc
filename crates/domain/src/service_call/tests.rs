use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use ServiceCallStatus::*;

fn person(id: u128, role: Role) -> Person {
    Person { id: UserId(Uuid::from_u128(id)), name: format!("{role} {id}"), role }
}

fn note(text: &str) -> Note {
    Note::parse(text).unwrap()
}

/// A call that nurse 1 opened; where its status has a holder, technician 2 works on it.
fn call(status: ServiceCallStatus) -> ServiceCallState {
    let is_held = matches!(status, InProgress | Resolved);
    ServiceCallState {
        status,
        opened_by: UserId(Uuid::from_u128(1)),
        worked_by: is_held.then(|| person(2, Role::Technician)),
    }
}

fn steps() -> [ServiceCallStep; 4] {
    [
        ServiceCallStep::Start,
        ServiceCallStep::Release,
        ServiceCallStep::Resolve { outcome: note("trocado o leitor") },
        ServiceCallStep::Cancel { note: None },
    ]
}

/// What comes of a step: the status that it leads to, or the reason for "no".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    To(ServiceCallStatus),
    Never,
    NotTheirs,
    Held,
    Wrong,
}

fn cell(decided: &Result<ServiceCallChange, ServiceCallRefusal>) -> Cell {
    match decided {
        Ok(change) => Cell::To(change.status),
        Err(ServiceCallRefusal::RoleMayNot(_)) => Cell::Never,
        Err(ServiceCallRefusal::NotTheirs) => Cell::NotTheirs,
        Err(ServiceCallRefusal::HeldBy(_)) => Cell::Held,
        Err(ServiceCallRefusal::WrongStatus(_)) => Cell::Wrong,
    }
}

/// Written from the drawing, not from the code.
#[test]
fn every_cell_of_a_service_calls_status_by_step_by_role_is_as_drawn() {
    use Cell::*;
    let opener = person(1, Role::Nurse);
    let nurse = person(7, Role::Nurse);
    let holder = person(2, Role::Technician);
    let other = person(4, Role::Technician);
    let manager = person(3, Role::Manager);
    let admin = person(9, Role::Admin);
    type Row<'a> = (&'a Person, [Cell; 4]);
    let table: [(ServiceCallStatus, [Row<'_>; 6]); 4] = [
        //  start           release   resolve       cancel
        (
            Open,
            [
                (&opener, [Never, Never, Never, To(Cancelled)]),
                (&nurse, [Never, Never, Never, NotTheirs]),
                (&holder, [To(InProgress), Wrong, Wrong, To(Cancelled)]),
                (&other, [To(InProgress), Wrong, Wrong, To(Cancelled)]),
                (&manager, [Never, Never, Never, Never]),
                (&admin, [To(InProgress), Wrong, Wrong, To(Cancelled)]),
            ],
        ),
        (
            InProgress,
            [
                (&opener, [Never, Never, Never, To(Cancelled)]),
                (&nurse, [Never, Never, Never, NotTheirs]),
                (&holder, [Wrong, To(Open), To(Resolved), To(Cancelled)]),
                (&other, [Held, To(Open), Held, To(Cancelled)]),
                (&manager, [Never, Never, Never, Never]),
                (&admin, [Held, To(Open), To(Resolved), To(Cancelled)]),
            ],
        ),
        (
            Resolved,
            [
                (&opener, [Never, Never, Never, Wrong]),
                (&nurse, [Never, Never, Never, Wrong]),
                (&holder, [Wrong, Wrong, Wrong, Wrong]),
                (&other, [Wrong, Wrong, Wrong, Wrong]),
                (&manager, [Never, Never, Never, Never]),
                (&admin, [Wrong, Wrong, Wrong, Wrong]),
            ],
        ),
        (
            Cancelled,
            [
                (&opener, [Never, Never, Never, Wrong]),
                (&nurse, [Never, Never, Never, Wrong]),
                (&holder, [Wrong, Wrong, Wrong, Wrong]),
                (&other, [Wrong, Wrong, Wrong, Wrong]),
                (&manager, [Never, Never, Never, Never]),
                (&admin, [Wrong, Wrong, Wrong, Wrong]),
            ],
        ),
    ];
    for (status, rows) in table {
        for (by, cells) in rows {
            for (step, expected) in steps().iter().zip(cells) {
                let decided = decide_service_call(&call(status), step, by);
                assert_eq!(cell(&decided), expected, "{status} × {step:?} × {}: {decided:?}", by.name);
            }
        }
    }
}

#[test]
fn who_comes_second_to_a_service_call_is_told_who_has_it() {
    let other = person(4, Role::Technician);
    let refusal = decide_service_call(&call(InProgress), &ServiceCallStep::Start, &other).unwrap_err();
    assert_eq!(refusal, ServiceCallRefusal::HeldBy(person(2, Role::Technician)));
}

#[test]
fn a_service_call_keeps_who_worked_on_it_and_how_it_ended() {
    let admin = person(9, Role::Admin);
    let [_, release, resolve, _] = steps();
    let released = decide_service_call(&call(InProgress), &release, &admin).unwrap();
    assert_eq!((released.worked_by, released.outcome), (None, None));
    let resolved = decide_service_call(&call(InProgress), &resolve, &admin).unwrap();
    assert_eq!(resolved.worked_by, Some(person(2, Role::Technician)), "the admin stepped in for them");
    assert_eq!(resolved.outcome, Some(note("trocado o leitor")));
    let cancel = ServiceCallStep::Cancel { note: Some(note("voltou sozinho")) };
    let cancelled = decide_service_call(&call(Open), &cancel, &person(1, Role::Nurse)).unwrap();
    assert_eq!((cancelled.worked_by, cancelled.outcome), (None, Some(note("voltou sozinho"))));
}

/// The arrows of the drawing.
fn is_drawn(from: ServiceCallStatus, to: ServiceCallStatus) -> bool {
    matches!((from, to), (Open, InProgress | Cancelled) | (InProgress, Open | Resolved | Cancelled))
}

fn any_step() -> impl Strategy<Value = (ServiceCallStep, u128, Role)> {
    (prop::sample::select(steps().to_vec()), 1..5_u128, prop::sample::select(&Role::ALL[..]))
}

proptest! {
    #[test]
    fn no_sequence_of_steps_takes_a_service_call_out_of_the_drawing(
        steps in prop::collection::vec(any_step(), 0..40)
    ) {
        let mut now = call(Open);
        for (step, id, role) in steps {
            let Ok(change) = decide_service_call(&now, &step, &person(id, role)) else { continue };
            prop_assert!(is_drawn(now.status, change.status), "{} -> {}", now.status, change.status);
            match change.status {
                Open => prop_assert_eq!(&change.worked_by, &None),
                InProgress => prop_assert_eq!(&change.worked_by, &Some(person(id, role))),
                Resolved => prop_assert!(change.worked_by.is_some() && change.outcome.is_some()),
                Cancelled => prop_assert_eq!(&change.worked_by, &now.worked_by),
            }
            now = ServiceCallState { status: change.status, worked_by: change.worked_by, ..now };
        }
    }
}
