//! The catalogue of medications.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{ControlledList, Label, MedicationId, Note, Tarja};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::connect::stored;
use crate::entity::{lot, medication};
use crate::page::{cut, is_after};
use crate::search_text::search_text;
use crate::{Act, After, Lot, NewLot, Page, Store, StoreError, changes, lots};

/// A medication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medication {
    /// Its id.
    pub id: MedicationId,
    /// What people call it, with strength and form.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// The area of the pharmacy that keeps it.
    pub area: Option<String>,
    /// Its therapeutic class.
    pub med_class: Option<String>,
    /// Whether orders may name it.
    pub is_active: bool,
    /// What marks it.
    pub marks: Marks,
    /// What the regulator says of it.
    pub registered: Registered,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What marks a medication as one to be careful with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The list of special control that it is on.
    pub controlled_list: Option<ControlledList>,
    /// The band on its package; `None` where that is not known.
    pub tarja: Option<Tarja>,
    /// Whether an error with it does great harm.
    pub is_high_alert: bool,
    /// What it is easily mistaken for shares this word.
    pub look_alike_group: Option<String>,
    /// Its name with the letters that set it apart in capitals.
    pub tall_man: Option<String>,
}

/// What the regulator's register says of a medication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// Its number there.
    pub registration: Option<String>,
    /// What the register called it when it was last read.
    pub name: Option<String>,
    /// Whether the registration stands.
    pub is_valid: Option<bool>,
    /// Until when.
    pub expires_on: Option<NaiveDate>,
    /// What works in it.
    pub active_ingredient: Option<String>,
    /// Generic, similar, and so on.
    pub category: Option<String>,
    /// Whose it is.
    pub holder: Option<String>,
}

/// A medication to be created.
#[derive(Clone, Debug)]
pub struct NewMedication {
    /// Its id.
    pub id: MedicationId,
    /// What people call it.
    pub name: Label,
    /// More about it.
    pub description: Option<Note>,
    /// The area of the pharmacy that keeps it.
    pub area: Option<Label>,
    /// Its therapeutic class.
    pub med_class: Option<Label>,
    /// A lot to record with it.
    pub lot: Option<NewLot>,
}

/// What to change; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct MedicationChange {
    /// Another name.
    pub name: Option<Label>,
    /// Another description, or none.
    pub description: Option<Option<Note>>,
    /// Another area, or none.
    pub area: Option<Option<Label>>,
    /// Another class, or none.
    pub med_class: Option<Option<Label>>,
    /// In use or not.
    pub is_active: Option<bool>,
    /// On another list of special control, or none.
    pub controlled_list: Option<Option<ControlledList>>,
    /// With another band, or one that is not known.
    pub tarja: Option<Option<Tarja>>,
    /// Of high alert or not.
    pub is_high_alert: Option<bool>,
    /// In another group of look-alikes, or none.
    pub look_alike_group: Option<Option<Label>>,
    /// Another spelling that sets it apart, or none.
    pub tall_man: Option<Option<Label>>,
}

impl Store {
    /// Creates a medication and, in the same transaction, its lot.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the id is.
    pub async fn create_medication(&self, new: &NewMedication, act: &Act) -> Result<Medication, StoreError> {
        let transaction = self.begin().await?;
        let text = |label: &Option<Label>| label.as_ref().map(ToString::to_string);
        let row = medication::ActiveModel {
            id: Set(new.id.0),
            name: Set(new.name.to_string()),
            description: Set(new.description.as_ref().map(ToString::to_string)),
            area: Set(text(&new.area)),
            med_class: Set(text(&new.med_class)),
            search_text: Set(search_text(new.name.as_str())),
            is_active: Set(true),
            created_at: Set(stored(act.at)),
            updated_at: Set(stored(act.at)),
            ..Default::default()
        };
        let row = row.insert(&transaction).await?;
        changes::record(&transaction, act, "medication.created", Some(row.id), Some(facts(&row))).await?;
        if let Some(lot) = &new.lot {
            lots::insert(&transaction, new.id, lot, act).await?;
        }
        transaction.commit().await?;
        row.try_into()
    }

