//! `POST /orders/{id}/feedback`.

use axum::extract::State;
use axum::http::StatusCode;
use domain::{FeedbackId, Note, OrderId, Rating};
use http::{Caller, Invalid, Json, Path, Problem};
use serde::Deserialize;
use store::NotRated;
use utoipa::ToSchema;
use uuid::Uuid;

use super::FeedbackBody;
use super::step::not_allowed;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// How it was.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewFeedback)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// From 1 (bad) to 5 (good).
    #[schema(minimum = 1, maximum = 5)]
    rating: i64,
    /// In words.
    #[schema(min_length = 1, max_length = 2000)]
    comment: Option<String>,
}

/// Rate a delivered order
///
/// By who placed it, once. The same rating again is the same rating.
#[utoipa::path(post, path = "/orders/{id}/feedback", tag = "orders", request_body = Body,
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "On record, or on record already", body = FeedbackBody),
        (status = 409, description = "It is not delivered yet, or was rated otherwise", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn rate_order(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<OrderId>,
    Json(body): Json<Body>,
) -> Result<axum::Json<FeedbackBody>, Problem> {
    let mut invalid = Invalid::new();
    let rating = invalid.take("/rating", Rating::new(body.rating));
    let comment = invalid.take("/comment", body.comment.as_deref().map(Note::parse).transpose());
    let (Some(rating), Some(comment)) = (rating, comment) else { return Err(invalid.into_problem()) };
    let new = FeedbackId(Uuid::now_v7());
    let rated = backend.store.rate(id, new, rating, comment.as_ref(), &act(&caller)).await.map_err(database_problem)?;
    match rated {
        Ok(given) => Ok(axum::Json(given.into())),
        Err(NotRated::NoSuchOrder) => Err(Problem::not_found("order")),
        Err(NotRated::Already(_)) => {
            let detail = "You have rated this order already, otherwise. A rating stays as it was given.";
            Err(Problem::new(StatusCode::CONFLICT, "rated_already", detail))
        }
        Err(NotRated::Refused(refusal, order)) => Err(not_allowed(&refusal, *order)),
    }
}
