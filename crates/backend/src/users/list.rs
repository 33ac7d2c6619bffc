//! `GET /users`.

use axum::extract::State;
use http::{Caller, Page, Part, Problem, Query};
use store::After;

use super::UserBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Users, by name
#[utoipa::path(get, path = "/users", tag = "users", params(Part<After<String>>),
    responses((status = 200, description = "Users, also deactivated ones", body = Page<UserBody>)))]
pub(crate) async fn list_users(
    State(backend): State<Backend>,
    _: Caller,
    Query(part): Query<Part<After<String>>>,
) -> Result<axum::Json<Page<UserBody>>, Problem> {
    let after = part.cursor.map(|cursor| cursor.0);
    let page = backend.store.users(after, part.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, UserBody::from)))
}
