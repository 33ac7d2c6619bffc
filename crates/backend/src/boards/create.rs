//! `POST /boards`.

use axum::extract::State;
use axum::http::StatusCode;
use domain::{BoardId, Label};
use http::{Caller, Invalid, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{BoardBody, new_token};
use crate::act::act;
use crate::database_problem::database_problem;
use crate::{Backend, random_token};

/// A wall screen to let look on.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewBoard)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Where it hangs.
    #[schema(min_length = 1, max_length = 200, example = "Farmácia central")]
    name: String,
}

/// A board with its token.
#[derive(Serialize, ToSchema)]
pub(crate) struct BoardWithToken {
    #[serde(flatten)]
    board: BoardBody,
    /// To be given to the screen; shown only now.
    token: String,
}

/// Let a wall screen look on
///
/// Its token reads orders and their stream, and nothing else: it goes to `POST /boards/open` from the screen's
/// browser, or as a bearer token.
#[utoipa::path(post, path = "/boards", tag = "boards", request_body = Body,
    responses((status = 201, description = "Created, with its token", body = BoardWithToken)))]
pub(crate) async fn create_board(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<Body>,
) -> Result<(StatusCode, axum::Json<BoardWithToken>), Problem> {
    let mut invalid = Invalid::new();
    let name = invalid.take("/name", Label::parse(&body.name));
    let Some(name) = name else { return Err(invalid.into_problem()) };
    let (id, token) = (BoardId(Uuid::now_v7()), new_token());
    let created = backend.store.create_board(id, &name, random_token::hash(&token), &act(&caller)).await;
    let board = created.map_err(database_problem)?.into();
    Ok((StatusCode::CREATED, axum::Json(BoardWithToken { board, token })))
}
