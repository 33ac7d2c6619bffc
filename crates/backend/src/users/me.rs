//! `GET /me`.

use axum::extract::State;
use http::{Caller, Problem};

use super::UserBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Oneself
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, description = "Who is signed in", body = UserBody)))]
pub(crate) async fn me(State(backend): State<Backend>, caller: Caller) -> Result<axum::Json<UserBody>, Problem> {
    let user = backend.store.user(caller.person.id).await.map_err(database_problem)?;
    user.map(|user| axum::Json(user.into())).ok_or_else(Problem::invalid_token)
}
