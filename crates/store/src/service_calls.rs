//! Service calls: reports that a dispenser does not work.

use chrono::{DateTime, Utc};
use domain::{DispenserId, Label, Note, ServiceCallId, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::connect::stored;
use crate::entity::service_call;
use crate::{Store, StoreError};

/// A report that waits for somebody to mend the dispenser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCall {
    /// Its id.
    pub id: ServiceCallId,
    /// Which dispenser.
    pub dispenser_id: DispenserId,
    /// What is wrong, by a word of the hospital's list.
    pub kind: Label,
    /// Whether the dispenser still serves for something.
    pub is_partly_usable: bool,
    /// In words.
    pub note: Option<Note>,
    /// Who reported it.
    pub opened_by: UserId,
    /// When.
    pub opened_at: DateTime<Utc>,
}

/// Where an unmended call stands; the words of its further life come with the routes that work it.
const OPEN: &str = "open";

impl Store {
    /// # Errors
    /// [`StoreError::Data`] when there is no such dispenser.
    pub async fn open_service_call(&self, new: &ServiceCall) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let row = service_call::ActiveModel {
            id: Set(new.id.0),
            dispenser_id: Set(new.dispenser_id.0),
            kind: Set(new.kind.to_string()),
            is_partly_usable: Set(new.is_partly_usable),
            note: Set(new.note.as_ref().map(ToString::to_string)),
            status: Set(OPEN.to_owned()),
            opened_by_id: Set(new.opened_by.0),
            opened_at: Set(stored(new.opened_at)),
            closed_by_id: Set(None),
            closed_at: Set(None),
        };
        service_call::Entity::insert(row).exec_without_returning(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Calls that nobody has mended yet, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_service_calls(&self) -> Result<Vec<ServiceCall>, StoreError> {
        let rows = service_call::Entity::find()
            .filter(service_call::Column::Status.eq(OPEN))
            .order_by_asc(service_call::Column::OpenedAt)
            .order_by_asc(service_call::Column::Id)
            .all(&self.read)
            .await?;
        rows.into_iter().map(ServiceCall::try_from).collect()
    }
}

impl TryFrom<service_call::Model> for ServiceCall {
    type Error = StoreError;
    fn try_from(row: service_call::Model) -> Result<Self, StoreError> {
        let corrupt = |error| StoreError::Corrupt(format!("service call {}: {error}", row.id));
        Ok(ServiceCall {
            id: row.id.into(),
            dispenser_id: row.dispenser_id.into(),
            kind: Label::parse(&row.kind).map_err(corrupt)?,
            is_partly_usable: row.is_partly_usable,
            note: row.note.as_deref().map(Note::parse).transpose().map_err(corrupt)?,
            opened_by: row.opened_by_id.into(),
            opened_at: row.opened_at,
        })
    }
}
