//! `POST /medications/imports/{id}/cancel`.

use axum::extract::State;
use axum::http::StatusCode;
use domain::ImportId;
use http::{Caller, Path, Problem};
use store::ImportStatus;

use super::ImportBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Call an import off
///
/// It ends within a moment, as `cancelled`, unless it is done before; nothing of it is in the catalogue then.
/// Again, it is as it was.
#[utoipa::path(post, path = "/medications/imports/{id}/cancel", tag = "imports", params(("id" = Uuid, Path)),
    responses(
        (status = 202, description = "It will be cancelled, or is", body = ImportBody),
        (status = 409, description = "It has ended otherwise", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn cancel_import(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<ImportId>,
) -> Result<(StatusCode, axum::Json<ImportBody>), Problem> {
    let job = backend.imports.cancel(id).await.map_err(database_problem)?;
    let job = job.ok_or_else(|| Problem::not_found("import"))?;
    match job.status {
        ImportStatus::Running | ImportStatus::Cancelled => Ok((StatusCode::ACCEPTED, axum::Json(job.into()))),
        ended => {
            let detail = "It has ended already and can't be cancelled any more.";
            let problem = Problem::new(StatusCode::CONFLICT, "import_has_ended", detail);
            Err(problem.with("status_of_import", ended.as_str()))
        }
    }
}
