//! Orders: how they are read, and what people do to them.

pub(crate) mod accept;
pub(crate) mod cancel;
mod conditions;
pub(crate) mod deliver;
pub(crate) mod dispatch;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod rate;
pub(crate) mod receive;
pub(crate) mod reject;
pub(crate) mod release;
mod step;
pub(crate) mod stream;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{ControlledList, Person, Priority, Role, Status, Tarja};
use http::words;
use serde::Serialize;
use store::{DispenserRef, Feedback, LineDelivery, Marks, MedicationRef, Order, OrderEvent, OrderLine};
use utoipa::ToSchema;
use uuid::Uuid;

/// An order with its lines.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderBody {
    /// Its id.
    id: Uuid,
    /// Where it stands.
    #[schema(value_type = words::Status)]
    status: Status,
    /// Counts its changes, from 1.
    version: u32,
    /// How soon it is needed.
    #[schema(value_type = words::Priority)]
    priority: Priority,
    /// Where it goes.
    dispenser: DispenserRefBody,
    /// Its lines.
    lines: Vec<LineBody>,
    /// Whether one of its medications was on a list of special control when it was stored.
    is_controlled: bool,
    /// Whether some of it has been handed over, and some is still due.
    partially_delivered: bool,
    /// A remark for the pharmacy.
    note: Option<String>,
    /// Why the system refused it.
    refusal: Option<String>,
    /// Why it was rejected, cancelled or ended short: a code of the hospital's list.
    reason: Option<String>,
    /// The same in words.
    reason_note: Option<String>,
    /// Open orders of the same dispenser that had one of its medications already when it was stored.
    duplicate_of: Vec<Uuid>,
    /// Who placed it.
    requested_by: PersonBody,
    /// When it was placed.
    requested_at: DateTime<Utc>,
    /// Who has it.
    accepted_by: Option<PersonBody>,
    /// By when somebody should have taken it; null once somebody has.
    answer_due_at: Option<DateTime<Utc>>,
    /// Whether that time has passed, and nobody has.
    unanswered: bool,
    /// How who placed it found it.
    feedback: Option<FeedbackBody>,
    /// When it was stored.
    stored_at: DateTime<Utc>,
}

/// An order with its lines and its history.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderWithEvents)]
pub(crate) struct OrderWithEvents {
    #[serde(flatten)]
    order: OrderBody,
    /// Its history, oldest first.
    events: Vec<EventBody>,
}

/// A dispenser as an order names it; only its id, where the hospital does not have it.
#[derive(Serialize, ToSchema)]
#[schema(as = DispenserRef)]
pub(crate) struct DispenserRefBody {
    /// Its id.
    id: Uuid,
    /// The code on its label.
    code: Option<String>,
    /// What people call it.
    name: Option<String>,
    /// The ward on which it stands.
    ward: Option<String>,
    /// The ward's wing.
    wing: Option<String>,
    /// The ward's floor.
    floor: Option<String>,
}

/// A medication as others name it, as the catalogue has it now; only its id, where that does not have it.
#[derive(Serialize, ToSchema)]
#[schema(as = MedicationRef)]
pub(crate) struct MedicationRefBody {
    /// Its id.
    id: Uuid,
    /// What people call it.
    name: Option<String>,
    /// Its name with the letters that set it apart in capitals.
    #[schema(example = "DOBUTamina")]
    tall_man: Option<String>,
    /// Whether an error with it does great harm.
    is_high_alert: bool,
    /// The list of special control that it is on (Portaria 344/98).
    #[schema(value_type = Option<words::ControlledList>)]
    controlled_list: Option<ControlledList>,
    /// The band on its package; null where that is not known.
    #[schema(value_type = Option<words::Tarja>)]
    tarja: Option<Tarja>,
}

/// One medication and its quantity.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub(crate) struct LineBody {
    /// Its id.
    id: Uuid,
    /// What.
    medication: MedicationRefBody,
    /// How much was asked for.
    quantity: u32,
    /// How much has been handed over.
    delivered: u32,
    /// How much is still due.
    remaining: u32,
    /// What was handed over, in its order.
    deliveries: Vec<DeliveryBody>,
    /// The open order that had this medication already when this one was stored.
    duplicate_of: Option<Uuid>,
}

/// Units of a line that were handed over.
#[derive(Serialize, ToSchema)]
#[schema(as = LineDelivery)]
pub(crate) struct DeliveryBody {
    /// The event with which it was.
    seq: i64,
    /// How much.
    quantity: u32,
    /// The manufacturer's number of the lot.
    lot: Option<String>,
    /// The last day on which it may be used.
    expires_on: Option<NaiveDate>,
}

