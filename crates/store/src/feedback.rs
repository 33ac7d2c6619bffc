//! Feedback: what a requester thought of a delivered order. Once an order.

use chrono::{DateTime, Utc};
use domain::{FeedbackId, Note, OrderId, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::connect::stored;
use crate::entity::feedback;
use crate::{Store, StoreError};

/// A rating of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Its id.
    pub id: FeedbackId,
    /// Of which order.
    pub order_id: OrderId,
    /// By whom.
    pub by: UserId,
    /// From 1 (bad) to 5 (good).
    pub rating: u8,
    /// In words.
    pub comment: Option<Note>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// # Errors
    /// [`StoreError::Taken`] when the order has been rated; [`StoreError::Data`] when the rating is not
    /// from 1 to 5 or there is no such order.
    pub async fn create_feedback(&self, new: &Feedback) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let row = feedback::ActiveModel {
            id: Set(new.id.0),
            order_id: Set(new.order_id.0),
            by_id: Set(new.by.0),
            rating: Set(new.rating.into()),
            comment: Set(new.comment.as_ref().map(ToString::to_string)),
            created_at: Set(stored(new.created_at)),
        };
        feedback::Entity::insert(row).exec_without_returning(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// The rating of an order.
    ///
    /// # Errors
    /// The database's.
    pub async fn feedback_of(&self, id: OrderId) -> Result<Option<Feedback>, StoreError> {
        let row = feedback::Entity::find().filter(feedback::Column::OrderId.eq(id.0)).one(&self.read).await?;
        row.map(Feedback::try_from).transpose()
    }
}

impl TryFrom<feedback::Model> for Feedback {
    type Error = StoreError;
    fn try_from(row: feedback::Model) -> Result<Self, StoreError> {
        let corrupt = |what: &dyn std::fmt::Display| StoreError::Corrupt(format!("feedback {}: {what}", row.id));
        Ok(Feedback {
            id: row.id.into(),
            order_id: row.order_id.into(),
            by: row.by_id.into(),
            rating: u8::try_from(row.rating).map_err(|error| corrupt(&error))?,
            comment: row.comment.as_deref().map(Note::parse).transpose().map_err(|error| corrupt(&error))?,
            created_at: row.created_at,
        })
    }
}
