//! `POST /orders/{id}/cancel`.

use axum::extract::State;
use axum::response::Response;
use domain::{OrderId, ReasonList, Step};
use http::{Caller, Json, Path, Problem};

use super::OrderWithEvents;
use super::conditions::Conditions;
use super::step::ReasonBody;
use crate::Backend;

/// Call an order off
///
/// Until it is delivered: nurses their own, the pharmacy any; with a reason.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "orders", request_body = ReasonBody,
    params(("id" = Uuid, Path), Conditions),
    responses(
        (status = 200, description = "Done, or done already by the same person", body = OrderWithEvents,
            headers(("ETag" = String, description = "The order's version"))),
        (status = 409, description = "It stands elsewhere; with its state", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has another version", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn cancel_order(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<OrderId>,
    conditions: Conditions,
    Json(body): Json<ReasonBody>,
) -> Result<Response, Problem> {
    let reason = body.parse(ReasonList::Cancel, "")?;
    backend.step(id, Step::Cancel, Some(reason), conditions, &caller).await
}
