//! Dispensers: automated dispensing cabinets on the wards.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{DispenserCode, DispenserId, Label, WardId};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Value, json};

use crate::connect::stored;
use crate::entity::{dispenser, ward};
use crate::page::{cut, is_after};
use crate::parts::{self, padded};
use crate::{Act, After, Page, Place, Store, StoreError, changes, wards};

/// A dispenser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispenser {
    /// Its id.
    pub id: DispenserId,
    /// The code on its label.
    pub code: DispenserCode,
    /// What people call it.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The hospital's own number for it.
    pub reference: Option<String>,
    /// Whether orders may name it.
    pub is_active: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A dispenser to be created.
#[derive(Clone, Debug)]
pub struct NewDispenser {
    /// Its id.
    pub id: DispenserId,
    /// The code on its label; [`StoreError::Taken`] if another has it.
    pub code: DispenserCode,
    /// What people call it.
    pub name: Label,
    /// Where it stands.
    pub place: Place,
    /// The id that the ward gets if it is not there yet.
    pub ward_id: WardId,
    /// The hospital's own number for it.
    pub reference: Option<Label>,
}

/// What to change; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct DispenserChange {
    /// Another name.
    pub name: Option<Label>,
    /// Another ward.
    pub ward: Option<Label>,
    /// Another wing, or none.
    pub wing: Option<Option<Label>>,
    /// Another floor, or none.
    pub floor: Option<Option<Label>>,
    /// Another reference, or none.
    pub reference: Option<Option<Label>>,
    /// In use or not.
    pub is_active: Option<bool>,
}

impl Store {
    /// # Errors
    /// [`StoreError::Taken`] when the code is.
    pub async fn create_dispenser(&self, new: &NewDispenser, act: &Act) -> Result<Dispenser, StoreError> {
        let transaction = self.begin().await?;
        let ward_id = wards::at(&transaction, &new.place, new.ward_id, act.at).await?;
        let row = dispenser::ActiveModel {
            id: Set(new.id.0),
            code: Set(new.code.to_string()),
            name: Set(new.name.to_string()),
            ward_id: Set(ward_id.0),
            reference: Set(new.reference.as_ref().map(ToString::to_string)),
            is_active: Set(true),
            created_at: Set(stored(act.at)),
            updated_at: Set(stored(act.at)),
        };
        let row = row.insert(&transaction).await?;
        let created = dispenser(row, new.place.clone())?;
        changes::record(&transaction, act, "dispenser.created", Some(new.id.0), Some(facts(&created))).await?;
        transaction.commit().await?;
        Ok(created)
    }

    /// The dispenser, also when it is not in use any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn dispenser(&self, id: DispenserId) -> Result<Option<Dispenser>, StoreError> {
        let rows = dispenser::Entity::find_by_id(id.0).all(&self.read).await?;
        Ok(with_places(&self.read, rows).await?.pop())
    }

    /// The dispenser with this code on its label, also when it is not in use any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn dispenser_by_code(&self, code: &DispenserCode) -> Result<Option<Dispenser>, StoreError> {
        let rows = dispenser::Entity::find().filter(dispenser::Column::Code.eq(code.as_str())).all(&self.read).await?;
        Ok(with_places(&self.read, rows).await?.pop())
    }

    /// All dispensers in use, by name; with `ward`, those of the wards with this name.
    ///
    /// # Errors
    /// The database's.
    pub async fn active_dispensers(&self, ward: Option<&str>) -> Result<Vec<Dispenser>, StoreError> {
        let mut query = dispenser::Entity::find().filter(dispenser::Column::IsActive.eq(true));
        if let Some(ward) = ward {
            let wards = ward::Entity::find().filter(ward::Column::Name.eq(ward)).all(&self.read).await?;
            query = query.filter(dispenser::Column::WardId.is_in(wards.iter().map(|ward| ward.id)));
        }
        let rows =
            query.order_by_asc(dispenser::Column::Name).order_by_asc(dispenser::Column::Id).all(&self.read).await?;
        with_places(&self.read, rows).await
    }

    /// Dispensers by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn dispensers(
        &self,
        after: Option<After<String>>,
        limit: u64,
    ) -> Result<Page<Dispenser, String>, StoreError> {
        let mut query = dispenser::Entity::find();
        if let Some(after) = after {
            query = query.filter(is_after(dispenser::Column::Name, dispenser::Column::Id, after));
        }
        let rows = query
            .order_by_asc(dispenser::Column::Name)
            .order_by_asc(dispenser::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.name.clone(), id: row.id });
        Ok(Page { items: with_places(&self.read, rows).await?, next })
    }

    /// Changes a dispenser; `None` when there is no such dispenser. `ward_id` is the id that its ward gets if
    /// it moves to one that is not there yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_dispenser(
        &self,
        id: DispenserId,
        change: DispenserChange,
        ward_id: WardId,
        act: &Act,
    ) -> Result<Option<Dispenser>, StoreError> {
        let transaction = self.begin().await?;
        // Locked: of two changes of its place at once, the second starts from what the first has made.
        let found = dispenser::Entity::find_by_id(id.0).lock_exclusive().all(&transaction).await?;
        let Some(before) = with_places(&transaction, found.clone()).await?.pop() else { return Ok(None) };
        let Some(row) = found.into_iter().next() else { return Ok(None) };
        let mut row = row.into_active_model();
        if let Some(name) = change.name {
            row.name = Set(name.into());
        }
        let place = Place {
            ward: change.ward.unwrap_or_else(|| before.place.ward.clone()),
            wing: change.wing.unwrap_or_else(|| before.place.wing.clone()),
            floor: change.floor.unwrap_or_else(|| before.place.floor.clone()),
        };
        if place != before.place {
            row.ward_id = Set(wards::at(&transaction, &place, ward_id, act.at).await?.0);
        }
        if let Some(reference) = change.reference {
            row.reference = Set(reference.map(Into::into));
        }
        if let Some(is_active) = change.is_active {
            row.is_active = Set(is_active);
        }
        row.updated_at = Set(stored(act.at));
        let row = row.update(&transaction).await?;
        let changed = with_places(&transaction, vec![row]).await?.pop();
        let after = changed.as_ref().map(facts).unwrap_or_default();
        if let Some(difference) = changes::difference(&facts(&before), &after) {
            changes::record(&transaction, act, "dispenser.changed", Some(id.0), Some(difference)).await?;
        }
        transaction.commit().await?;
        Ok(changed)
    }
}

