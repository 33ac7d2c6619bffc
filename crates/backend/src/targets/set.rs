//! `PUT /targets`.

use axum::extract::State;
use domain::{Target, Targets};
use http::{Caller, Invalid, Json, Problem};

use super::TargetsBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Set the targets
///
/// They count at once, for orders that wait already too.
#[utoipa::path(put, path = "/targets", tag = "settings", request_body = TargetsBody,
    responses((status = 200, description = "Set", body = TargetsBody)))]
pub(crate) async fn set_targets(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<TargetsBody>,
) -> Result<axum::Json<TargetsBody>, Problem> {
    let mut invalid = Invalid::new();
    let routine = invalid.take("/routine", Target::new(body.routine));
    let urgent = invalid.take("/urgent", Target::new(body.urgent));
    let stat = invalid.take("/stat", Target::new(body.stat));
    let (Some(routine), Some(urgent), Some(stat)) = (routine, urgent, stat) else {
        return Err(invalid.into_problem());
    };
    let targets = Targets { routine, urgent, stat };
    backend.store.set_targets(targets, &act(&caller)).await.map_err(database_problem)?;
    Ok(axum::Json(targets.into()))
}