    /// The medication, also when it is not in use any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn medication(&self, id: MedicationId) -> Result<Option<Medication>, StoreError> {
        medication::Entity::find_by_id(id.0).one(&self.read).await?.map(Medication::try_from).transpose()
    }

    /// Medications in use, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn medications(
        &self,
        after: Option<After<String>>,
        limit: u64,
    ) -> Result<Page<Medication, String>, StoreError> {
        let mut query = medication::Entity::find().filter(medication::Column::IsActive.eq(true));
        if let Some(after) = after {
            query = query.filter(is_after(medication::Column::Name, medication::Column::Id, after));
        }
        let rows = query
            .order_by_asc(medication::Column::Name)
            .order_by_asc(medication::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.name.clone(), id: row.id });
        Ok(Page { items: rows.into_iter().map(Medication::try_from).collect::<Result<_, _>>()?, next })
    }

    /// All medications, also those out of use, in the order of their ids, from one of them on.
    ///
    /// # Errors
    /// The database's.
    pub async fn every_medication(
        &self,
        after: Option<MedicationId>,
        limit: u64,
    ) -> Result<Vec<Medication>, StoreError> {
        let mut query = medication::Entity::find();
        if let Some(after) = after {
            query = query.filter(medication::Column::Id.gt(after.0));
        }
        let rows = query.order_by_asc(medication::Column::Id).limit(limit).all(&self.read).await?;
        rows.into_iter().map(Medication::try_from).collect()
    }

    /// All medications in use, by name, each with the lot that was recorded last.
    ///
    /// # Errors
    /// The database's.
    pub async fn all_medications_with_lot(&self) -> Result<Vec<(Medication, Option<Lot>)>, StoreError> {
        let rows = medication::Entity::find()
            .filter(medication::Column::IsActive.eq(true))
            .order_by_asc(medication::Column::Name)
            .order_by_asc(medication::Column::Id)
            .all(&self.read)
            .await?;
        let lots = lot::Entity::find().order_by_asc(lot::Column::CreatedAt).all(&self.read).await?;
        let mut latest: HashMap<Uuid, lot::Model> = lots.into_iter().map(|lot| (lot.medication_id, lot)).collect();
        rows.into_iter()
            .map(|row| {
                let lot = latest.remove(&row.id).map(Lot::from);
                Ok((row.try_into()?, lot))
            })
            .collect()
    }

    /// Changes a medication; `None` when there is no such medication.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_medication(
        &self,
        id: MedicationId,
        change: MedicationChange,
        act: &Act,
    ) -> Result<Option<Medication>, StoreError> {
        let transaction = self.begin().await?;
        let found = medication::Entity::find_by_id(id.0).lock_exclusive().one(&transaction).await?;
        let Some(row) = found else { return Ok(None) };
        let before = facts(&row);
        let mut row = row.into_active_model();
        if let Some(name) = change.name {
            row.search_text = Set(search_text(name.as_str()));
            row.name = Set(name.into());
        }
        if let Some(description) = change.description {
            row.description = Set(description.map(Into::into));
        }
        if let Some(area) = change.area {
            row.area = Set(area.map(Into::into));
        }
        if let Some(med_class) = change.med_class {
            row.med_class = Set(med_class.map(Into::into));
        }
        if let Some(is_active) = change.is_active {
            row.is_active = Set(is_active);
        }
        if let Some(list) = change.controlled_list {
            row.controlled_list = Set(list.map(|list| list.to_string()));
        }
        if let Some(tarja) = change.tarja {
            row.tarja = Set(tarja.map(|tarja| tarja.to_string()));
        }
        if let Some(is_high_alert) = change.is_high_alert {
            row.is_high_alert = Set(is_high_alert);
        }
        if let Some(group) = change.look_alike_group {
            row.look_alike_group = Set(group.map(Into::into));
        }
        if let Some(tall_man) = change.tall_man {
            row.tall_man = Set(tall_man.map(Into::into));
        }
        row.updated_at = Set(stored(act.at));
        let row = row.update(&transaction).await?;
        if let Some(difference) = changes::difference(&before, &facts(&row)) {
            changes::record(&transaction, act, "medication.changed", Some(row.id), Some(difference)).await?;
        }
        transaction.commit().await?;
        Ok(Some(row.try_into()?))
    }
}

/// What the record says of a medication.
fn facts(row: &medication::Model) -> Value {
    json!({
        "name": row.name,
        "description": row.description,
        "area": row.area,
        "med_class": row.med_class,
        "is_active": row.is_active,
        "controlled_list": row.controlled_list,
        "tarja": row.tarja,
        "is_high_alert": row.is_high_alert,
        "look_alike_group": row.look_alike_group,
        "tall_man": row.tall_man,
    })
}

impl TryFrom<medication::Model> for Medication {
    type Error = StoreError;
    fn try_from(row: medication::Model) -> Result<Self, StoreError> {
        Ok(Medication {
            marks: marks(
                row.id,
                row.controlled_list.as_deref(),
                row.tarja.as_deref(),
                row.is_high_alert,
                row.look_alike_group,
                row.tall_man,
            )?,
            registered: Registered {
                registration: row.registration,
                name: row.registered_name,
                is_valid: row.is_registered,
                expires_on: row.registration_expires_on,
                active_ingredient: row.active_ingredient,
                category: row.category,
                holder: row.holder,
            },
            id: row.id.into(),
            name: row.name,
            description: row.description,
            area: row.area,
            med_class: row.med_class,
            is_active: row.is_active,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The marks of a medication, out of their columns.
pub(crate) fn marks(
    id: Uuid,
    controlled_list: Option<&str>,
    tarja: Option<&str>,
    is_high_alert: bool,
    look_alike_group: Option<String>,
    tall_man: Option<String>,
) -> Result<Marks, StoreError> {
    let corrupt = |error| StoreError::Corrupt(format!("medication {id}: {error}"));
    Ok(Marks {
        controlled_list: controlled_list.map(str::parse).transpose().map_err(corrupt)?,
        tarja: tarja.map(str::parse).transpose().map_err(corrupt)?,
        is_high_alert,
        look_alike_group,
        tall_man,
    })
}

/// Which of these medications may be ordered.
pub(crate) async fn active<C: ConnectionTrait>(database: &C, ids: Vec<Uuid>) -> Result<Vec<Uuid>, StoreError> {
    let query = medication::Entity::find()
        .select_only()
        .column(medication::Column::Id)
        .filter(medication::Column::Id.is_in(ids))
        .filter(medication::Column::IsActive.eq(true));
    Ok(query.into_tuple().all(database).await?)
}
