//! `GET /users/{id}`.

use axum::extract::State;
use domain::UserId;
use http::{Caller, Path, Problem};

use super::UserBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// One user
#[utoipa::path(get, path = "/users/{id}", tag = "users", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The user", body = UserBody)))]
pub(crate) async fn get_user(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<UserId>,
) -> Result<axum::Json<UserBody>, Problem> {
    let user = backend.store.user(id).await.map_err(database_problem)?;
    user.map(|user| axum::Json(user.into())).ok_or_else(|| Problem::not_found("user"))
}
