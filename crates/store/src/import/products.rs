//! Writing medications of an import.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable};

use super::ROWS;
use crate::StoreError;
use crate::entity::medication;

/// Whether it went to the end: `told` may call it off.
pub(super) async fn insert<C: ConnectionTrait>(
    database: &C,
    rows: Vec<medication::Model>,
    told: &mut impl FnMut(usize) -> bool,
) -> Result<bool, StoreError> {
    for some in rows.chunks(ROWS) {
        let models = some.iter().map(|row| row.clone().into_active_model().reset_all());
        medication::Entity::insert_many(models).exec_without_returning(database).await?;
        if !told(some.len()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The same for rows that are there: each statement writes many at once.
pub(super) async fn update<C: ConnectionTrait>(
    database: &C,
    rows: Vec<medication::Model>,
    told: &mut impl FnMut(usize) -> bool,
) -> Result<bool, StoreError> {
    let all = medication::Column::iter().filter(|column| !matches!(column, medication::Column::Id));
    let over = OnConflict::column(medication::Column::Id).update_columns(all).to_owned();
    for some in rows.chunks(ROWS) {
        let models = some.iter().map(|row| row.clone().into_active_model().reset_all());
        medication::Entity::insert_many(models).on_conflict(over.clone()).exec_without_returning(database).await?;
        if !told(some.len()) {
            return Ok(false);
        }
    }
    Ok(true)
}
