//! Writing presentations of an import.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter};

use super::ROWS;
use crate::StoreError;
use crate::entity::{presentation, presentation_ean};

/// Whether it went to the end: `told` may call it off.
pub(super) async fn write<C: ConnectionTrait>(
    database: &C,
    rows: Vec<presentation::Model>,
    mut eans_of: HashMap<String, Vec<String>>,
    told: &mut impl FnMut(usize) -> bool,
) -> Result<bool, StoreError> {
    let all = presentation::Column::iter().filter(|column| !matches!(column, presentation::Column::Code));
    let over = OnConflict::column(presentation::Column::Code).update_columns(all).to_owned();
    for some in rows.chunks(ROWS) {
        let models = some.iter().map(|row| row.clone().into_active_model().reset_all());
        presentation::Entity::insert_many(models).on_conflict(over.clone()).exec_without_returning(database).await?;
        let codes: Vec<&str> = some.iter().map(|row| row.code.as_str()).collect();
        presentation_ean::Entity::delete_many()
            .filter(presentation_ean::Column::Code.is_in(codes))
            .exec(database)
            .await?;
        let eans: Vec<_> = some
            .iter()
            .flat_map(|row| {
                let mut eans = eans_of.remove(&row.code).unwrap_or_default();
                eans.sort_unstable();
                eans.dedup();
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
