//! `GET /targets`.

use axum::extract::State;
use http::{Caller, Problem};

use super::TargetsBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// The targets in force
#[utoipa::path(get, path = "/targets", tag = "settings",
    responses((status = 200, description = "Seconds by priority", body = TargetsBody)))]
pub(crate) async fn get_targets(State(backend): State<Backend>, _: Caller) -> Result<axum::Json<TargetsBody>, Problem> {
    let targets = backend.store.targets().await.map_err(database_problem)?;
    Ok(axum::Json(targets.into()))
}
