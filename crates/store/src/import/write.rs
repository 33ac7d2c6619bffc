//! Writing what an import changes. Each says whether it went to the end: `told` may call it off.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter};

use crate::StoreError;
use crate::entity::{medication, presentation, presentation_ean};

/// Rows of one statement: medications have 21 columns, and SQLite takes 32,766 binds.
const ROWS: usize = 1000;

/// New medications, and changed ones in the place of what they were.
pub(super) async fn medications<C: ConnectionTrait>(
    database: &C,
    rows: Vec<medication::Model>,
    told: &mut impl FnMut(usize) -> bool,
) -> Result<bool, StoreError> {
    let others = medication::Column::iter().filter(|column| !matches!(column, medication::Column::Id));
    let over = OnConflict::column(medication::Column::Id).update_columns(others).to_owned();
    for some in rows.chunks(ROWS) {
        let models = some.iter().map(|row| row.clone().into_active_model().reset_all());
        medication::Entity::insert_many(models).on_conflict(over.clone()).exec_without_returning(database).await?;
        if !told(some.len()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The same for presentations, with all their numbers.
pub(super) async fn presentations<C: ConnectionTrait>(
    database: &C,
    rows: Vec<presentation::Model>,
    mut eans_of: HashMap<String, Vec<String>>,
    told: &mut impl FnMut(usize) -> bool,
) -> Result<bool, StoreError> {
    let others = presentation::Column::iter().filter(|column| !matches!(column, presentation::Column::Code));
    let over = OnConflict::column(presentation::Column::Code).update_columns(others).to_owned();
    for some in rows.chunks(ROWS) {
        let models = some.iter().map(|row| row.clone().into_active_model().reset_all());
        presentation::Entity::insert_many(models).on_conflict(over.clone()).exec_without_returning(database).await?;
        let codes: Vec<&str> = some.iter().map(|row| row.code.as_str()).collect();
        let of_these = presentation_ean::Column::Code.is_in(codes);
        presentation_ean::Entity::delete_many().filter(of_these).exec(database).await?;
        let eans: Vec<_> = some
            .iter()
            .flat_map(|row| {
                let eans = eans_of.remove(&row.code).unwrap_or_default();
                eans.into_iter().map(|ean| presentation_ean::Model { ean, code: row.code.clone() })
            })
            .map(|row| row.into_active_model().reset_all())
            .collect();
        if !eans.is_empty() {
            presentation_ean::Entity::insert_many(eans).exec_without_returning(database).await?;
        }
        if !told(some.len()) {
            return Ok(false);
        }
    }
    Ok(true)
}
