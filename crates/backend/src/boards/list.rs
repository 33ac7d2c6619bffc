//! `GET /boards`.

use axum::extract::State;
use http::{Caller, Page, Problem};

use super::BoardBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// All wall screens, those that may look on first
#[utoipa::path(get, path = "/boards", tag = "boards",
    responses((status = 200, description = "Boards, without their tokens", body = Page<BoardBody>)))]
pub(crate) async fn list_boards(
    State(backend): State<Backend>,
    _: Caller,
) -> Result<axum::Json<Page<BoardBody>>, Problem> {
    let boards = backend.store.boards().await.map_err(database_problem)?;
    Ok(axum::Json(Page::whole(boards.into_iter().map(Into::into))))
}
