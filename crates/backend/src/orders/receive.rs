//! `POST /orders/{id}/receive`.

use axum::extract::State;
use axum::response::Response;
use domain::{OrderId, Step};
use http::{Caller, Path, Problem};

use super::OrderWithEvents;
use super::conditions::Conditions;
use crate::Backend;

/// Confirm that an order arrived
///
/// The ward's word that what was delivered is there.
#[utoipa::path(post, path = "/orders/{id}/receive", tag = "orders",
    params(("id" = Uuid, Path), Conditions),
    responses(
        (status = 200, description = "Done, or done already by the same person", body = OrderWithEvents,
            headers(("ETag" = String, description = "The order's version"))),
        (status = 409, description = "It stands elsewhere or somebody else has it; with its state", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has another version", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn receive_order(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<OrderId>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    backend.step(id, Step::Receive, None, conditions, &caller).await
}
