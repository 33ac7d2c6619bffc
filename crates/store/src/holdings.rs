//! What a dispenser holds: its medications and their par levels.

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{DispenserId, MedicationId, Quantity};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use crate::entity::{dispenser, dispenser_medication, medication, order, order_line};
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
    /// How many order lines for this dispenser have asked for it lately.
    pub ordered: u32,
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
    /// What a dispenser holds, the most ordered since `ordered_since` in front, then by name; `None` when there
    /// is no such dispenser.
    ///
    /// # Errors
    /// The database's.
    pub async fn holdings(
        &self,
        id: DispenserId,
        ordered_since: DateTime<Utc>,
    ) -> Result<Option<Vec<Holding>>, StoreError> {
        if dispenser::Entity::find_by_id(id.0).one(&self.read).await?.is_none() {
            return Ok(None);
        }
        let held = dispenser_medication::Entity::find()
            .filter(dispenser_medication::Column::DispenserId.eq(id.0))
            .all(&self.read)
            .await?;
        let named = medication::Entity::find()
            .filter(medication::Column::Id.is_in(held.iter().map(|row| row.medication_id)))
            .all(&self.read)
            .await?;
        let named = named.into_iter().map(|row| Ok((row.id, (row.search_text.clone(), MedicationRef::try_from(row)?))));
        let mut named: HashMap<_, _> = named.collect::<Result<_, StoreError>>()?;
        let ordered = self.ordered(id, ordered_since).await?;
        let par = |level: Option<i32>| level.and_then(|level| u32::try_from(level).ok());
        let mut held: Vec<(String, Holding)> = held
            .into_iter()
            .filter_map(|row| {
                let (search_text, medication) = named.remove(&row.medication_id)?;
                let holding = Holding {
                    medication,
                    par_min: par(row.par_min),
                    par_max: par(row.par_max),
                    ordered: ordered.get(&row.medication_id).copied().unwrap_or(0),
                };
                Some((search_text, holding))
            })
            .collect();
        // Sorted here: the databases disagree on the order of names.
        held.sort_by(|(name, one), (other_name, other)| {
            (Reverse(one.ordered), name, one.medication.id).cmp(&(
                Reverse(other.ordered),
                other_name,
                other.medication.id,
            ))
        });
        Ok(Some(held.into_iter().map(|(_, holding)| holding).collect()))
    }

    /// How many order lines for a dispenser have asked for each medication, of the orders from `since` on.
    async fn ordered(&self, id: DispenserId, since: DateTime<Utc>) -> Result<HashMap<Uuid, u32>, StoreError> {
        let medication = (order_line::Entity, order_line::Column::MedicationId);
        // The index of orders by dispenser and instant leads to the orders, that of lines by order to theirs.
        let count = Query::select()
            .column(medication)
            .expr(Expr::col((order_line::Entity, order_line::Column::Id)).count())
            .from(order::Entity)
            .inner_join(
                order_line::Entity,
                Expr::col((order_line::Entity, order_line::Column::OrderId)).equals((order::Entity, order::Column::Id)),
            )
            .and_where(Expr::col((order::Entity, order::Column::DispenserId)).eq(id.0))
            .and_where(Expr::col((order::Entity, order::Column::RequestedAt)).gte(since))
            .group_by_col(medication)
            .to_owned();
        let rows = self.read.query_all(&count).await?;
        rows.iter()
            .map(|row| {
                let count: i64 = row.try_get_by_index(1)?;
                Ok((row.try_get_by_index(0)?, u32::try_from(count).unwrap_or(u32::MAX)))
            })
            .collect()
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
