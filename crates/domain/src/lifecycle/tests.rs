use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn person(id: u128, role: Role) -> Person {
    Person { id: UserId(Uuid::from_u128(id)), name: format!("{role} {id}"), role }
}

fn line(id: u128, ordered: u32) -> StateLine {
    StateLine { id: OrderLineId(Uuid::from_u128(id)), ordered: Quantity::new(ordered).unwrap(), delivered: 0 }
}

/// An order that nurse 1 placed; where its status has a holder, technician 2 has it.
fn order(status: Status) -> OrderState {
    let is_held = matches!(status, Status::Accepted | Status::InTransit | Status::Delivered | Status::Received);
    OrderState {
        status,
        requested_by: UserId(Uuid::from_u128(1)),
        accepted_by: is_held.then(|| person(2, Role::Technician)),
        lines: vec![line(10, 5), line(11, 3)],
    }
}

const DELIVER_ALL: Step = Step::Deliver { lines: None, is_final: false };

const STEPS: [Step; 7] =
    [Step::Accept, Step::Release, Step::Reject, Step::Dispatch, DELIVER_ALL, Step::Receive, Step::Cancel];

/// Where each step leads from each status for somebody who may do it, or `None`. Written from the
/// drawing, not from the code.
fn drawing(status: Status, step: &Step) -> Option<Status> {
    use Status::*;
    let row = match status {
        //             accept          release          reject          dispatch         deliver          receive         cancel
        Requested => [Some(Accepted), None, Some(Rejected), None, None, None, Some(Cancelled)],
        Accepted => [None, Some(Requested), None, Some(InTransit), Some(Delivered), None, Some(Cancelled)],
        InTransit => [None, None, None, None, Some(Delivered), None, Some(Cancelled)],
        Delivered => [None, None, None, None, None, Some(Received), None],
        Received | Rejected | Cancelled | Refused => [None; 7],
    };
    STEPS.iter().position(|other| other == step).and_then(|column| row[column])
}

#[test]
fn every_cell_of_status_by_step_by_role_is_as_drawn() {
    for status in Status::ALL {
        for step in &STEPS {
            for role in Role::ALL {
                let by = match role {
                    Role::Nurse => person(1, role),
                    Role::Technician => person(2, role),
                    Role::Manager | Role::Admin => person(3, role),
                };
                let decided = decide(&order(status), step, &by);
                let cell = format!("{status} × {step:?} × {role}: {decided:?}");
                if !may(role, step.action()) {
                    assert_eq!(decided, Err(Refusal::RoleMayNot(role)), "{cell}");
                } else if let Some(next) = drawing(status, step) {
                    assert_eq!(decided.map(|change| change.status), Ok(next), "{cell}");
                } else {
                    assert!(matches!(decided, Err(Refusal::WrongStatus(_) | Refusal::HeldBy(_))), "{cell}");
                }
            }
        }
    }
}

#[test]
fn who_comes_second_is_told_who_has_it() {
    let refusal = decide(&order(Status::Accepted), &Step::Accept, &person(4, Role::Technician)).unwrap_err();
    assert_eq!(refusal, Refusal::HeldBy(person(2, Role::Technician)));
}

#[test]
fn only_the_holder_or_an_admin_carries_it_on() {
    for step in [Step::Dispatch, DELIVER_ALL] {
        let order = order(Status::Accepted);
        let another = decide(&order, &step, &person(4, Role::Technician));
        assert_eq!(another, Err(Refusal::HeldBy(person(2, Role::Technician))));
        assert!(decide(&order, &step, &person(9, Role::Admin)).is_ok());
    }
}

#[test]
fn any_technician_may_give_back_what_another_took() {
    let change = decide(&order(Status::Accepted), &Step::Release, &person(4, Role::Technician)).unwrap();
    assert_eq!((change.status, change.accepted_by), (Status::Requested, None));
}

#[test]
fn a_nurse_cancels_only_her_own_order() {
    assert_eq!(decide(&order(Status::Requested), &Step::Cancel, &person(7, Role::Nurse)), Err(Refusal::NotTheirs));
}

fn deliver(lines: &[(u128, u32)], is_final: bool) -> Step {
    let delivery = |(id, quantity): &(u128, u32)| Delivery {
        line_id: OrderLineId(Uuid::from_u128(*id)),
        quantity: Quantity::new(*quantity).unwrap(),
        lot: None,
        expires_on: None,
    };
    Step::Deliver { lines: Some(lines.iter().map(delivery).collect()), is_final }
}

#[test]
fn less_than_ordered_leaves_the_order_where_it_stands() {
    let by = person(2, Role::Technician);
    let start = order(Status::InTransit);
    let first = decide(&start, &deliver(&[(10, 2)], false), &by).unwrap();
    assert_eq!((first.status, first.event), (Status::InTransit, EventKind::PartiallyDelivered));

    let second = decide(&first.apply(&start), &DELIVER_ALL, &by).unwrap();
    assert_eq!((second.status, second.event), (Status::Delivered, EventKind::Delivered));
    let quantities: Vec<_> = second.deliveries.iter().map(|delivery| delivery.quantity.get()).collect();
    assert_eq!(quantities, [3, 3], "what was left: 5 - 2, and 3");
}

