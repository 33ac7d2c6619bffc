//! `POST /dead-letters/{id}/discard`.

use axum::extract::State;
use domain::DiscardReason;
use http::{Caller, Invalid, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DeadLetterBody, why_not};
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Why a message is given up.
#[derive(Deserialize, ToSchema)]
#[schema(as = DiscardDeadLetter)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// In words, for whoever asks later.
    #[schema(min_length = 1, max_length = 500, example = "The ward has placed the order again.")]
    reason: String,
}

/// Give a message up
///
/// It stays, with its content and the reason, and is not listed any more unless asked for.
#[utoipa::path(post, path = "/dead-letters/{id}/discard", tag = "dead letters", request_body = Body,
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Done, or done already by the same person for the same reason", body = DeadLetterBody),
        (status = 409, description = "It does not wait; with its state", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn discard_dead_letter(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(body): Json<Body>,
) -> Result<axum::Json<DeadLetterBody>, Problem> {
    let mut invalid = Invalid::new();
    let reason = invalid.take("/reason", DiscardReason::parse(&body.reason));
    let Some(reason) = reason else { return Err(invalid.into_problem()) };
    let discarded = backend.store.discard_dead_letter(id, &reason, &act(&caller)).await.map_err(database_problem)?;
    discarded.map(|letter| axum::Json(letter.into())).map_err(why_not)
}
