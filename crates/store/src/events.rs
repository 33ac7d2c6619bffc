//! Events: the history of orders, and in time what the board is fed with.
//!
//! An event's `seq` is given under a lock on the one row of `event_head` that is held to the commit,
//! so the order of commits and of `seq` agree: whoever has seen `seq` n has missed none before it.

use chrono::{DateTime, Utc};
use domain::{EventKind, OrderId, Person};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::connect::stored;
use crate::entity::{event_head, order_event};
use crate::{Store, StoreError};

/// One line of an order's history.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderEvent {
    /// Its number among all events; counts up.
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
}

impl Store {
    /// An order's history, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn events_of(&self, id: OrderId) -> Result<Vec<OrderEvent>, StoreError> {
        let rows = order_event::Entity::find()
            .filter(order_event::Column::OrderId.eq(id.0))
            .order_by_asc(order_event::Column::Seq)
            .all(&self.read)
            .await?;
        rows.into_iter().map(OrderEvent::try_from).collect()
    }
}

/// Writes events. Comes last in a transaction: from here to the commit, nobody else can.
pub(crate) async fn append<C: ConnectionTrait>(database: &C, events: Vec<NewEvent>) -> Result<(), StoreError> {
    let Ok(count @ 1..) = i64::try_from(events.len()) else { return Ok(()) };
    let take_numbers = Query::update()
        .table(event_head::Entity)
        .value(event_head::Column::Seq, Expr::col(event_head::Column::Seq).add(count))
        .and_where(Expr::col(event_head::Column::Id).eq(1))
        .returning_col(event_head::Column::Seq)
        .to_owned();
    let head = database.query_one(&take_numbers).await?;
    let Some(head) = head else { return Err(StoreError::Corrupt("the table event_head is empty".to_owned())) };
    let last: i64 = head.try_get("", "seq")?;
    let rows = events.into_iter().zip(last - count + 1..).map(|(event, seq)| order_event::ActiveModel {
        seq: Set(seq),
        order_id: Set(event.order_id.0),
        kind: Set(event.kind.as_str().to_owned()),
        at: Set(stored(event.at)),
        by_id: Set(event.by.id.0),
        by_name: Set(event.by.name),
        by_role: Set(event.by.role.as_str().to_owned()),
        data: Set(event.data),
    });
    order_event::Entity::insert_many(rows).exec_without_returning(database).await?;
    Ok(())
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