/// Who did something: the name and role of that time.
#[derive(Serialize, ToSchema)]
#[schema(as = Person)]
pub(crate) struct PersonBody {
    /// Their id.
    id: Uuid,
    /// Their name.
    name: String,
    /// Their role.
    #[schema(value_type = words::Role)]
    role: Role,
}

/// How who placed an order found it.
#[derive(Serialize, ToSchema)]
#[schema(as = Feedback)]
pub(crate) struct FeedbackBody {
    /// From 1 (bad) to 5 (good).
    #[schema(minimum = 1, maximum = 5)]
    rating: u8,
    /// In words.
    comment: Option<String>,
    /// When it was given.
    created_at: DateTime<Utc>,
}

/// One line of an order's history.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderEvent)]
pub(crate) struct EventBody {
    /// Its number among all events.
    seq: i64,
    /// What happened.
    #[schema(value_type = words::EventKind)]
    kind: domain::EventKind,
    /// When.
    at: DateTime<Utc>,
    /// Who did it.
    by: PersonBody,
    /// What else is to be known of it, such as a reason.
    data: Option<serde_json::Value>,
}

impl From<Order> for OrderBody {
    fn from(order: Order) -> Self {
        let lines: Vec<LineBody> = order.lines.into_iter().map(Into::into).collect();
        let mut duplicate_of: Vec<Uuid> = lines.iter().filter_map(|line| line.duplicate_of).collect();
        duplicate_of.sort_unstable();
        duplicate_of.dedup();
        let is_any = |amount: fn(&LineBody) -> u32| lines.iter().any(|line| amount(line) > 0);
        OrderBody {
            id: order.id.0,
            status: order.status,
            version: order.version,
            priority: order.priority,
            dispenser: order.dispenser.into(),
            is_controlled: order.is_controlled,
            partially_delivered: is_any(|line| line.delivered) && is_any(|line| line.remaining),
            lines,
            note: order.note,
            refusal: order.refusal,
            reason: order.reason,
            reason_note: order.reason_note,
            duplicate_of,
            requested_by: order.requested_by.into(),
            requested_at: order.requested_at,
            accepted_by: order.accepted_by.map(Into::into),
            answer_due_at: order.answer_due_at,
            unanswered: order.answer_due_at.is_some_and(|due| due < Utc::now()),
            feedback: order.feedback.map(Into::into),
            stored_at: order.stored_at,
        }
    }
}

impl From<DispenserRef> for DispenserRefBody {
    fn from(dispenser: DispenserRef) -> Self {
        let id = dispenser.id.0;
        match dispenser.known {
            Some((code, name, place)) => DispenserRefBody {
                id,
                code: Some(code.into()),
                name: Some(name),
                ward: Some(place.ward.into()),
                wing: place.wing.map(Into::into),
                floor: place.floor.map(Into::into),
            },
            None => DispenserRefBody { id, code: None, name: None, ward: None, wing: None, floor: None },
        }
    }
}

impl From<MedicationRef> for MedicationRefBody {
    fn from(medication: MedicationRef) -> Self {
        let Marks { controlled_list, tarja, is_high_alert, look_alike_group: _, tall_man } = medication.marks;
        MedicationRefBody {
            id: medication.id.0,
            name: medication.name,
            tall_man,
            is_high_alert,
            controlled_list,
            tarja,
        }
    }
}

impl From<OrderLine> for LineBody {
    fn from(line: OrderLine) -> Self {
        LineBody {
            id: line.id.0,
            medication: line.medication.into(),
            quantity: line.quantity,
            delivered: line.delivered,
            remaining: line.quantity.saturating_sub(line.delivered),
            deliveries: line.deliveries.into_iter().map(Into::into).collect(),
            duplicate_of: line.duplicate_of.map(|id| id.0),
        }
    }
}

impl From<LineDelivery> for DeliveryBody {
    fn from(part: LineDelivery) -> Self {
        DeliveryBody { seq: part.seq, quantity: part.quantity, lot: part.lot, expires_on: part.expires_on }
    }
}

impl From<Person> for PersonBody {
    fn from(person: Person) -> Self {
        PersonBody { id: person.id.0, name: person.name, role: person.role }
    }
}

impl From<Feedback> for FeedbackBody {
    fn from(feedback: Feedback) -> Self {
        FeedbackBody { rating: feedback.rating.get(), comment: feedback.comment, created_at: feedback.created_at }
    }
}

impl From<OrderEvent> for EventBody {
    fn from(event: OrderEvent) -> Self {
        EventBody { seq: event.seq, kind: event.kind, at: event.at, by: event.by.into(), data: event.data }
    }
}
