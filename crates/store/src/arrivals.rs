//! What the consumer brings in: a batch of messages becomes orders and dead letters in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::iter::repeat;

use chrono::{DateTime, Utc};
use domain::{EventKind, NewLine, NewOrder, Note, PlacedOrder, Quantity, Status};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Statement};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::chain::{Content, Hash};
use crate::connect::stored;
use crate::controlled::CONTROLLED;
use crate::entity::{order, order_line};
use crate::events::{self, NewEvent};
use crate::parts;
use crate::succession::{Opened, Turn};
use crate::verdicts::{Verdict, verdicts};
use crate::{Store, StoreError, Suspect, dead_letters, orders, rows, suspects};

/// A message as it came, to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The id that its sender gave it.
    pub message_id: Option<String>,
    /// What its sender said it is.
    pub kind: Option<String>,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
    /// What else its sender or the broker said of it, as text.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// One message, and what it was read as.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// As it came.
    pub letter: Letter,
    /// The order that it carries, or why it can't be read.
    pub content: Result<PlacedOrder, Unreadable>,
}

/// Why a message can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The reason, for a person.
    pub reason: String,
    /// The version of its form that its reader must know, where that is all that is wrong with it.
    pub needs_version: Option<u32>,
}

impl From<String> for Unreadable {
    fn from(reason: String) -> Self {
        Unreadable { reason, needs_version: None }
    }
}

/// What became of an arrival. In each case it is safe to acknowledge it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was stored and waits for the pharmacy.
    Requested,
    /// It was stored, but names something that does not exist, or that its placer may not order.
    Refused,
    /// It was there already: stored twice is stored once.
    Again,
    /// It was kept as a dead letter.
    DeadLetter,
}

/// Statements are planned once for a connection, perhaps while few orders are stored. Reading all of those would be
/// quickest then, and is still done when there are thousands, until the server's statistics are renewed.
const BY_INDEX: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off";

/// Of version 00, the only one there is: `00-<32>-<16>-<2>`.
const TRACEPARENT_LENGTH: usize = 55;

impl Store {
    /// Keeps a batch, all of it or nothing; the answers are in the order of the arrivals.
    ///
    /// # Errors
    /// Transient ones: keep the batch and try again. [`StoreError::Data`]: one of the batch can't be
    /// stored; halve it until the culprit is found.
    pub async fn keep_arrivals(&self, batch: &[Arrival], now: DateTime<Utc>) -> Result<Vec<Outcome>, StoreError> {
        self.keep_batch(batch, None, now, Turn::default(), || {}).await
    }

    /// As [`Store::keep_arrivals`], and in the same transaction `suspect` is suspected no more. Another batch may be
    /// kept at the same time behind this one. `before_commit` is called when all is written and nothing committed.
    ///
    /// # Errors
    /// Those of [`Store::keep_arrivals`].
    pub async fn keep_batch(
        &self,
        batch: &[Arrival],
        suspect: Option<Suspect>,
        now: DateTime<Utc>,
        mut turn: Turn,
        before_commit: impl FnOnce() + Send,
    ) -> Result<Vec<Outcome>, StoreError> {
        let transaction = self.begin().await?;
        if self.is_postgres() {
            transaction.execute_unprepared(BY_INDEX).await?;
        }
        if let Some(suspect) = suspect {
            suspects::clear(&transaction, suspect).await?;
        }
        let (outcomes, opened) = keep(&transaction, batch, now, &mut turn).await?;
        before_commit();
        self.commit(transaction).await?;
        turn.committed(opened);
        Ok(outcomes)
    }
}

async fn keep<C: ConnectionTrait>(
    database: &C,
    batch: &[Arrival],
    now: DateTime<Utc>,
    turn: &mut Turn,
) -> Result<(Vec<Outcome>, Opened), StoreError> {
    // Each id once, in the order of the ids: two consumers that insert the same orders in different
    // orders would wait for each other.
    let mut fresh: Vec<&PlacedOrder> = batch.iter().filter_map(|arrival| arrival.content.as_ref().ok()).collect();
    fresh.sort_by_key(|placed| placed.order.id());
    fresh.dedup_by_key(|placed| placed.order.id());

    let ids: Vec<Uuid> = fresh.iter().map(|placed| placed.order.id().0).collect();
    let verdicts = verdicts(database, &fresh).await?;
    let sees_all = turn.sees_all();
    // Before these are there, which have no lines yet.
    let mut open = open_medications(database, &fresh).await?;
    turn.may_insert().await?;
    let rows = insert_orders(database, &fresh, &verdicts, &traces(batch), now).await?;
    turn.inserted();
    let ahead = turn.may_commit().await?;
    if !sees_all {
        open.extend(ahead);
    }
    let (inserted, opened) = insert_lines(database, &rows, &open).await?;
    let present = if inserted.len() == ids.len() && ids.len() == batch.len() {
        HashMap::new()
    } else {
        stored_orders(database, ids).await?
    };

    let mut contents = inserted;
    let (mut outcomes, mut letters, mut events) = (Vec::with_capacity(batch.len()), Vec::new(), Vec::new());
    for Arrival { letter, content } in batch {
        let (outcome, reason) = match content {
            Err(reason) => (Outcome::DeadLetter, Some(reason.clone())),
            // The first of its id in this batch is the one that was inserted.
            Ok(placed) if contents.contains_key(&placed.order.id().0) => {
                let content = contents.remove(&placed.order.id().0);
                let (event, outcome) = first_event(placed, verdicts.get(&placed.order.id().0), content);
                events.push(event);
                (outcome, None)
            }
            Ok(placed) if present.get(&placed.order.id().0).is_some_and(|other| placed.is_same_as(other)) => {
                (Outcome::Again, None)
            }
            Ok(placed) => (Outcome::DeadLetter, Some(Unreadable::from(differs(placed)))),
        };
        outcomes.push(outcome);
        letters.extend(reason.map(|reason| (letter, reason)));
    }
    dead_letters::keep(database, letters, now).await?;
    events::append(database, events).await?;
    Ok((outcomes, opened))
}

