//! `PUT /reasons/{list}/{code}`.

use axum::extract::State;
use axum::http::StatusCode;
use domain::{Label, ReasonCode, ReasonList};
use http::{Caller, Invalid, Json, Path, Problem, words};
use serde::Deserialize;
use store::{ReasonEntry, ReasonSet};
use utoipa::{IntoParams, ToSchema};

use super::ReasonEntryBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Which entry.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct Which {
    /// Which list.
    #[param(value_type = words::ReasonList)]
    list: String,
    /// What stands for it.
    #[param(pattern = "^[a-z][a-z0-9_]{0,39}$", example = "transferred")]
    code: String,
}

/// What people read of it.
#[derive(Deserialize, ToSchema)]
#[schema(as = ReasonText)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// What to show.
    #[schema(min_length = 1, max_length = 200, example = "Paciente transferido")]
    label: String,
    /// Where it stands in its list; equal ones stand by their code.
    #[serde(default)]
    position: i16,
    /// Whether it may still be given.
    #[serde(default = "yes")]
    is_active: bool,
}

fn yes() -> bool {
    true
}

/// Create or change a reason
///
/// Nothing is deleted: what is not to be given any more becomes inactive, and old orders keep their reason.
#[utoipa::path(put, path = "/reasons/{list}/{code}", tag = "settings", params(Which), request_body = Body,
    responses(
        (status = 200, description = "Changed", body = ReasonEntryBody),
        (status = 201, description = "Created", body = ReasonEntryBody),
        (status = 409, description = "It is the last active one of its list", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn set_reason(
    State(backend): State<Backend>,
    caller: Caller,
    Path(which): Path<Which>,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<ReasonEntryBody>), Problem> {
    let mut invalid = Invalid::new();
    let list = invalid.take("path/list", which.list.parse::<ReasonList>());
    let code = invalid.take("path/code", ReasonCode::parse(&which.code));
    let label = invalid.take("/label", Label::parse(&body.label));
    let (Some(list), Some(code), Some(label)) = (list, code, label) else { return Err(invalid.into_problem()) };
    let entry = ReasonEntry { list, code, label, position: body.position, is_active: body.is_active };
    let status = match backend.store.set_reason(&entry, &act(&caller)).await.map_err(database_problem)? {
        ReasonSet::Created => StatusCode::CREATED,
        ReasonSet::Changed => StatusCode::OK,
        ReasonSet::LastOfItsList => {
            let detail = "A list needs at least one active reason. Create or activate another one first.";
            return Err(Problem::new(StatusCode::CONFLICT, "last_reason", detail));
        }
    };
    Ok((status, axum::Json(entry.into())))
}
