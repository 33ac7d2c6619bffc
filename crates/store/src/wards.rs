//! Wards: nursing units, with wing and floor. A ward comes to be with its first dispenser.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Label, WardId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::connect::stored;
use crate::entity::{dispenser, ward};
use crate::page::{cut, is_after};
use crate::{Act, After, Page, Store, StoreError, changes};

/// A ward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ward {
    /// Its id.
    pub id: WardId,
    /// Its name, wing and floor. No two wards have the same.
    pub place: Place,
    /// How many dispensers in use stand there.
    pub active_dispensers: u64,
}

/// What to change of a ward; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct WardChange {
    /// Another name.
    pub name: Option<Label>,
    /// Another wing, or none.
    pub wing: Option<Option<Label>>,
    /// Another floor, or none.
    pub floor: Option<Option<Label>>,
}

/// Where a dispenser stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The ward's name.
    pub ward: Label,
    /// The wing of the building, where there is more than one.
    pub wing: Option<Label>,
    /// The floor, as the hospital calls it.
    pub floor: Option<Label>,
}

impl Store {
    /// Wards by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn wards(&self, after: Option<After<String>>, limit: u64) -> Result<Page<Ward, String>, StoreError> {
        let mut query = ward::Entity::find();
        if let Some(after) = after {
            query = query.filter(is_after(ward::Column::Name, ward::Column::Id, after));
        }
        let rows = query
            .order_by_asc(ward::Column::Name)
            .order_by_asc(ward::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.name.clone(), id: row.id });
        Ok(Page { items: with_counts(&self.read, rows).await?, next })
    }

    /// Renames or moves a ward, and with it all its dispensers; `None` when there is no such ward.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when another ward has that name, wing and floor.
    pub async fn change_ward(&self, id: WardId, change: WardChange, act: &Act) -> Result<Option<Ward>, StoreError> {
        let transaction = self.begin().await?;
        let found = ward::Entity::find_by_id(id.0).lock_exclusive().one(&transaction).await?;
        let Some(row) = found else { return Ok(None) };
        let before = facts(&row);
        let mut row = row.into_active_model();
        if let Some(name) = change.name {
            row.name = Set(name.into());
        }
        if let Some(wing) = change.wing {
            row.wing = Set(or_empty(wing.as_ref()));
        }
        if let Some(floor) = change.floor {
            row.floor = Set(or_empty(floor.as_ref()));
        }
        let row = row.update(&transaction).await?;
        let difference = changes::difference(&before, &facts(&row));
        let changed = with_counts(&transaction, vec![row]).await?.pop();
        if let Some(difference) = difference {
            changes::record(&transaction, act, "ward.changed", Some(id.0), Some(difference)).await?;
        }
        transaction.commit().await?;
        Ok(changed)
    }
}

/// Counts the dispensers of these wards in one query.
async fn with_counts<C: ConnectionTrait>(database: &C, rows: Vec<ward::Model>) -> Result<Vec<Ward>, StoreError> {
    let counts: HashMap<Uuid, i64> = dispenser::Entity::find()
        .select_only()
        .column(dispenser::Column::WardId)
        .column_as(dispenser::Column::Id.count(), "dispensers")
        .filter(dispenser::Column::IsActive.eq(true))
        .filter(dispenser::Column::WardId.is_in(rows.iter().map(|row| row.id)))
        .group_by(dispenser::Column::WardId)
        .into_tuple()
        .all(database)
        .await?
        .into_iter()
        .collect();
    let count = |id: &Uuid| counts.get(id).map_or(0, |count| count.unsigned_abs());
    rows.iter()
        .map(|row| Ok(Ward { id: WardId(row.id), place: place(row)?, active_dispensers: count(&row.id) }))
        .collect()
}

/// What the record says of a ward.
fn facts(row: &ward::Model) -> Value {
    let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({ "name": row.name, "wing": optional(&row.wing), "floor": optional(&row.floor) })
}

/// The column's text: empty for none.
fn or_empty(label: Option<&Label>) -> String {
    label.map(ToString::to_string).unwrap_or_default()
}

/// The id of the ward at `place`, which is made if it is not there yet; `id` is used then.
pub(crate) async fn at<C: ConnectionTrait>(
    database: &C,
    place: &Place,
    id: WardId,
    now: DateTime<Utc>,
) -> Result<WardId, StoreError> {
    let row = ward::ActiveModel {
        id: Set(id.0),
        name: Set(place.ward.to_string()),
        wing: Set(or_empty(place.wing.as_ref())),
        floor: Set(or_empty(place.floor.as_ref())),
        created_at: Set(stored(now)),
    };
    // An update that changes nothing locks the ward that is there and answers with it. Looked for in a statement
    // of its own, it could have got another name meanwhile.
    let key = [ward::Column::Name, ward::Column::Wing, ward::Column::Floor];
    let or_there = OnConflict::columns(key).update_column(ward::Column::Name).to_owned();
    let row = ward::Entity::insert(row).on_conflict(or_there).exec_with_returning(database).await?;
    Ok(WardId(row.id))
}

/// A place out of a row.
pub(crate) fn place(row: &ward::Model) -> Result<Place, StoreError> {
    let label =
        |text: &str| Label::parse(text).map_err(|error| StoreError::Corrupt(format!("ward {}: {error}", row.id)));
    let optional = |text: &str| if text.is_empty() { Ok(None) } else { label(text).map(Some) };
    Ok(Place { ward: label(&row.name)?, wing: optional(&row.wing)?, floor: optional(&row.floor)? })
}

/// The rows of these wards.
pub(crate) async fn rows<C: ConnectionTrait>(database: &C, ids: Vec<Uuid>) -> Result<Vec<ward::Model>, StoreError> {
    Ok(ward::Entity::find().filter(ward::Column::Id.is_in(ids)).all(database).await?)
}
