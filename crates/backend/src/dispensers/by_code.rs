//! `GET /dispensers/by-code/{code}`.

use axum::extract::State;
use domain::DispenserCode;
use http::{Caller, Path, Problem};

use super::DispenserBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// The dispenser with this code
///
/// The code may come as people type it: in any case, with or without spaces and hyphens.
#[utoipa::path(get, path = "/dispensers/by-code/{code}", tag = "dispensers",
    params(("code" = String, Path, description = "The code on its label", example = "7K3M-9PX2")),
    responses((status = 200, description = "The dispenser, also when it is out of use", body = DispenserBody)))]
pub(crate) async fn get_dispenser_by_code(
    State(backend): State<Backend>,
    _: Caller,
    Path(code): Path<DispenserCode>,
) -> Result<axum::Json<DispenserBody>, Problem> {
    let dispenser = backend.store.dispenser_by_code(&code).await.map_err(database_problem)?;
    backend.with_its_open_calls(dispenser).await
}
