//! `DELETE /users/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use domain::UserId;
use http::{Caller, Path, Problem};
use store::UserChange;

use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Deactivate a user
///
/// Orders name their users, so nobody is deleted: the user is shut out at once.
#[utoipa::path(delete, path = "/users/{id}", tag = "users", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Deactivated"),
        (status = 409, description = "One can't shut oneself out", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn deactivate_user(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    if id == caller.person.id {
        return Err(not_oneself());
    }
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    match backend.store.change_user(id, change, &act(&caller)).await.map_err(database_problem)? {
        Some(user) => {
            tracing::info!(user.id = %user.id, by.id = %caller.person.id, "user deactivated");
            Ok(StatusCode::NO_CONTENT)
        }
        None => Err(Problem::not_found("user")),
    }
}

/// The last admin who shuts themselves out leaves nobody who could let them in again.
pub(super) fn not_oneself() -> Problem {
    let detail = "You can't take away your own access. Another admin can.";
    Problem::new(StatusCode::CONFLICT, "own_access", detail)
}
