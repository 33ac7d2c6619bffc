//! `GET /users`.

use axum::extract::State;
use domain::Action;
use http::{Caller, Cursor, Limit, Page, Problem, Query};
use serde::Deserialize;
use store::After;
use utoipa::IntoParams;

use super::UserBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<After<String>>>,
}

/// Users, by name
#[utoipa::path(get, path = "/users", tag = "users", params(List),
    responses((status = 200, description = "Users, also deactivated ones", body = Page<UserBody>)))]
pub(crate) async fn list_users(
    State(backend): State<Backend>,
    caller: Caller,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<UserBody>>, Problem> {
    caller.require(Action::ReadUsers)?;
    let after = list.cursor.map(|cursor| cursor.0);
    let page = backend.store.users(after, list.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, UserBody::from)))
}
