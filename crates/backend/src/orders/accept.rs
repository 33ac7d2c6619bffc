//! `POST /orders/{id}/accept`.

use axum::extract::State;
use axum::response::Response;
use domain::{OrderId, Step};
use http::{Caller, Path, Problem};

use super::OrderWithEvents;
use super::conditions::Conditions;
use crate::Backend;

/// Take an order
///
/// One technician takes it; whoever comes second is told who has it.
#[utoipa::path(post, path = "/orders/{id}/accept", tag = "orders",
    params(("id" = Uuid, Path), Conditions),
    responses(
        (status = 200, description = "Done, or done already by the same person", body = OrderWithEvents,
            headers(("ETag" = String, description = "The order's version"))),
        (status = 409, description = "It stands elsewhere or somebody else has it; with its state", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has another version", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn accept_order(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<OrderId>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    backend.step(id, Step::Accept, None, conditions, &caller).await
}
