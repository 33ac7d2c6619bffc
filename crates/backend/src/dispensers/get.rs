//! `GET /dispensers/{id}`.

use axum::extract::State;
use domain::DispenserId;
use http::{Caller, Path, Problem};

use super::DispenserBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// One dispenser
#[utoipa::path(get, path = "/dispensers/{id}", tag = "dispensers", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The dispenser, also when it is out of use", body = DispenserBody)))]
pub(crate) async fn get_dispenser(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<DispenserId>,
) -> Result<axum::Json<DispenserBody>, Problem> {
    let dispenser = backend.store.dispenser(id).await.map_err(database_problem)?;
    backend.with_its_open_calls(dispenser).await
}
