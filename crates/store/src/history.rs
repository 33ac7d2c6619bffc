//! What an order's history makes of it: the fold over its events, to hold against the order as it stands.

use std::collections::HashMap;

use domain::{Delivery, EventKind, OrderId, Person, Status};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use uuid::Uuid;

use crate::entity::{admin_change, delivery, feedback, order, order_event, order_line};
use crate::{ControlledLine, OrderEvent, StoreError};

/// An order as its events make it.
#[derive(Default)]
struct Made {
    status: Option<Status>,
    holder: Option<Person>,
    reason: Option<String>,
    note: Option<String>,
    /// Event, place in it, and what.
    deliveries: Vec<(i64, i16, Delivery)>,
    is_controlled: bool,
}

#[derive(Default, Deserialize)]
struct Data {
    reason: Option<String>,
    note: Option<String>,
    #[serde(default)]
    lines: Vec<Delivery>,
    #[serde(default)]
    controlled: Vec<ControlledLine>,
    r#final: Option<Final>,
}

#[derive(Deserialize)]
struct Final {
    reason: String,
    note: Option<String>,
}

/// The histories of these orders, oldest first.
pub(crate) async fn of_orders<C: ConnectionTrait>(
    database: &C,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<OrderEvent>>, StoreError> {
    let rows = order_event::Entity::find()
        .filter(order_event::Column::OrderId.is_in(ids))
        .order_by_asc(order_event::Column::Seq)
        .all(database)
        .await?;
    let mut histories: HashMap<Uuid, Vec<OrderEvent>> = HashMap::new();
    for row in rows {
        histories.entry(row.order_id).or_default().push(row.try_into()?);
    }
    Ok(histories)
}

/// In what an order, its lines and its deliveries differ from what its events make of it; `None` in nothing.
pub(crate) fn difference(
    row: &order::Model,
    lines: &[order_line::Model],
    deliveries: &[delivery::Model],
    events: &[OrderEvent],
) -> Option<String> {
    let made = match fold(row.id, events) {
        Ok(made) => made,
        Err(what) => return Some(what),
    };
    let status = made.status.map(Status::as_str).unwrap_or_default();
    if row.status != status {
        return Some(format!("it is {}, by its history {status}", row.status));
    }
    if usize::try_from(row.version) != Ok(events.len()) {
        return Some(format!("it has version {} and {} events", row.version, events.len()));
    }
    if row.is_controlled != made.is_controlled {
        let says = if made.is_controlled { "is" } else { "is not" };
        return Some(format!("by its history it {says} of controlled medications"));
    }
    let holder = made.holder.map(|person| (person.id.0, person.name, person.role.as_str().to_owned()));
    let (id, name, role) = (row.accepted_by_id, row.accepted_by_name.clone(), row.accepted_by_role.clone());
    if (id, name, role) != holder.map_or((None, None, None), |(id, name, role)| (Some(id), Some(name), Some(role))) {
        return Some("somebody else has it than its history says".to_owned());
    }
    if (&row.reason, &row.reason_note) != (&made.reason, &made.note) {
        return Some("its reason is another than its history says".to_owned());
    }
    let stored: Vec<_> = deliveries
        .iter()
        .map(|row| (row.seq, row.position, row.line_id, row.quantity, row.lot.as_deref(), row.expires_on))
        .collect();
    let units = |delivery: &Delivery| i32::try_from(delivery.quantity.get()).unwrap_or(i32::MAX);
    let by_history: Vec<_> = made
        .deliveries
        .iter()
        .map(|(seq, position, part)| {
            (*seq, *position, part.line_id.0, units(part), part.lot.as_ref().map(|lot| lot.as_str()), part.expires_on)
        })
        .collect();
    if stored != by_history {
        return Some("its deliveries are others than its history says".to_owned());
    }
    let handed_over = |line: &order_line::Model| -> i32 {
        made.deliveries.iter().filter(|(_, _, part)| part.line_id.0 == line.id).map(|(_, _, part)| units(part)).sum()
    };
    let wrong = lines.iter().find(|line| line.delivered != handed_over(line))?;
    Some(format!("line {} has {} delivered, by its history {}", wrong.id, wrong.delivered, handed_over(wrong)))
}

/// An order whose rating is not what the record says of it, with the row that says it.
pub(crate) fn differing_rating(
    ratings: &[feedback::Model],
    rated: &[admin_change::Model],
) -> Option<(Option<i64>, Uuid)> {
    let says_so = |rating: &feedback::Model, row: &admin_change::Model| {
        row.data.as_ref() == Some(&crate::feedback::facts(rating))
            && (row.by_id, row.at) == (rating.by_id, rating.created_at)
            && row.subject_id == Some(rating.order_id)
    };
    for row in rated {
        let is_there = ratings.iter().any(|rating| says_so(rating, row));
        if !is_there {
            return Some((Some(row.seq), row.subject_id.unwrap_or_default()));
        }
    }
    let is_recorded = |rating: &feedback::Model| rated.iter().any(|row| says_so(rating, row));
    ratings.iter().find(|rating| !is_recorded(rating)).map(|rating| (None, rating.order_id))
}

fn fold(id: Uuid, events: &[OrderEvent]) -> Result<Made, String> {
    let mut made = Made::default();
    for (position, event) in events.iter().enumerate() {
        let is_first = matches!(event.kind, EventKind::Requested | EventKind::Refused);
        if is_first != (position == 0) || event.order_id != OrderId(id) {
            return Err(format!("event {} ({}) can't stand where it does", event.seq, event.kind));
        }
        let data: Data = match &event.data {
            Some(data) => {
                serde_json::from_value(data.clone()).map_err(|error| format!("event {}: {error}", event.seq))?
            }
            None => Data::default(),
        };
        made.is_controlled |= is_first && !data.controlled.is_empty();
        match event.kind {
            EventKind::Requested => made.status = Some(Status::Requested),
            EventKind::Refused => made.status = Some(Status::Refused),
            EventKind::Accepted => {
                made.status = Some(Status::Accepted);
                made.holder = Some(event.by.clone());
            }
            EventKind::Released => {
                made.status = Some(Status::Requested);
                made.holder = None;
            }
            EventKind::Dispatched => made.status = Some(Status::InTransit),
            EventKind::Rejected | EventKind::Cancelled => {
                made.status =
                    Some(if event.kind == EventKind::Rejected { Status::Rejected } else { Status::Cancelled });
                (made.reason, made.note) = (data.reason, data.note);
            }
            EventKind::PartiallyDelivered | EventKind::Delivered => {
                made.deliveries.extend(data.lines.into_iter().zip(0_i16..).map(|(part, at)| (event.seq, at, part)));
                if event.kind == EventKind::Delivered {
                    made.status = Some(Status::Delivered);
                }
                if let Some(end) = data.r#final {
                    (made.reason, made.note) = (Some(end.reason), end.note);
                }
            }
            EventKind::Received => made.status = Some(Status::Received),
        }
    }
    Ok(made)
}
