//! `GET /reasons`.

use axum::extract::State;
use domain::ReasonList;
use http::{Caller, Page, Problem, Query, words};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ReasonEntryBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// This list; without it, all.
    #[param(value_type = Option<words::ReasonList>)]
    list: Option<ReasonList>,
}

/// The reasons that may be given, in the order of each list
///
/// With those that were once: old orders name them.
#[utoipa::path(get, path = "/reasons", tag = "settings", params(Which),
    responses((status = 200, description = "Reasons", body = Page<ReasonEntryBody>)))]
pub(crate) async fn list_reasons(
    State(backend): State<Backend>,
    _: Caller,
    Query(which): Query<Which>,
) -> Result<axum::Json<Page<ReasonEntryBody>>, Problem> {
    let entries = backend.store.reasons(which.list).await.map_err(database_problem)?;
    Ok(axum::Json(Page::whole(entries.into_iter().map(Into::into))))
}
