//! `GET /orders/{id}`.

use axum::extract::State;
use axum::response::Response;
use domain::OrderId;
use http::{Caller, Path, Problem};

use super::OrderWithEvents;
use super::step::whole;
use crate::Backend;
use crate::database_problem::database_problem;

/// One order with its history
///
/// An order that was accepted a moment ago may not be stored yet: ask again within the second.
#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The order", body = OrderWithEvents,
        headers(("ETag" = String, description = "The order's version")))))]
pub(crate) async fn get_order(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<OrderId>,
) -> Result<Response, Problem> {
    let order = backend.store.order(id).await.map_err(database_problem)?;
    let order = order.ok_or_else(|| Problem::not_found("order"))?;
    let events = backend.store.events_of(id).await.map_err(database_problem)?;
    Ok(whole(order, events))
}