/// Finds the wards of these dispensers in one query.
pub(crate) async fn with_places<C: ConnectionTrait>(
    database: &C,
    rows: Vec<dispenser::Model>,
) -> Result<Vec<Dispenser>, StoreError> {
    let wards = wards::rows(database, rows.iter().map(|row| row.ward_id).collect()).await?;
    let wards: HashMap<_, &ward::Model> = wards.iter().map(|ward| (ward.id, ward)).collect();
    rows.into_iter()
        .map(|row| match wards.get(&row.ward_id) {
            Some(ward) => dispenser(row, wards::place(ward)?),
            None => Err(StoreError::Corrupt(format!("dispenser {} stands in no ward", row.id))),
        })
        .collect()
}

/// The ids of the dispensers on the wards of this name, for a condition.
pub(crate) fn of_ward(name: &str) -> SelectStatement {
    Query::select()
        .column((dispenser::Entity, dispenser::Column::Id))
        .from(dispenser::Entity)
        .inner_join(
            ward::Entity,
            Expr::col((ward::Entity, ward::Column::Id)).equals((dispenser::Entity, dispenser::Column::WardId)),
        )
        .and_where(ward::Column::Name.eq(name))
        .to_owned()
}

/// What the record says of a dispenser.
fn facts(dispenser: &Dispenser) -> Value {
    let text = |label: &Option<Label>| label.as_ref().map(ToString::to_string);
    json!({
        "code": dispenser.code.as_str(),
        "name": dispenser.name,
        "ward": dispenser.place.ward.as_str(),
        "wing": text(&dispenser.place.wing),
        "floor": text(&dispenser.place.floor),
        "reference": dispenser.reference,
        "is_active": dispenser.is_active,
    })
}

fn dispenser(row: dispenser::Model, place: Place) -> Result<Dispenser, StoreError> {
    Ok(Dispenser {
        id: row.id.into(),
        code: DispenserCode::parse(&row.code)
            .map_err(|error| StoreError::Corrupt(format!("the code of dispenser {} {error}", row.id)))?,
        name: row.name,
        place,
        reference: row.reference,
        is_active: row.is_active,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// Which of these dispensers may be ordered for.
pub(crate) async fn active<C: ConnectionTrait>(
    database: &C,
    ids: &[uuid::Uuid],
) -> Result<HashSet<uuid::Uuid>, StoreError> {
    let mut active = HashSet::with_capacity(ids.len());
    for some in ids.chunks(parts::IDS).map(padded) {
        let query = dispenser::Entity::find()
            .select_only()
            .column(dispenser::Column::Id)
            .filter(dispenser::Column::Id.is_in(some))
            .filter(dispenser::Column::IsActive.eq(true));
        active.extend(query.into_tuple::<uuid::Uuid>().all(database).await?);
    }
    Ok(active)
}
