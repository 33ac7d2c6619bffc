//! `POST /service-calls/{id}/cancel`.

use axum::extract::State;
use axum::response::Response;
use domain::{Note, ServiceCallId, ServiceCallStep};
use http::{Caller, Invalid, OptionalJson, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ServiceCallBody;
use crate::Backend;
use crate::if_match::IfMatch;

/// Why, where it is worth saying.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = ServiceCallCancellation)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// In words.
    #[schema(min_length = 1, max_length = 2000)]
    note: Option<String>,
}

/// Call a service call off
///
/// Until it is resolved: nurses their own, the pharmacy any. The note becomes its outcome.
#[utoipa::path(post, path = "/service-calls/{id}/cancel", tag = "service calls", request_body = Option<Body>,
    params(("id" = Uuid, Path), IfMatch),
    responses(
        (status = 200, description = "Done, or done already by the same person", body = ServiceCallBody,
            headers(("ETag" = String, description = "The call's version"))),
        (status = 409, description = "It stands elsewhere; with its state", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has another version", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn cancel_service_call(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<ServiceCallId>,
    if_match: IfMatch,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let note = body.unwrap_or_default().note;
    let Some(note) = invalid.take("/note", note.as_deref().map(Note::parse).transpose()) else {
        return Err(invalid.into_problem());
    };
    backend.step_service_call(id, ServiceCallStep::Cancel { note }, if_match, &caller).await
}
