//! What the consumer brings in: a batch of messages becomes orders and dead letters in one transaction.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{EventKind, NewLine, NewOrder, Note, PlacedOrder, Quantity, Status};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::connect::stored;
use crate::entity::{order, order_line};
use crate::events::{self, NewEvent};
use crate::{Store, StoreError, dead_letters, dispensers, medications, orders};

/// A message as it came, to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The id that its sender gave it.
    pub message_id: Option<String>,
    /// What its sender said it is.
    pub kind: Option<String>,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// One message, and what it was read as.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// As it came.
    pub letter: Letter,
    /// The order that it carries, or why it can't be read.
    pub content: Result<PlacedOrder, String>,
}

/// What became of an arrival. In each case it is safe to acknowledge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was stored and waits for the pharmacy.
    Requested,
    /// It was stored, but names something that does not exist.
    Refused,
    /// It was there already: stored twice is stored once.
    Again,
    /// It was kept as a dead letter.
    DeadLetter,
}

/// Rows of one statement: 5000 lines of 6 columns are 30,000 binds, and SQLite takes 32,766.
const LINES_PER_STATEMENT: usize = 5000;

impl Store {
    /// Keeps a batch, all of it or nothing; the answers are in the order of the arrivals.
    ///
    /// # Errors
    /// Transient ones: keep the batch and try again. [`StoreError::Data`]: one of the batch can't be
    /// stored; halve it until the culprit is found.
    pub async fn keep_arrivals(&self, batch: &[Arrival], now: DateTime<Utc>) -> Result<Vec<Outcome>, StoreError> {
        let transaction = self.begin().await?;
        let outcomes = keep(&transaction, batch, now).await?;
        transaction.commit().await?;
        Ok(outcomes)
    }
}

async fn keep<C: ConnectionTrait>(
    database: &C,
    batch: &[Arrival],
    now: DateTime<Utc>,
) -> Result<Vec<Outcome>, StoreError> {
    // Each id once, in the order of the ids: two consumers that insert the same orders in different
    // orders would wait for each other.
    let mut fresh: Vec<&PlacedOrder> = batch.iter().filter_map(|arrival| arrival.content.as_ref().ok()).collect();
    fresh.sort_by_key(|placed| placed.order.id());
    fresh.dedup_by_key(|placed| placed.order.id());

    let ids: Vec<Uuid> = fresh.iter().map(|placed| placed.order.id().0).collect();
    let verdicts = verdicts(database, &fresh).await?;
    let inserted = insert_orders(database, &fresh, &verdicts, now).await?;
    let present = if inserted.len() == ids.len() && ids.len() == batch.len() {
        HashMap::new()
    } else {
        stored_orders(database, ids).await?
    };

    let mut waiting = inserted;
    let (mut outcomes, mut letters, mut events) = (Vec::with_capacity(batch.len()), Vec::new(), Vec::new());
    for Arrival { letter, content } in batch {
        let (outcome, reason) = match content {
            Err(reason) => (Outcome::DeadLetter, Some(reason.clone())),
            // The first of its id in this batch is the one that was inserted.
            Ok(placed) if waiting.remove(&placed.order.id().0) => {
                let refusal = verdicts.get(&placed.order.id().0);
                events.push(NewEvent {
                    order_id: placed.order.id(),
                    kind: if refusal.is_some() { EventKind::Refused } else { EventKind::Requested },
                    at: placed.placed_at,
                    by: placed.placed_by.clone(),
                    data: refusal.map(|reason| serde_json::json!({ "reason": reason })),
                });
                (if refusal.is_some() { Outcome::Refused } else { Outcome::Requested }, None)
            }
            Ok(placed) if present.get(&placed.order.id().0).is_some_and(|other| placed.is_same_as(other)) => {
                (Outcome::Again, None)
            }
            Ok(placed) => (Outcome::DeadLetter, Some(differs(placed))),
        };
        outcomes.push(outcome);
        letters.extend(reason.map(|reason| (letter, reason)));
    }
    dead_letters::keep(database, &letters, now).await?;
    events::append(database, events).await?;
    Ok(outcomes)
}

fn differs(placed: &PlacedOrder) -> String {
    format!(
        "an order with the id {} is stored already, with other content or by another user: \
         if this one is wanted, place it again under an id of its own",
        placed.order.id()
    )
}

/// Why orders must be refused, by their id; an order without an entry is in order.
async fn verdicts<C: ConnectionTrait>(
    database: &C,
    fresh: &[&PlacedOrder],
) -> Result<HashMap<Uuid, String>, StoreError> {
    let unique = |ids: HashSet<Uuid>| ids.into_iter().collect::<Vec<_>>();
    let wanted: HashSet<Uuid> = fresh.iter().map(|placed| placed.order.dispenser_id().0).collect();
    let dispensers: HashSet<Uuid> = dispensers::active(database, unique(wanted)).await?.into_iter().collect();
    let lines = fresh.iter().flat_map(|placed| placed.order.lines());
    let wanted: HashSet<Uuid> = lines.map(|line| line.medication_id.0).collect();
    let mut medications = HashSet::with_capacity(wanted.len());
    for some in unique(wanted).chunks(LINES_PER_STATEMENT) {
        medications.extend(medications::active(database, some.to_vec()).await?);
    }

    let verdict = |order: &NewOrder| {
        if !dispensers.contains(&order.dispenser_id().0) {
            return Some(format!("there is no dispenser {} in use", order.dispenser_id()));
        }
        let unknown = order.lines().iter().find(|line| !medications.contains(&line.medication_id.0))?;
        Some(format!("there is no medication {} in use", unknown.medication_id))
    };
    Ok(fresh.iter().filter_map(|placed| verdict(&placed.order).map(|reason| (placed.order.id().0, reason))).collect())
}