fn differs(placed: &PlacedOrder) -> String {
    format!(
        "an order with the id {} is stored already, with other content or by another user: \
         if this one is wanted, place it again under an id of its own",
        placed.order.id()
    )
}

/// Inserts the orders that are not there yet, and says which those were.
async fn insert_orders<'a, C: ConnectionTrait>(
    database: &C,
    fresh: &[&'a PlacedOrder],
    verdicts: &HashMap<Uuid, Verdict>,
    traces: &HashMap<Uuid, &str>,
    now: DateTime<Utc>,
) -> Result<Vec<(&'a PlacedOrder, order::Model)>, StoreError> {
    let with_trace = |placed: &&PlacedOrder| {
        let id = placed.order.id().0;
        let traceparent = traces.get(&id).map(|text| (*text).to_owned());
        order::Model { traceparent, ..row(placed, verdicts.get(&id), now) }
    };
    let rows: Vec<_> = fresh.iter().map(with_trace).collect();
    let inserted = rows::insert_new::<order::Entity>(database, &rows, parts::ORDERS).await?;
    let inserted: HashSet<Uuid> = inserted.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, DbErr>>()?;
    Ok(fresh.iter().copied().zip(rows).filter(|(_, row)| inserted.contains(&row.id)).collect())
}

/// Inserts the lines of `orders`, of which those in `open` are duplicates, and gives back the digest of what each
/// orders, and which of them are open now.
async fn insert_lines<C: ConnectionTrait>(
    database: &C,
    orders: &[(&PlacedOrder, order::Model)],
    open: &Opened,
) -> Result<(HashMap<Uuid, Hash>, Opened), StoreError> {
    let (mut contents, mut opened, mut all_lines) = (HashMap::with_capacity(orders.len()), Opened::new(), Vec::new());
    for (placed, row) in orders {
        let numbered = placed.order.lines().iter().enumerate();
        let mut lines: Vec<_> = numbered.map(|(position, line)| line_row(placed, position, line)).collect();
        if row.refusal.is_none() {
            for line in &mut lines {
                let medication = (row.dispenser_id, line.medication_id);
                line.duplicate_of = opened.insert(medication, row.id).or_else(|| open.get(&medication).copied());
            }
        }
        contents.insert(row.id, content(row, &lines).digest());
        all_lines.extend(lines);
    }
    rows::insert::<order_line::Entity>(database, &all_lines, parts::LINES).await?;
    Ok((contents, opened))
}

/// The newest open order for each medication of a dispenser that these orders ask for.
///
/// Each is looked up from the newest order back, on the index of open orders: what a dispenser has open may be
/// thousands of orders after an outage, and a batch must not read them all.
async fn open_medications<C: ConnectionTrait>(database: &C, fresh: &[&PlacedOrder]) -> Result<Opened, StoreError> {
    let pairs = |placed: &&PlacedOrder| {
        let dispenser = placed.order.dispenser_id().0;
        placed.order.lines().iter().map(|line| (dispenser, line.medication_id.0)).collect::<Vec<_>>()
    };
    let asked: Vec<(Uuid, Uuid)> = fresh.iter().flat_map(pairs).collect::<BTreeSet<_>>().into_iter().collect();
    let open = Status::ALL.into_iter().filter(|status| status.is_open());
    let statuses: Vec<String> = open.map(|status| format!("'{}'", status.as_str())).collect();
    // Written out, and in this order, as the partial index has them.
    let statuses = statuses.join(", ");
    let mut open = Opened::new();
    for some in asked.chunks(parts::IDS / 2) {
        // As many as the next power of two: what stands for those that are missing finds nothing, at once.
        let count = some.len().next_power_of_two();
        let pairs: Vec<String> = (1..=count).map(|pair| format!("(${}, ${})", 2 * pair - 1, 2 * pair)).collect();
        let pairs = pairs.join(", ");
        let statement = format!(
            "SELECT asked.column1, asked.column2, \
                (SELECT orders.id FROM orders \
                 JOIN order_lines ON order_lines.order_id = orders.id AND order_lines.medication_id = asked.column2 \
                 WHERE orders.dispenser_id = asked.column1 \
                   AND orders.status IN ({statuses}) \
                 ORDER BY orders.requested_at DESC, orders.id DESC LIMIT 1) \
             FROM (VALUES {pairs}) AS asked"
        );
        let asked = some.iter().map(|(dispenser, medication)| [Some(*dispenser), Some(*medication)]);
        let values = asked.chain(repeat([None, None])).take(count).flatten().map(sea_orm::Value::from);
        let statement = Statement::from_sql_and_values(database.get_database_backend(), statement, values);
        for row in database.query_all_raw(statement).await? {
            if let Some(order) = row.try_get_by_index(2)? {
                open.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?), order);
            }
        }
    }
    Ok(open)
}

