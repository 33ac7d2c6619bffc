//! The life cycle of an order: one pure function, [`decide`], says what a step does or why it may not.
//!
//! ```text
//! place ─► requested ─► accepted ─► in_transit ─► delivered ─► received
//!              │  ▲         │            │
//!              │  └─release─┘            │            a rule broken at placing ─► refused
//!              ├─► rejected              │
//!              └─► cancelled ◄───────────┘  (from accepted too)
//! ```

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::role::words;
use crate::{Action, Label, OrderLineId, Person, Quantity, Role, UserId, may};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for a technician.
    Requested,
    /// One technician has it.
    Accepted,
    /// On the way to the ward.
    InTransit,
    /// Handed over.
    Delivered,
    /// The ward confirmed it.
    Received,
    /// The pharmacy said no.
    Rejected,
    /// Called off.
    Cancelled,
    /// The system said no: it names something that does not exist, or that its placer may not order.
    Refused,
}

impl Status {
    /// All, in the order of an order's life, then its other ends.
    pub const ALL: [Status; 8] = [
        Status::Requested,
        Status::Accepted,
        Status::InTransit,
        Status::Delivered,
        Status::Received,
        Status::Rejected,
        Status::Cancelled,
        Status::Refused,
    ];

    /// The word that stands for it in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Requested => "requested",
            Status::Accepted => "accepted",
            Status::InTransit => "in_transit",
            Status::Delivered => "delivered",
            Status::Received => "received",
            Status::Rejected => "rejected",
            Status::Cancelled => "cancelled",
            Status::Refused => "refused",
        }
    }

    /// Whether the pharmacy still has something to do.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Requested | Status::Accepted | Status::InTransit)
    }
}

words!(Status);

/// What happened to an order: one line of its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It was stored and waits.
    Requested,
    /// It was stored, but names something that does not exist, or that its placer may not order.
    Refused,
    /// A technician took it.
    Accepted,
    /// It went back to the queue.
    Released,
    /// The pharmacy said no.
    Rejected,
    /// It left for the ward.
    Dispatched,
    /// Some of it was handed over; the rest is still due.
    PartiallyDelivered,
    /// It was handed over, to the end or finally short.
    Delivered,
    /// The ward confirmed it.
    Received,
    /// It was called off.
    Cancelled,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [EventKind; 10] = [
        EventKind::Requested,
        EventKind::Refused,
        EventKind::Accepted,
        EventKind::Released,
        EventKind::Rejected,
        EventKind::Dispatched,
        EventKind::PartiallyDelivered,
        EventKind::Delivered,
        EventKind::Received,
        EventKind::Cancelled,
    ];

    /// The word that stands for it in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Requested => "requested",
            EventKind::Refused => "refused",
            EventKind::Accepted => "accepted",
            EventKind::Released => "released",
            EventKind::Rejected => "rejected",
            EventKind::Dispatched => "dispatched",
            EventKind::PartiallyDelivered => "partially_delivered",
            EventKind::Delivered => "delivered",
            EventKind::Received => "received",
            EventKind::Cancelled => "cancelled",
        }
    }
}

words!(EventKind);

/// A line of a stored order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateLine {
    /// Which line.
    pub id: OrderLineId,
    /// How much was asked for.
    pub ordered: Quantity,
    /// How much has been handed over; at most what was asked for.
    pub delivered: u32,
}

impl StateLine {
    /// How much is still due.
    pub fn remaining(&self) -> u32 {
        self.ordered.get().saturating_sub(self.delivered)
    }
}

/// What [`decide`] needs to know of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// Where it stands.
    pub status: Status,
    /// Who placed it.
    pub requested_by: UserId,
    /// Who has it now, or had it when it ended.
    pub accepted_by: Option<Person>,
    /// Its lines.
    pub lines: Vec<StateLine>,
}

/// Units of one line, of one lot, that are handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which line.
    pub line_id: OrderLineId,
    /// How much of it.
    pub quantity: Quantity,
    /// The manufacturer's number of the lot, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<Label>,
    /// The last day on which it may be used, where it is known: a date without a zone, as it is printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<NaiveDate>,
}

impl Delivery {
    /// Whether its lot may be used no more on `today`.
    pub fn is_expired(&self, today: NaiveDate) -> bool {
        self.expires_on.is_some_and(|last_day| last_day < today)
    }
}

/// What somebody does to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Take it.
    Accept,
    /// Give it back to the queue.
    Release,
    /// Say no to it.
    Reject,
    /// Leave for the ward with it.
    Dispatch,
    /// Hand over.
    Deliver {
        /// What; `None` is all that is left.
        lines: Option<Vec<Delivery>>,
        /// Ends the order even if something is left.
        is_final: bool,
    },
    /// Confirm that it arrived.
    Receive,
    /// Call it off.
    Cancel,
}

impl Step {
    /// The entry of the table [`may`] that allows it.
    pub fn action(&self) -> Action {
        match self {
            Step::Accept => Action::AcceptOrder,
            Step::Release => Action::ReleaseOrder,
            Step::Reject => Action::RejectOrder,
            Step::Dispatch => Action::DispatchOrder,
            Step::Deliver { .. } => Action::DeliverOrder,
            Step::Receive => Action::ReceiveOrder,
            Step::Cancel => Action::CancelOrder,
        }
    }
}

/// What a step that is allowed does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where the order stands afterwards.
    pub status: Status,
    /// Who has it afterwards.
    pub accepted_by: Option<Person>,
    /// What was handed over in this step.
    pub deliveries: Vec<Delivery>,
    /// The line of history that it leaves.
    pub event: EventKind,
}

