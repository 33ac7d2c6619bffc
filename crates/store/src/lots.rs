//! Lots: manufacturers' batches of a medication.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{Label, LotId, MedicationId};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use crate::connect::stored;
use crate::entity::{lot, medication};
use crate::{Act, Store, StoreError, changes};

/// A lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Its id.
    pub id: LotId,
    /// Of which medication.
    pub medication_id: MedicationId,
    /// The manufacturer's number; text, since leading zeros count.
    pub number: String,
    /// The last day on which it may be used; a date without a zone.
    pub expires_on: Option<NaiveDate>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// A lot to be recorded.
#[derive(Clone, Debug)]
pub struct NewLot {
    /// Its id.
    pub id: LotId,
    /// The manufacturer's number.
    pub number: Label,
    /// The last day on which it may be used, if it is known.
    pub expires_on: Option<NaiveDate>,
}

impl Store {
    /// Records a lot; `None` when there is no such medication.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the medication has a lot of that number.
    pub async fn create_lot(
        &self,
        medication_id: MedicationId,
        new: &NewLot,
        act: &Act,
    ) -> Result<Option<Lot>, StoreError> {
        let transaction = self.begin().await?;
        if medication::Entity::find_by_id(medication_id.0).one(&transaction).await?.is_none() {
            return Ok(None);
        }
        let lot = insert(&transaction, medication_id, new, act).await?;
        transaction.commit().await?;
        Ok(Some(lot))
    }

    /// A medication's lots, the one that expires first in front; `None` when there is no such medication.
    ///
    /// # Errors
    /// The database's.
    pub async fn lots(&self, medication_id: MedicationId) -> Result<Option<Vec<Lot>>, StoreError> {
        if medication::Entity::find_by_id(medication_id.0).one(&self.read).await?.is_none() {
            return Ok(None);
        }
        let rows = lot::Entity::find()
            .filter(lot::Column::MedicationId.eq(medication_id.0))
            .order_by_asc(lot::Column::Number)
            .all(&self.read)
            .await?;
        let mut lots: Vec<Lot> = rows.into_iter().map(Lot::from).collect();
        // The databases disagree on where NULL sorts.
        lots.sort_by_key(|lot| lot.expires_on.unwrap_or(NaiveDate::MAX));
        Ok(Some(lots))
    }
}

/// The last days of these lots, where they are recorded, by medication and number.
pub(crate) async fn last_days<C: ConnectionTrait>(
    database: &C,
    medications: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<(Uuid, String), NaiveDate>, StoreError> {
    let rows = lot::Entity::find().filter(lot::Column::MedicationId.is_in(medications)).all(database).await?;
    Ok(rows.into_iter().filter_map(|row| Some(((row.medication_id, row.number), row.expires_on?))).collect())
}

pub(crate) async fn insert<C: ConnectionTrait>(
    database: &C,
    medication_id: MedicationId,
    new: &NewLot,
    act: &Act,
) -> Result<Lot, StoreError> {
    let row = lot::ActiveModel {
        id: Set(new.id.0),
        medication_id: Set(medication_id.0),
        number: Set(new.number.to_string()),
        expires_on: Set(new.expires_on),
        created_at: Set(stored(act.at)),
    };
    let row = row.insert(database).await?;
    let facts = json!({ "medication_id": row.medication_id, "number": row.number, "expires_on": row.expires_on });
    changes::record(database, act, "lot.created", Some(row.id), Some(facts)).await?;
    Ok(row.into())
}

impl From<lot::Model> for Lot {
    fn from(row: lot::Model) -> Self {
        Lot {
            id: row.id.into(),
            medication_id: row.medication_id.into(),
            number: row.number,
            expires_on: row.expires_on,
            created_at: row.created_at,
        }
    }
}