/// What the history of an order begins with.
fn first_event(placed: &PlacedOrder, verdict: Option<&Verdict>, content: Option<Hash>) -> (NewEvent, Outcome) {
    let refusal = verdict.and_then(|verdict| verdict.refusal.as_ref());
    let controlled = verdict.map(|verdict| &verdict.controlled).filter(|lines| !lines.is_empty());
    let mut data = Map::new();
    if let Some(reason) = refusal {
        data.insert("reason".to_owned(), json!(reason));
    }
    if let Some(lines) = controlled {
        data.insert(CONTROLLED.to_owned(), json!(lines));
    }
    let event = NewEvent {
        order_id: placed.order.id(),
        kind: if refusal.is_some() { EventKind::Refused } else { EventKind::Requested },
        at: placed.placed_at,
        by: placed.placed_by.clone(),
        data: (!data.is_empty()).then_some(Value::Object(data)),
        content,
        is_controlled: controlled.is_some(),
    };
    (event, if refusal.is_some() { Outcome::Refused } else { Outcome::Requested })
}

fn row(placed: &PlacedOrder, verdict: Option<&Verdict>, now: DateTime<Utc>) -> order::Model {
    let PlacedOrder { order, placed_by, placed_at } = placed;
    let refusal = verdict.and_then(|verdict| verdict.refusal.clone());
    let status = if refusal.is_some() { Status::Refused } else { Status::Requested };
    order::Model {
        id: order.id().0,
        dispenser_id: order.dispenser_id().0,
        priority: order.priority().as_str().to_owned(),
        status: status.as_str().to_owned(),
        note: order.note().map(ToString::to_string),
        refusal,
        reason: None,
        reason_note: None,
        requested_by_id: placed_by.id.0,
        requested_by_name: placed_by.name.clone(),
        requested_by_role: placed_by.role.as_str().to_owned(),
        requested_at: stored(*placed_at),
        accepted_by_id: None,
        accepted_by_name: None,
        accepted_by_role: None,
        stored_at: stored(now),
        version: 1,
        is_controlled: verdict.is_some_and(|verdict| !verdict.controlled.is_empty()),
        traceparent: None,
    }
}

/// Of each order the trace that it belongs to; what has not the form of one is left out.
fn traces(batch: &[Arrival]) -> HashMap<Uuid, &str> {
    let is_sane = |text: &&str| text.len() == TRACEPARENT_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
    let of = |arrival: &'_ Arrival| -> Option<Uuid> { Some(arrival.content.as_ref().ok()?.order.id().0) };
    batch
        .iter()
        .filter_map(|arrival| Some((of(arrival)?, arrival.letter.traceparent.as_deref().filter(is_sane)?)))
        .collect()
}

fn line_row(placed: &PlacedOrder, position: usize, line: &NewLine) -> order_line::Model {
    order_line::Model {
        id: placed.order.id().line(position).0,
        order_id: placed.order.id().0,
        // At most MAX_LINES (100), and a Quantity is at most 100,000: both fit.
        position: i16::try_from(position).unwrap_or(i16::MAX),
        medication_id: line.medication_id.0,
        quantity: i32::try_from(line.quantity.get()).unwrap_or(i32::MAX),
        delivered: 0,
        duplicate_of: None,
    }
}

/// What an order's first event vouches for. Its lines by position.
pub(crate) fn content(row: &order::Model, lines: &[order_line::Model]) -> Content {
    Content {
        order_id: row.id,
        dispenser_id: row.dispenser_id,
        priority: row.priority.clone(),
        note: row.note.clone(),
        refusal: row.refusal.clone(),
        requested_by: (row.requested_by_id, row.requested_by_name.clone(), row.requested_by_role.clone()),
        requested_at: row.requested_at.timestamp_micros(),
        stored_at: row.stored_at.timestamp_micros(),
        lines: lines
            .iter()
            .map(|line| (line.id, line.position, line.medication_id, line.quantity, line.duplicate_of))
            .collect(),
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
