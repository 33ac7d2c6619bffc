//! A medication as orders and dispensers name it: by its name, with what a screen must show beside it.

use std::collections::HashMap;

use domain::MedicationId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::entity::medication;
use crate::medications::marks;
use crate::{Marks, Medication, StoreError};

/// A medication as an order names it, as the catalogue has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MedicationRef {
    /// Its id.
    pub id: MedicationId,
    /// Its name; `None` when the catalogue does not have it.
    pub name: Option<String>,
    /// What marks it.
    pub marks: Marks,
}

impl MedicationRef {
    /// One that the catalogue does not have.
    pub(crate) fn unknown(id: Uuid) -> MedicationRef {
        MedicationRef { id: id.into(), name: None, marks: Marks::default() }
    }
}

impl TryFrom<medication::Model> for MedicationRef {
    type Error = StoreError;
    fn try_from(row: medication::Model) -> Result<Self, StoreError> {
        let Medication { id, name, marks, .. } = row.try_into()?;
        Ok(MedicationRef { id, name: Some(name), marks })
    }
}

type Columns = (Uuid, String, Option<String>, Option<String>, bool, Option<String>, Option<String>);

/// Those of these medications that the catalogue has, also when they are not in use any more.
pub(crate) async fn by_id<C: ConnectionTrait>(
    database: &C,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, MedicationRef>, StoreError> {
    let rows: Vec<Columns> = medication::Entity::find()
        .select_only()
        .columns([
            medication::Column::Id,
            medication::Column::Name,
            medication::Column::ControlledList,
            medication::Column::Tarja,
            medication::Column::IsHighAlert,
            medication::Column::LookAlikeGroup,
            medication::Column::TallMan,
        ])
        .filter(medication::Column::Id.is_in(ids))
        .into_tuple()
        .all(database)
        .await?;
    let named = |(id, name, list, tarja, is_high_alert, look_alike_group, tall_man): Columns| {
        let marks = marks(id, list.as_deref(), tarja.as_deref(), is_high_alert, look_alike_group, tall_man)?;
        Ok((id, MedicationRef { id: id.into(), name: Some(name), marks }))
    };
    rows.into_iter().map(named).collect()
}
