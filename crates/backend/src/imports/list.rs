//! `GET /medications/imports`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use http::{Caller, Page, Part, Problem, Query};
use store::After;

use super::ImportBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Imports, the last first
#[utoipa::path(get, path = "/medications/imports", tag = "imports", params(Part<After<DateTime<Utc>>>),
    responses((status = 200, description = "Imports", body = Page<ImportBody>)))]
pub(crate) async fn list_imports(
    State(backend): State<Backend>,
    _: Caller,
    Query(Part { limit, cursor }): Query<Part<After<DateTime<Utc>>>>,
) -> Result<axum::Json<Page<ImportBody>>, Problem> {
    let before = cursor.map(|cursor| cursor.0);
    let page = backend.store.import_jobs(before, limit.get()).await.map_err(database_problem)?;
    let mut jobs = Vec::with_capacity(page.items.len());
    for job in page.items {
        jobs.push(backend.imports.as_it_is(job).await.map_err(database_problem)?);
    }
    Ok(axum::Json(Page::of(jobs, page.next, ImportBody::from)))
}
