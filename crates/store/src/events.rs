//! Events: the history of orders, and what the boards are fed with.
//!
//! An event's `seq` is given under a lock that is held to the commit (see [`crate::chain`]), so the order
//! of commits and of `seq` agree: whoever has seen `seq` n has missed none before it. Administrative
//! changes take numbers of the same sequence, so the numbers of events have gaps.

use chrono::{DateTime, Utc};
use domain::{EventKind, OrderId, Person};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::chain::{self, Hash, Link};
use crate::connect::stored;
use crate::entity::{event_head, order_event};
use crate::{Store, StoreError, parts, rows};

/// One line of an order's history.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderEvent {
    /// Its number in the record; counts up.
    pub seq: i64,
    /// Whose history.
    pub order_id: OrderId,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub by: Person,
    /// What else is to be known of it, such as a reason.
    pub data: Option<serde_json::Value>,
}

/// An event before it has its number.
pub(crate) struct NewEvent {
    pub(crate) order_id: OrderId,
    pub(crate) kind: EventKind,
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: Person,
    pub(crate) data: Option<serde_json::Value>,
    /// What was ordered, where the order comes to be.
    pub(crate) content: Option<Hash>,
    /// Whether its order is of controlled medications: not part of the link, since it follows from the data of
    /// the order's first event.
    pub(crate) is_controlled: bool,
}

impl Store {
    /// An order's history, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn events_of(&self, id: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
        of(&self.read, id).await
    }

    /// The events that follow the one with the number `after`, in their order.
    ///
    /// # Errors
    /// The database's.
    pub async fn events_after(&self, after: i64, limit: u64) -> Result<Vec<OrderEvent>, StoreError> {
        let rows = order_event::Entity::find()
            .filter(order_event::Column::Seq.gt(after))
            .order_by_asc(order_event::Column::Seq)
            .limit(limit)
            .all(&self.read)
            .await?;
        rows.into_iter().map(OrderEvent::try_from).collect()
    }

    /// The number of the newest row of the record; 0 in an empty one. All events up to it can be read.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_seq(&self) -> Result<i64, StoreError> {
        let head = event_head::Entity::find_by_id(1).one(&self.read).await?;
        head.map(|head| head.seq).ok_or_else(|| StoreError::Corrupt("the table event_head is empty".to_owned()))
    }
}

/// An order's history, oldest first.
pub(crate) async fn of<C: ConnectionTrait>(database: &C, id: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
    let rows = order_event::Entity::find()
        .filter(order_event::Column::OrderId.eq(id.0))
        .order_by_asc(order_event::Column::Seq)
        .all(database)
        .await?;
    rows.into_iter().map(OrderEvent::try_from).collect()
}

/// Writes events and says the number of the last. Comes last in a transaction: from here to the commit,
/// nobody else can.
pub(crate) async fn append<C: ConnectionTrait>(database: &C, events: Vec<NewEvent>) -> Result<i64, StoreError> {
    let Ok(count @ 1..) = i64::try_from(events.len()) else { return Ok(0) };
    let (mut seq, mut hash) = chain::take(database, count).await?;
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        seq += 1;
        let at = stored(event.at);
        let by = (event.by.id.0, event.by.name, event.by.role.as_str().to_owned());
        let link = Link {
            table: "order_events",
            seq,
            subject: Some(event.order_id.0),
            kind: event.kind.as_str().to_owned(),
            at: at.timestamp_micros(),
            by,
            data: event.data,
            content: event.content,
        };
        hash = link.after(&hash).to_vec();
        rows.push(order_event::Model {
            seq,
            order_id: event.order_id.0,
            kind: link.kind,
            at,
            by_id: link.by.0,
            by_name: link.by.1,
            by_role: link.by.2,
            data: link.data,
            hash: hash.clone(),
            is_controlled: event.is_controlled,
        });
    }
    rows::insert::<order_event::Entity>(database, &rows, parts::EVENTS).await?;
    chain::close(database, &hash).await?;
    Ok(seq)
}

impl TryFrom<order_event::Model> for OrderEvent {
    type Error = StoreError;
    fn try_from(row: order_event::Model) -> Result<Self, StoreError> {
        let corrupt = |error| StoreError::Corrupt(format!("event {}: {error}", row.seq));
        Ok(OrderEvent {
            seq: row.seq,
            order_id: row.order_id.into(),
            kind: row.kind.parse().map_err(corrupt)?,
            at: row.at,
            by: Person { id: row.by_id.into(), name: row.by_name, role: row.by_role.parse().map_err(corrupt)? },
            data: row.data,
        })
    }
}
