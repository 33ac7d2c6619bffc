//! `DELETE /dispensers/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use domain::{DispenserId, WardId};
use http::{Caller, Path, Problem};
use store::DispenserChange;
use uuid::Uuid;

use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Take a dispenser out of use
///
/// Orders name it, so it is not deleted: nothing can be ordered for it any more.
#[utoipa::path(delete, path = "/dispensers/{id}", tag = "dispensers", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Out of use")))]
pub(crate) async fn deactivate_dispenser(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<DispenserId>,
) -> Result<StatusCode, Problem> {
    let change = DispenserChange { is_active: Some(false), ..DispenserChange::default() };
    let changed = backend.store.change_dispenser(id, change, WardId(Uuid::now_v7()), &act(&caller)).await;
    let dispenser = changed.map_err(database_problem)?;
    dispenser.map(|_| StatusCode::NO_CONTENT).ok_or_else(|| Problem::not_found("dispenser"))
}
