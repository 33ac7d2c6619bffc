//! `POST /service-calls/{id}/resolve`.

use axum::extract::State;
use axum::response::Response;
use domain::{Note, ServiceCallId, ServiceCallStep};
use http::{Caller, Invalid, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ServiceCallBody;
use crate::Backend;
use crate::if_match::IfMatch;

/// What came of it.
#[derive(Deserialize, ToSchema)]
#[schema(as = ServiceCallOutcome)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// What was done.
    #[schema(min_length = 1, max_length = 2000)]
    outcome: String,
}

/// Close a service call as resolved
///
/// By who started it; an admin may step in.
#[utoipa::path(post, path = "/service-calls/{id}/resolve", tag = "service calls", request_body = Body,
    params(("id" = Uuid, Path), IfMatch),
    responses(
        (status = 200, description = "Done, or done already by the same person", body = ServiceCallBody,
            headers(("ETag" = String, description = "The call's version"))),
        (status = 409, description = "It stands elsewhere, or somebody else has it; with its state", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has another version", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn resolve_service_call(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<ServiceCallId>,
    if_match: IfMatch,
    Json(body): Json<Body>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let Some(outcome) = invalid.take("/outcome", Note::parse(&body.outcome)) else {
        return Err(invalid.into_problem());
    };
    backend.step_service_call(id, ServiceCallStep::Resolve { outcome }, if_match, &caller).await
}
