//! `POST /orders/{id}/release`.

use axum::extract::State;
use axum::response::Response;
use domain::{OrderId, Step};
use http::{Caller, Path, Problem};

use super::OrderWithEvents;
use super::conditions::Conditions;
use crate::Backend;

/// Give an order back to the queue
///
/// Anyone in the pharmacy may: whoever took it may have gone home.
#[utoipa::path(post, path = "/orders/{id}/release", tag = "orders",
    params(("id" = Uuid, Path), Conditions),
    responses(
        (status = 200, description = "Done, or done already by the same person", body = OrderWithEvents,
            headers(("ETag" = String, description = "The order's version"))),
        (status = 409, description = "It stands elsewhere or somebody else has it; with its state", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has another version", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn release_order(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<OrderId>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    backend.step(id, Step::Release, None, conditions, &caller).await
}
