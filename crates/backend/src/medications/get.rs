//! `GET /medications/{id}`.

use axum::extract::State;
use domain::MedicationId;
use http::{Caller, Path, Problem};

use super::MedicationBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// One medication
#[utoipa::path(get, path = "/medications/{id}", tag = "medications", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The medication, also when it is not in use any more", body = MedicationBody)))]
pub(crate) async fn get_medication(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<MedicationId>,
) -> Result<axum::Json<MedicationBody>, Problem> {
    let medication = backend.store.medication(id).await.map_err(database_problem)?;
    medication.map(|medication| axum::Json(medication.into())).ok_or_else(|| Problem::not_found("medication"))
}
