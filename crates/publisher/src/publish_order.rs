//! `POST /publish_order`: placing an order as the first services did.

use axum::extract::State;
use axum::http::HeaderMap;
use http::{Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Publisher;
use crate::allowance::Placer;
use crate::order_body::OrderBody;

/// The order is safe in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderPublished {
    /// Always the same words.
    #[schema(example = "Order published successfully")]
    message: &'static str,
    /// The order's id.
    id: Uuid,
}

/// Place an order, by its older address
///
/// The same as `POST /orders`, with the answer that older clients expect.
#[utoipa::path(
    post, path = "/publish_order", tag = "orders",
    params(("Idempotency-Key" = Option<String>, Header, description = "Stands in for `id`: the same key is the same order", min_length = 1, max_length = 200)),
    request_body = OrderBody,
    responses((status = 200, description = "Accepted", body = OrderPublished)),
)]
pub(crate) async fn publish_order(
    State(publisher): State<Publisher>,
    Placer(caller): Placer,
    headers: HeaderMap,
    Json(body): Json<OrderBody>,
) -> Result<axum::Json<OrderPublished>, Problem> {
    let id = publisher.publish(caller, &headers, body).await?;
    Ok(axum::Json(OrderPublished { message: "Order published successfully", id: id.0 }))
}
