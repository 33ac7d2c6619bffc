//! `GET /dispensers`.

use axum::extract::State;
use http::{Caller, Cursor, Limit, Page, Problem, Query};
use serde::Deserialize;
use store::After;
use utoipa::IntoParams;

use super::DispenserBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<After<String>>>,
}

/// Dispensers, by name
#[utoipa::path(get, path = "/dispensers", tag = "dispensers", params(List),
    responses((status = 200, description = "Dispensers, also those out of use", body = Page<DispenserBody>)))]
pub(crate) async fn list_dispensers(
    State(backend): State<Backend>,
    _: Caller,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<DispenserBody>>, Problem> {
    let after = list.cursor.map(|cursor| cursor.0);
    let page = backend.store.dispensers(after, list.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, DispenserBody::from)))
}
