//! `POST /orders`.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use http::{Json, Problem, words};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Publisher;
use crate::allowance::Placer;
use crate::order_body::OrderBody;

/// The order is safe in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderAccepted {
    /// The order's id.
    id: Uuid,
    /// Where it will stand once it is stored.
    #[schema(value_type = words::Status)]
    status: domain::Status,
}

/// Place an order
///
/// `202` means that the order is kept durably and will be stored, also if every process dies now.
/// Placing the same order again, by the same id or idempotency key, has no further effect. When it is stored,
/// an order that names something unknown, or a controlled medication without the right to order such, is
/// refused; `GET /orders/{id}` says why.
#[utoipa::path(
    post, path = "/orders", tag = "orders",
    params(("Idempotency-Key" = Option<String>, Header, description = "Stands in for `id`: the same key is the same order", min_length = 1, max_length = 200)),
    request_body = OrderBody,
    responses(
        (status = 202, description = "Accepted", body = OrderAccepted,
            headers(("Location" = String, description = "Where the order can be read"))),
    ),
)]
pub(crate) async fn place_order(
    State(publisher): State<Publisher>,
    Placer(caller): Placer,
    headers: HeaderMap,
    Json(body): Json<OrderBody>,
) -> Result<(StatusCode, [(HeaderName, String); 1], axum::Json<OrderAccepted>), Problem> {
    let id = publisher.publish(caller, &headers, body).await?;
    let accepted = OrderAccepted { id: id.0, status: domain::Status::Requested };
    Ok((StatusCode::ACCEPTED, [(LOCATION, format!("/orders/{id}"))], axum::Json(accepted)))
}
