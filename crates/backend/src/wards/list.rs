//! `GET /wards`.

use axum::extract::State;
use http::{Caller, Page, Part, Problem, Query};
use store::After;

use super::WardBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Wards, by name
#[utoipa::path(get, path = "/wards", tag = "wards", params(Part<After<String>>),
    responses((status = 200, description = "Wards, also those without a dispenser in use", body = Page<WardBody>)))]
pub(crate) async fn list_wards(
    State(backend): State<Backend>,
    _: Caller,
    Query(part): Query<Part<After<String>>>,
) -> Result<axum::Json<Page<WardBody>>, Problem> {
    let after = part.cursor.map(|cursor| cursor.0);
    let page = backend.store.wards(after, part.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, WardBody::from)))
}