impl Change {
    /// The order after this change.
    pub fn apply(&self, order: &OrderState) -> OrderState {
        let mut next = order.clone();
        next.status = self.status;
        next.accepted_by.clone_from(&self.accepted_by);
        for delivery in &self.deliveries {
            if let Some(line) = next.lines.iter_mut().find(|line| line.id == delivery.line_id) {
                line.delivered += delivery.quantity.get();
            }
        }
        next
    }
}

/// Why a step may not be done. An answer, not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The role may never do this.
    #[error("a {0} may not do this")]
    RoleMayNot(Role),
    /// Nurses call off, and people rate, only what they ordered themselves.
    #[error("only who placed the order may do this")]
    NotTheirs,
    /// Another technician has the order.
    #[error("the order is in the hands of {}", .0.name)]
    HeldBy(Person),
    /// The order does not stand where this step starts.
    #[error("the order is {0} already")]
    WrongStatus(Status),
    /// A delivery of nothing.
    #[error("the delivery has no lines")]
    NothingDelivered,
    /// A delivery of a line that the order does not have.
    #[error("the order has no line {0}")]
    UnknownLine(OrderLineId),
    /// A delivery that names the same lot of a line twice.
    #[error("the delivery names the same lot of line {0} twice: put the whole quantity into one entry")]
    RepeatedLine(OrderLineId),
    /// More than what is still due.
    #[error("line {line_id} has {remaining} left to deliver")]
    TooMuch {
        /// Which line.
        line_id: OrderLineId,
        /// How much is still due.
        remaining: u32,
    },
}

/// What `step`, done by `by`, makes of `order`.
///
/// # Errors
/// The reason for "no". Roles are looked at first, then where the order stands, then whose it is.
pub fn decide(order: &OrderState, step: &Step, by: &Person) -> Result<Change, Refusal> {
    use Status::*;

    if !may(by.role, step.action()) {
        return Err(Refusal::RoleMayNot(by.role));
    }
    let change = |status, event| Change { status, accepted_by: order.accepted_by.clone(), deliveries: vec![], event };

    match (step, order.status) {
        (Step::Accept, Requested) => {
            Ok(Change { accepted_by: Some(by.clone()), ..change(Accepted, EventKind::Accepted) })
        }
        (Step::Accept, Accepted | InTransit) => Err(match &order.accepted_by {
            Some(holder) if holder.id != by.id => Refusal::HeldBy(holder.clone()),
            _ => Refusal::WrongStatus(order.status),
        }),
        // Anyone in the pharmacy may: whoever took it may have gone home.
        (Step::Release, Accepted) => Ok(Change { accepted_by: None, ..change(Requested, EventKind::Released) }),
        (Step::Reject, Requested) => Ok(change(Rejected, EventKind::Rejected)),
        (Step::Dispatch, Accepted) => held_by(order, by).map(|()| change(InTransit, EventKind::Dispatched)),
        (Step::Deliver { lines, is_final }, Accepted | InTransit) => {
            held_by(order, by)?;
            let deliveries = deliveries(order, lines.as_deref(), *is_final)?;
            let delivered: u32 = deliveries.iter().map(|delivery| delivery.quantity.get()).sum();
            let due: u32 = order.lines.iter().map(StateLine::remaining).sum();
            let (status, event) = if *is_final || delivered == due {
                (Delivered, EventKind::Delivered)
            } else {
                (order.status, EventKind::PartiallyDelivered)
            };
            Ok(Change { deliveries, ..change(status, event) })
        }
        (Step::Receive, Delivered) => Ok(change(Received, EventKind::Received)),
        (Step::Cancel, Requested | Accepted | InTransit) => {
            if by.role == Role::Nurse && by.id != order.requested_by {
                return Err(Refusal::NotTheirs);
            }
            Ok(change(Cancelled, EventKind::Cancelled))
        }
        (_, status) => Err(Refusal::WrongStatus(status)),
    }
}

/// Two people never hold one order: only who accepted it carries it on. An admin may step in.
fn held_by(order: &OrderState, by: &Person) -> Result<(), Refusal> {
    match &order.accepted_by {
        Some(holder) if holder.id != by.id && by.role != Role::Admin => Err(Refusal::HeldBy(holder.clone())),
        _ => Ok(()),
    }
}

fn deliveries(order: &OrderState, asked: Option<&[Delivery]>, is_final: bool) -> Result<Vec<Delivery>, Refusal> {
    let Some(asked) = asked else {
        let rest = |line: &StateLine| {
            let quantity = Quantity::new(line.remaining()).ok()?;
            Some(Delivery { line_id: line.id, quantity, lot: None, expires_on: None })
        };
        // A final delivery that names no lines hands over nothing more: it closes what is left open.
        return Ok(if is_final { vec![] } else { order.lines.iter().filter_map(rest).collect() });
    };
    if asked.is_empty() && !is_final {
        return Err(Refusal::NothingDelivered);
    }
    for (position, delivery) in asked.iter().enumerate() {
        let line_id = delivery.line_id;
        let Some(line) = order.lines.iter().find(|line| line.id == line_id) else {
            return Err(Refusal::UnknownLine(line_id));
        };
        let is_same_lot = |other: &Delivery| {
            (other.line_id, &other.lot, other.expires_on) == (line_id, &delivery.lot, delivery.expires_on)
        };
        if asked[..position].iter().any(is_same_lot) {
            return Err(Refusal::RepeatedLine(line_id));
        }
        let of_line = asked[..=position].iter().filter(|other| other.line_id == line_id);
        if of_line.map(|other| other.quantity.get()).sum::<u32>() > line.remaining() {
            return Err(Refusal::TooMuch { line_id, remaining: line.remaining() });
        }
    }
    Ok(asked.to_vec())
}

#[cfg(test)]
mod tests;
