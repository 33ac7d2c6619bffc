//! `POST /medications/import`.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use domain::ImportId;
use http::{Caller, Multipart, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::running::NotStarted;
use super::{ImportBody, upload};
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// The form of an import.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewImport)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used; the form is read part by part")]
pub(crate) struct Form {
    /// ANVISA's register, CMED's list, or a table of the hospital's own, as CSV or XLSX: what it is, is
    /// recognised. At most 64 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Whether to say only what each row would do.
    #[schema(default = false, nullable = false)]
    dry_run: Option<bool>,
}

/// Take a catalogue file over
///
/// It goes on in the background: read `GET /medications/imports/{id}` until it is not `running` any more. All of
/// the file comes in, or nothing, also when it is cancelled or Botica ends. One import runs at a time.
#[utoipa::path(post, path = "/medications/import", tag = "imports",
    request_body(content = Form, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "It runs", body = ImportBody, headers(("Location" = String))),
        (status = 400, description = "The body is not a form", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another import is running, `import_id`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not declared as a form", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn start_import(
    State(backend): State<Backend>,
    caller: Caller,
    form: Multipart,
) -> Result<(StatusCode, [(HeaderName, String); 1], axum::Json<ImportBody>), Problem> {
    let upload = upload::read(form).await?;
    let id = ImportId(Uuid::now_v7());
    let job = backend.imports.start(id, upload, &act(&caller)).await.map_err(problem)?;
    let location = format!("/medications/imports/{id}");
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], axum::Json(job.into())))
}

fn problem(refusal: NotStarted) -> Problem {
    match refusal {
        NotStarted::Another(id) => {
            let detail = "Another import is running. Wait until it has ended, or cancel it.";
            Problem::new(StatusCode::CONFLICT, "import_is_running", detail).with("import_id", id.to_string())
        }
        NotStarted::Stopping => {
            let detail = "Botica is stopping. Try again shortly.";
            Problem::unavailable("stopping", detail, Duration::from_secs(5))
        }
        NotStarted::Database(error) => database_problem(error),
    }
}
