//! `DELETE /boards/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use domain::BoardId;
use http::{Caller, Path, Problem};

use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Let a wall screen look on no more
///
/// Its token is good for nothing at once; a stream that it has open ends within seconds.
#[utoipa::path(delete, path = "/boards/{id}", tag = "boards", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Revoked, now or before")))]
pub(crate) async fn revoke_board(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<BoardId>,
) -> Result<StatusCode, Problem> {
    let board = backend.store.revoke_board(id, &act(&caller)).await.map_err(database_problem)?;
    board.map(|_| StatusCode::NO_CONTENT).ok_or_else(|| Problem::not_found("board"))
}