/// Inserts the orders that are not there yet, with their lines, and says which those were.
async fn insert_orders<C: ConnectionTrait>(
    database: &C,
    fresh: &[&PlacedOrder],
    verdicts: &HashMap<Uuid, String>,
    now: DateTime<Utc>,
) -> Result<HashSet<Uuid>, StoreError> {
    if fresh.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = fresh.iter().map(|PlacedOrder { order, placed_by, placed_at }| {
        let refusal = verdicts.get(&order.id().0).cloned();
        let status = if refusal.is_some() { Status::Refused } else { Status::Requested };
        order::ActiveModel {
            id: Set(order.id().0),
            dispenser_id: Set(order.dispenser_id().0),
            priority: Set(order.priority().as_str().to_owned()),
            status: Set(status.as_str().to_owned()),
            note: Set(order.note().map(ToString::to_string)),
            refusal: Set(refusal),
            requested_by_id: Set(placed_by.id.0),
            requested_by_name: Set(placed_by.name.clone()),
            requested_by_role: Set(placed_by.role.as_str().to_owned()),
            requested_at: Set(stored(*placed_at)),
            accepted_by_id: Set(None),
            accepted_by_name: Set(None),
            accepted_by_role: Set(None),
            stored_at: Set(stored(now)),
            version: Set(1),
        }
    });
    let inserted: HashSet<Uuid> = order::Entity::insert_many(rows)
        .on_conflict(OnConflict::column(order::Column::Id).do_nothing().to_owned())
        .exec_with_returning_keys(database)
        .await?
        .into_iter()
        .collect();

    let lines: Vec<_> = fresh
        .iter()
        .filter(|placed| inserted.contains(&placed.order.id().0))
        .flat_map(|placed| placed.order.lines().iter().enumerate().map(|(position, line)| row(placed, position, line)))
        .collect();
    for some in lines.chunks(LINES_PER_STATEMENT) {
        order_line::Entity::insert_many(some.to_vec()).exec_without_returning(database).await?;
    }
    Ok(inserted)
}

fn row(placed: &PlacedOrder, position: usize, line: &NewLine) -> order_line::ActiveModel {
    order_line::ActiveModel {
        id: Set(placed.order.id().line(position).0),
        order_id: Set(placed.order.id().0),
        // At most MAX_LINES (100), and a Quantity is at most 100,000: both fit.
        position: Set(i16::try_from(position).unwrap_or(i16::MAX)),
        medication_id: Set(line.medication_id.0),
        quantity: Set(i32::try_from(line.quantity.get()).unwrap_or(i32::MAX)),
        delivered: Set(0),
    }
}

/// Stored orders as they were placed, to compare with what came.
async fn stored_orders<C: ConnectionTrait>(
    database: &C,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, PlacedOrder>, StoreError> {
    let rows = order::Entity::find().filter(order::Column::Id.is_in(ids.clone())).all(database).await?;
    let mut lines: HashMap<Uuid, Vec<NewLine>> = HashMap::new();
    for line in orders::lines_of(database, ids).await? {
        let quantity = u32::try_from(line.quantity).ok().and_then(|quantity| Quantity::new(quantity).ok());
        let quantity = quantity.ok_or_else(|| StoreError::Corrupt(format!("the quantity of line {}", line.id)))?;
        lines.entry(line.order_id).or_default().push(NewLine { medication_id: line.medication_id.into(), quantity });
    }
    rows.into_iter()
        .map(|row| {
            let id = row.id;
            placed(row, lines.remove(&id).unwrap_or_default())
                .map(|placed| (id, placed))
                .map_err(|reason| StoreError::Corrupt(format!("order {id}: {reason}")))
        })
        .collect()
}

fn placed(row: order::Model, lines: Vec<NewLine>) -> Result<PlacedOrder, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let note = row.note.map(|note| Note::parse(&note)).transpose().map_err(|error| text(&error))?;
    let order = NewOrder::new(
        row.id.into(),
        row.dispenser_id.into(),
        row.priority.parse().map_err(|error| text(&error))?,
        lines,
        note,
    );
    Ok(PlacedOrder {
        order: order.map_err(|broken| format!("{broken:?}"))?,
        placed_by: domain::Person {
            id: row.requested_by_id.into(),
            name: row.requested_by_name,
            role: row.requested_by_role.parse().map_err(|error| text(&error))?,
        },
        placed_at: row.requested_at,
    })
}
