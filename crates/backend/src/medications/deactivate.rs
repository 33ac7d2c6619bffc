//! `DELETE /medications/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use domain::MedicationId;
use http::{Caller, Path, Problem};
use store::MedicationChange;

use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// Take a medication out of use
///
/// Orders name it, so it is not deleted: it can't be ordered any more.
#[utoipa::path(delete, path = "/medications/{id}", tag = "medications", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Out of use")))]
pub(crate) async fn deactivate_medication(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<MedicationId>,
) -> Result<StatusCode, Problem> {
    let change = MedicationChange { is_active: Some(false), ..MedicationChange::default() };
    let medication = backend.store.change_medication(id, change, &act(&caller)).await.map_err(database_problem)?;
    medication.map(|_| StatusCode::NO_CONTENT).ok_or_else(|| Problem::not_found("medication"))
}