#[test]
fn a_final_delivery_ends_it_short() {
    let by = person(2, Role::Technician);
    let change = decide(&order(Status::Accepted), &deliver(&[(10, 2)], true), &by).unwrap();
    assert_eq!((change.status, change.deliveries.len()), (Status::Delivered, 1));
    let nothing_more = Step::Deliver { lines: None, is_final: true };
    assert_eq!(decide(&order(Status::Accepted), &nothing_more, &by).unwrap().deliveries, []);
}

#[test]
fn a_delivery_that_does_not_fit_is_refused() {
    let by = person(2, Role::Technician);
    let id = |id| OrderLineId(Uuid::from_u128(id));
    for (step, refusal) in [
        (deliver(&[(10, 6)], false), Refusal::TooMuch { line_id: id(10), remaining: 5 }),
        (deliver(&[(12, 1)], false), Refusal::UnknownLine(id(12))),
        (deliver(&[(10, 1), (10, 1)], false), Refusal::RepeatedLine(id(10))),
        (deliver(&[], false), Refusal::NothingDelivered),
    ] {
        assert_eq!(decide(&order(Status::Accepted), &step, &by), Err(refusal));
    }
}

#[test]
fn one_line_may_be_handed_over_out_of_several_lots() {
    let by = person(2, Role::Technician);
    let lot = |number: &str, quantity| Delivery {
        line_id: OrderLineId(Uuid::from_u128(10)),
        quantity: Quantity::new(quantity).unwrap(),
        lot: Some(Label::parse(number).unwrap()),
        expires_on: None,
    };
    let hand_over = |lots: &[Delivery]| {
        let step = Step::Deliver { lines: Some(lots.to_vec()), is_final: false };
        decide(&order(Status::Accepted), &step, &by)
    };
    assert_eq!(hand_over(&[lot("A", 2), lot("B", 3)]).unwrap().deliveries.len(), 2);
    let line_id = OrderLineId(Uuid::from_u128(10));
    assert_eq!(hand_over(&[lot("A", 2), lot("B", 4)]), Err(Refusal::TooMuch { line_id, remaining: 5 }));
    assert_eq!(hand_over(&[lot("A", 2), lot("A", 1)]), Err(Refusal::RepeatedLine(line_id)));
}

fn any_step() -> impl Strategy<Value = Step> {
    let lines = prop::collection::vec((10..13_u128, 1..7_u32), 0..3);
    prop_oneof![
        Just(Step::Accept),
        Just(Step::Release),
        Just(Step::Reject),
        Just(Step::Dispatch),
        Just(Step::Receive),
        Just(Step::Cancel),
        Just(DELIVER_ALL),
        (lines, any::<bool>()).prop_map(|(lines, is_final)| deliver(&lines, is_final)),
    ]
}

fn any_person() -> impl Strategy<Value = Person> {
    (1..5_u128, prop::sample::select(&Role::ALL[..])).prop_map(|(id, role)| person(id, role))
}

/// The arrows of the drawing, and the two ways of staying in place (a part delivered).
fn is_drawn(from: Status, to: Status) -> bool {
    use Status::*;
    matches!(
        (from, to),
        (Requested, Accepted | Rejected | Cancelled)
            | (Accepted, Requested | InTransit | Delivered | Cancelled | Accepted)
            | (InTransit, Delivered | Cancelled | InTransit)
            | (Delivered, Received)
    )
}

proptest! {
    #[test]
    fn no_sequence_of_steps_leaves_the_drawing_or_loses_quantity(
        steps in prop::collection::vec((any_step(), any_person()), 0..40)
    ) {
        let mut now = order(Status::Requested);
        let mut handed_over = 0;
        for (step, by) in steps {
            let Ok(change) = decide(&now, &step, &by) else { continue };
            let next = change.apply(&now);
            prop_assert!(is_drawn(now.status, next.status), "{} -> {}", now.status, next.status);
            handed_over += change.deliveries.iter().map(|delivery| delivery.quantity.get()).sum::<u32>();
            let recorded: u32 = next.lines.iter().map(|line| line.delivered).sum();
            prop_assert_eq!(recorded, handed_over);
            for line in &next.lines {
                prop_assert_eq!(line.delivered + line.remaining(), line.ordered.get());
            }
            let has_holder = next.accepted_by.is_some();
            match next.status {
                Status::Requested => prop_assert!(!has_holder),
                Status::Accepted | Status::InTransit | Status::Delivered | Status::Received => prop_assert!(has_holder),
                _ => {}
            }
            now = next;
        }
    }
}
