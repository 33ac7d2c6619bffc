//! `GET /dead-letters/{id}`.

use axum::extract::State;
use http::{Caller, Path, Problem};
use uuid::Uuid;

use super::DeadLetterBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// A message that could not be processed
#[utoipa::path(get, path = "/dead-letters/{id}", tag = "dead letters", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The dead letter", body = DeadLetterBody)))]
pub(crate) async fn get_dead_letter(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<DeadLetterBody>, Problem> {
    let letter = backend.store.dead_letter(id).await.map_err(database_problem)?;
    letter.map(|letter| axum::Json(letter.into())).ok_or_else(|| Problem::not_found("dead letter"))
}
