//! Wards: nursing units, with wing and floor. A ward comes to be with its first dispenser.

use chrono::{DateTime, Utc};
use domain::{Label, WardId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::StoreError;
use crate::connect::stored;
use crate::entity::ward;

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

/// The id of the ward at `place`, which is made if it is not there yet; `id` is used then.
pub(crate) async fn at<C: ConnectionTrait>(
    database: &C,
    place: &Place,
    id: WardId,
    now: DateTime<Utc>,
) -> Result<WardId, StoreError> {
    let or_empty = |label: &Option<Label>| label.as_ref().map(ToString::to_string).unwrap_or_default();
    let row = ward::ActiveModel {
        id: Set(id.0),
        name: Set(place.ward.to_string()),
        wing: Set(or_empty(&place.wing)),
        floor: Set(or_empty(&place.floor)),
        created_at: Set(stored(now)),
    };
    let key = [ward::Column::Name, ward::Column::Wing, ward::Column::Floor];
    ward::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(database)
        .await?;
    let found = ward::Entity::find()
        .filter(ward::Column::Name.eq(place.ward.as_str()))
        .filter(ward::Column::Wing.eq(or_empty(&place.wing)))
        .filter(ward::Column::Floor.eq(or_empty(&place.floor)))
        .one(database)
        .await?;
    found.map(|row| WardId(row.id)).ok_or_else(|| StoreError::Corrupt("a ward vanished while it was made".to_owned()))
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
