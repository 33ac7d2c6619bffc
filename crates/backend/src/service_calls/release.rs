//! `POST /service-calls/{id}/release`.

use axum::extract::State;
use axum::response::Response;
use domain::{ServiceCallId, ServiceCallStep};
use http::{Caller, Path, Problem};

use super::ServiceCallBody;
use crate::Backend;
use crate::if_match::IfMatch;

/// Leave a service call to others
///
/// Anyone in the pharmacy may: whoever started it may have gone home.
#[utoipa::path(post, path = "/service-calls/{id}/release", tag = "service calls",
    params(("id" = Uuid, Path), IfMatch),
    responses(
        (status = 200, description = "Done, or done already by the same person", body = ServiceCallBody,
            headers(("ETag" = String, description = "The call's version"))),
        (status = 409, description = "It stands elsewhere; with its state", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has another version", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn release_service_call(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<ServiceCallId>,
    if_match: IfMatch,
) -> Result<Response, Problem> {
    backend.step_service_call(id, ServiceCallStep::Release, if_match, &caller).await
}
