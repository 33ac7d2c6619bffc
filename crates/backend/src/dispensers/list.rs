//! `GET /dispensers`.

use axum::extract::State;
use http::{Caller, Page, Part, Problem, Query};
use store::After;

use super::DispenserBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Dispensers, by name
#[utoipa::path(get, path = "/dispensers", tag = "dispensers", params(Part<After<String>>),
    responses((status = 200, description = "Dispensers, also those out of use", body = Page<DispenserBody>)))]
pub(crate) async fn list_dispensers(
    State(backend): State<Backend>,
    _: Caller,
    Query(part): Query<Part<After<String>>>,
) -> Result<axum::Json<Page<DispenserBody>>, Problem> {
    let after = part.cursor.map(|cursor| cursor.0);
    let page = backend.store.dispensers(after, part.limit.get()).await.map_err(database_problem)?;
    let items = backend.with_open_calls(page.items).await?;
    Ok(axum::Json(Page::of(items, page.next, |item| item)))
}
