//! `GET /service-calls/{id}`.

use axum::extract::State;
use axum::response::Response;
use domain::ServiceCallId;
use http::{Caller, Path, Problem};

use super::ServiceCallBody;
use super::step::whole;
use crate::Backend;
use crate::database_problem::database_problem;

/// One service call
#[utoipa::path(get, path = "/service-calls/{id}", tag = "service calls", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The call", body = ServiceCallBody,
        headers(("ETag" = String, description = "The call's version")))))]
pub(crate) async fn get_service_call(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<ServiceCallId>,
) -> Result<Response, Problem> {
    let call = backend.store.service_call(id).await.map_err(database_problem)?;
    call.map(whole).ok_or_else(|| Problem::not_found("service call"))
}
