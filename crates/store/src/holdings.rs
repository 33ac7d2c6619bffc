//! What a dispenser holds: its medications and their par levels.

use domain::{DispenserId, MedicationId, Quantity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use crate::entity::{dispenser, dispenser_medication, medication};
use crate::{Act, MedicationRef, Store, StoreError, changes};

/// A medication in a dispenser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Which.
    pub medication: MedicationRef,
    /// The stock below which it should be filled up.
    pub par_min: Option<u32>,
    /// The stock to fill up to.
    pub par_max: Option<u32>,
}

/// A medication that a dispenser is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewHolding {
    /// Which.
    pub medication_id: MedicationId,
    /// The stock below which it should be filled up.
    pub par_min: Option<Quantity>,
    /// The stock to fill up to.
    pub par_max: Option<Quantity>,
}

impl Store {
    /// What a dispenser holds, by name; `None` when there is no such dispenser.
    ///
    /// # Errors
    /// The database's.
    pub async fn holdings(&self, id: DispenserId) -> Result<Option<Vec<Holding>>, StoreError> {
        if dispenser::Entity::find_by_id(id.0).one(&self.read).await?.is_none() {
            return Ok(None);
        }
        let held = dispenser_medication::Entity::find()
            .filter(dispenser_medication::Column::DispenserId.eq(id.0))
            .all(&self.read)
            .await?;
        let names = medication::Entity::find()
            .filter(medication::Column::Id.is_in(held.iter().map(|row| row.medication_id)))
            .order_by_asc(medication::Column::Name)
            .order_by_asc(medication::Column::Id)
            .all(&self.read)
            .await?;
        let par = |level: Option<i32>| level.and_then(|level| u32::try_from(level).ok());
        let holding = |medication: medication::Model| {
            let row = held.iter().find(|row| row.medication_id == medication.id)?;
            Some(Holding {
                medication: MedicationRef { id: medication.id.into(), name: Some(medication.name) },
                par_min: par(row.par_min),
                par_max: par(row.par_max),
            })
        };
        Ok(Some(names.into_iter().filter_map(holding).collect()))
    }

    /// Makes `holdings` all that a dispenser holds; `None` when there is no such dispenser, `Err` of an
    /// inner list when these medications do not exist or are not in use.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_holdings(
        &self,
        id: DispenserId,
        holdings: &[NewHolding],
        act: &Act,
    ) -> Result<Option<Result<(), Vec<MedicationId>>>, StoreError> {
        let transaction = self.begin().await?;
        // Locked: of two lists at once, the second takes the place of the first whole.
        if dispenser::Entity::find_by_id(id.0).lock_exclusive().one(&transaction).await?.is_none() {
            return Ok(None);
        }
        let wanted: Vec<_> = holdings.iter().map(|holding| holding.medication_id.0).collect();
        let known = crate::medications::active(&transaction, wanted.clone()).await?;
        let unknown: Vec<MedicationId> = wanted.into_iter().filter(|id| !known.contains(id)).map(Into::into).collect();
        if !unknown.is_empty() {
            return Ok(Some(Err(unknown)));
        }
        dispenser_medication::Entity::delete_many()
            .filter(dispenser_medication::Column::DispenserId.eq(id.0))
            .exec(&transaction)
            .await?;
        let par = |level: Option<Quantity>| level.and_then(|level| i32::try_from(level.get()).ok());
        let rows = holdings.iter().map(|holding| dispenser_medication::ActiveModel {
            dispenser_id: Set(id.0),
            medication_id: Set(holding.medication_id.0),
            par_min: Set(par(holding.par_min)),
            par_max: Set(par(holding.par_max)),
        });
        dispenser_medication::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
        let facts: Vec<_> = holdings
            .iter()
            .map(|holding| {
                json!({
                    "medication_id": holding.medication_id,
                    "par_min": holding.par_min,
                    "par_max": holding.par_max,
                })
            })
            .collect();
        let facts = json!({ "medications": facts });
        changes::record(&transaction, act, "dispenser.medications_set", Some(id.0), Some(facts)).await?;
        transaction.commit().await?;
        Ok(Some(Ok(())))
    }
}
