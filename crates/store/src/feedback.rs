//! Feedback: how a requester found a delivered order. Once an order.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{FeedbackId, Note, OrderId, Rating, Refusal, UserId, may_rate};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::connect::stored;
use crate::entity::{feedback, order};
use crate::{Act, Order, Store, StoreError, changes, orders, steps};

/// What the record calls a rating.
pub(crate) const RATED: &str = "order.rated";

/// A rating of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Its id.
    pub id: FeedbackId,
    /// Of which order.
    pub order_id: OrderId,
    /// By whom: who placed the order.
    pub by: UserId,
    /// How it was.
    pub rating: Rating,
    /// In words.
    pub comment: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Why an order was not rated. Nothing has changed.
#[derive(Clone, Debug)]
pub enum NotRated {
    /// There is no such order.
    NoSuchOrder,
    /// It was rated otherwise.
    Already(Box<Feedback>),
    /// The rules say no, to the order as it stands.
    Refused(Refusal, Box<Order>),
}

impl Store {
    /// Rates an order; `id` is the rating's, if it is the first. The same rating again is the same rating.
    ///
    /// # Errors
    /// The database's; why it was not rated, within.
    pub async fn rate(
        &self,
        order_id: OrderId,
        id: FeedbackId,
        rating: Rating,
        comment: Option<&Note>,
        act: &Act,
    ) -> Result<Result<Feedback, NotRated>, StoreError> {
        let transaction = self.begin().await?;
        // Locked: of two ratings at once, the second finds the first.
        let Some(row) = order::Entity::find_by_id(order_id.0).lock_exclusive().one(&transaction).await? else {
            return Ok(Err(NotRated::NoSuchOrder));
        };
        if let Err(refusal) = may_rate(&steps::state(&row, &[])?, &act.by) {
            let order = orders::with_lines(&transaction, vec![row]).await?.pop();
            let order = order.ok_or_else(|| StoreError::Corrupt(format!("order {order_id} vanished")))?;
            return Ok(Err(NotRated::Refused(refusal, Box::new(order))));
        }
        let comment = comment.map(ToString::to_string);
        if let Some(given) = of_orders(&transaction, vec![order_id.0]).await?.remove(&order_id.0) {
            let is_same = given.rating == rating && given.comment == comment;
            return Ok(if is_same { Ok(given) } else { Err(NotRated::Already(Box::new(given))) });
        }
        let row = feedback::Model {
            id: id.0,
            order_id: order_id.0,
            by_id: act.by.id.0,
            rating: rating.get().into(),
            comment,
            created_at: stored(act.at),
        };
        let given = Feedback::try_from(row.clone())?;
        let data = facts(&row);
        feedback::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&transaction).await?;
        changes::record(&transaction, act, RATED, Some(order_id.0), Some(data)).await?;
        transaction.commit().await?;
        Ok(Ok(given))
    }
}

/// What the record keeps of a rating beside who and when.
pub(crate) fn facts(row: &feedback::Model) -> Value {
    json!({ "id": row.id, "rating": row.rating, "comment": row.comment })
}

/// The ratings of these orders.
pub(crate) async fn of_orders<C: ConnectionTrait>(
    database: &C,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, Feedback>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = feedback::Entity::find().filter(feedback::Column::OrderId.is_in(ids)).all(database).await?;
    rows.into_iter().map(|row| Ok((row.order_id, Feedback::try_from(row)?))).collect()
}

impl TryFrom<feedback::Model> for Feedback {
    type Error = StoreError;
    fn try_from(row: feedback::Model) -> Result<Self, StoreError> {
        let rating = Rating::new(row.rating.into());
        Ok(Feedback {
            id: row.id.into(),
            order_id: row.order_id.into(),
            by: row.by_id.into(),
            rating: rating.map_err(|error| StoreError::Corrupt(format!("feedback {}: {error}", row.id)))?,
            comment: row.comment,
            created_at: row.created_at,
        })
    }
}
