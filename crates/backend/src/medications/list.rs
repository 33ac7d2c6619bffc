//! `GET /medications`.

use axum::extract::State;
use http::{Caller, Cursor, Limit, Page, Problem, Query};
use serde::Deserialize;
use store::After;
use utoipa::IntoParams;

use super::MedicationBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which medications, and which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Words that the name has, in any order; case and accents don't count.
    search: Option<String>,
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<After<String>>>,
}

/// Medications in use, by name
#[utoipa::path(get, path = "/medications", tag = "medications", params(List),
    responses((status = 200, description = "Medications", body = Page<MedicationBody>)))]
pub(crate) async fn list_medications(
    State(backend): State<Backend>,
    _: Caller,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<MedicationBody>>, Problem> {
    let after = list.cursor.map(|cursor| cursor.0);
    let found = backend.store.medications(list.search.as_deref(), after, list.limit.get()).await;
    let page = found.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, MedicationBody::from)))
}
