//! Reasons: lists of words that the hospital keeps, for what is done to orders and what dispensers suffer from.

use domain::{Label, ReasonCode, ReasonList};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};

use crate::entity::reason;
use crate::{Act, Store, StoreError, changes};

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonEntry {
    /// Which list.
    pub list: ReasonList,
    /// What stands for it wherever it is kept.
    pub code: ReasonCode,
    /// What people read.
    pub label: Label,
    /// Where it stands in the list; equal ones stand by their code.
    pub position: i16,
    /// Whether it may still be given.
    pub is_active: bool,
}

/// What became of an entry that was to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReasonSet {
    /// It is new.
    Created,
    /// It was there.
    Changed,
    /// Nothing was done: it is the list's last active entry, and whoever rejects or cancels must have one.
    LastOfItsList,
}

impl Store {
    /// The entries of a list, or of all, in their order.
    ///
    /// # Errors
    /// The database's.
    pub async fn reasons(&self, list: Option<ReasonList>) -> Result<Vec<ReasonEntry>, StoreError> {
        let mut query = reason::Entity::find();
        if let Some(list) = list {
            query = query.filter(reason::Column::List.eq(list.as_str()));
        }
        let rows = query
            .order_by_asc(reason::Column::List)
            .order_by_asc(reason::Column::Position)
            .order_by_asc(reason::Column::Code)
            .all(&self.read)
            .await?;
        rows.into_iter().map(ReasonEntry::try_from).collect()
    }

    /// Creates or changes an entry.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_reason(&self, entry: &ReasonEntry, act: &Act) -> Result<ReasonSet, StoreError> {
        let transaction = self.begin().await?;
        let key = (entry.list.as_str().to_owned(), entry.code.to_string());
        // The whole list is locked: of two that deactivate the last two entries, one is told.
        let of_list = reason::Entity::find().filter(reason::Column::List.eq(entry.list.as_str())).lock_exclusive();
        let before = of_list.all(&transaction).await?;
        let others = before.iter().filter(|row| row.code != entry.code.as_str() && row.is_active).count();
        let before = before.into_iter().find(|row| row.code == entry.code.as_str());
        if !entry.is_active && others == 0 {
            return Ok(ReasonSet::LastOfItsList);
        }
        let row = reason::ActiveModel {
            list: Set(key.0),
            code: Set(key.1),
            label: Set(entry.label.to_string()),
            position: Set(entry.position),
            is_active: Set(entry.is_active),
        };
        let Some(before) = before else {
            reason::Entity::insert(row).exec_without_returning(&transaction).await?;
            changes::record(&transaction, act, "reason.created", None, Some(facts(entry))).await?;
            transaction.commit().await?;
            return Ok(ReasonSet::Created);
        };
        let before = ReasonEntry::try_from(before)?;
        if let Some(mut difference) = changes::difference(&facts(&before), &facts(entry)) {
            row.update(&transaction).await?;
            difference["list"] = json!(entry.list);
            difference["code"] = json!(entry.code);
            changes::record(&transaction, act, "reason.changed", None, Some(difference)).await?;
        }
        transaction.commit().await?;
        Ok(ReasonSet::Changed)
    }
}

/// Whether a list has this entry, and it may be given.
pub(crate) async fn is_active<C: ConnectionTrait>(
    database: &C,
    list: ReasonList,
    code: &ReasonCode,
) -> Result<bool, StoreError> {
    let entry = reason::Entity::find_by_id((list.as_str().to_owned(), code.to_string())).one(database).await?;
    Ok(entry.is_some_and(|entry| entry.is_active))
}

fn facts(entry: &ReasonEntry) -> Value {
    json!({
        "list": entry.list,
        "code": entry.code,
        "label": entry.label,
        "position": entry.position,
        "is_active": entry.is_active,
    })
}

impl TryFrom<reason::Model> for ReasonEntry {
    type Error = StoreError;
    fn try_from(row: reason::Model) -> Result<Self, StoreError> {
        let corrupt = |error: &dyn std::fmt::Display| {
            StoreError::Corrupt(format!("the reason {} of the list {}: {error}", row.code, row.list))
        };
        Ok(ReasonEntry {
            list: row.list.parse().map_err(|error| corrupt(&error))?,
            code: ReasonCode::parse(&row.code).map_err(|error| corrupt(&error))?,
            label: Label::parse(&row.label).map_err(|error| corrupt(&error))?,
            position: row.position,
            is_active: row.is_active,
        })
    }
}
