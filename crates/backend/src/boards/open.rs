//! `POST /boards/open`.

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use http::{Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::token_cookie;
use crate::database_problem::database_problem;
use crate::{Backend, random_token};

/// What was shown when the board was created.
#[derive(Deserialize, ToSchema)]
#[schema(as = BoardToken)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The token.
    #[schema(max_length = 200)]
    token: String,
}

/// Make this browser a wall screen
///
/// Sets a cookie, by which `GET /orders` and `GET /orders/stream` are open to it until the board is revoked.
#[utoipa::path(post, path = "/boards/open", tag = "boards", request_body = Body, security(()),
    responses(
        (status = 204, description = "It may look on"),
        (status = 401, description = "The token is none, or was revoked", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn open_board(
    State(backend): State<Backend>,
    jar: CookieJar,
    Json(body): Json<Body>,
) -> Result<(CookieJar, StatusCode), Problem> {
    let board = backend.store.board_of_token(&random_token::hash(&body.token)).await.map_err(database_problem)?;
    board.ok_or_else(Problem::invalid_token)?;
    Ok((jar.add(token_cookie(body.token, backend.sessions)), StatusCode::NO_CONTENT))
}
