//! `GET /medications/imports/{id}`.

use axum::extract::State;
use domain::ImportId;
use http::{Caller, Path, Problem};

use super::{ImportBody, found};
use crate::Backend;

/// One import
#[utoipa::path(get, path = "/medications/imports/{id}", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The import as it is now", body = ImportBody)))]
pub(crate) async fn get_import(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<ImportId>,
) -> Result<axum::Json<ImportBody>, Problem> {
    found(&backend, id).await.map(|job| axum::Json(job.into()))
}
