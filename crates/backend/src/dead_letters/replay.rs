//! `POST /dead-letters/{id}/replay`.

use axum::extract::State;
use http::{Caller, Path, Problem};
use uuid::Uuid;

use super::{DeadLetterBody, why_not};
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Have a message processed again
///
/// It is put into the order queue again, as it came, within seconds: it is `replaying` until then, and `replayed`
/// after. If it can't be processed this time either, it waits again, with the reason and one more in `seen`.
#[utoipa::path(post, path = "/dead-letters/{id}/replay", tag = "dead letters", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Done, or done already by the same person", body = DeadLetterBody),
        (status = 409, description = "It does not wait; with its state", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn replay_dead_letter(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<DeadLetterBody>, Problem> {
    let replayed = backend.store.replay_dead_letter(id, &act(&caller)).await.map_err(database_problem)?;
    replayed.map(|letter| axum::Json(letter.into())).map_err(why_not)
}
