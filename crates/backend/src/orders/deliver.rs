//! `POST /orders/{id}/deliver`.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use domain::{Delivery, Label, OrderId, OrderLineId, Quantity, ReasonList, Step};
use http::{Caller, Invalid, OptionalJson, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::OrderWithEvents;
use super::conditions::Conditions;
use super::step::ReasonBody;
use crate::Backend;

/// What is handed over; without lines, all that is left.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = Delivery)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// What; a line may come once for each of its lots.
    #[schema(max_items = 400)]
    lines: Option<Vec<LineBody>>,
    /// Ends the order although something is left, and says why. Without lines nothing more is handed over.
    r#final: Option<ReasonBody>,
    /// Hands a lot over although it has expired, and says why.
    expired: Option<ReasonBody>,
}

/// Units of one line, of one lot.
#[derive(Deserialize, ToSchema)]
#[schema(as = DeliveryLine)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineBody {
    /// Which line.
    line_id: Uuid,
    /// How much; at most what is left.
    #[schema(value_type = u32, minimum = 1, maximum = 100_000)]
    quantity: Quantity,
    /// The manufacturer's number of the lot, where it is known.
    #[schema(min_length = 1, max_length = 200)]
    lot: Option<String>,
    /// The last day on which it may be used, where it is known: a date without a zone, as it is printed.
    expires_on: Option<NaiveDate>,
}

/// The most entries of one delivery: the longest order in four lots a line, which a body still holds.
const MAX_ENTRIES: usize = 400;

/// Hand an order over, or a part of it
///
/// Less than ordered leaves it open, with the remainder on each line. Sent again within a minute, the
/// same part is the same part; `If-Match` or another `Idempotency-Key` says that it is another one. Of a lot
/// that is recorded the expiry is known without being sent; one that has expired is not handed over unless
/// `expired` says why.
#[utoipa::path(post, path = "/orders/{id}/deliver", tag = "orders", request_body = Option<Body>,
    params(("id" = Uuid, Path), Conditions),
    responses(
        (status = 200, description = "On record, or on record already", body = OrderWithEvents,
            headers(("ETag" = String, description = "The order's version"))),
        (status = 409, description = "It stands elsewhere, somebody else has it, less is left, or a lot has expired; with its state", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has another version", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn deliver_order(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<OrderId>,
    conditions: Conditions,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<Response, Problem> {
    let Body { lines, r#final, expired } = body.unwrap_or_default();
    let lines = lines.map(deliveries).transpose()?;
    let reason = r#final.map(|reason| reason.parse(ReasonList::Short, "/final")).transpose()?;
    let step = Step::Deliver { lines, is_final: reason.is_some() };
    let expired = expired.map(|reason| reason.parse(ReasonList::Expired, "/expired")).transpose()?;
    backend.deliver(id, step, reason, expired, conditions, &caller).await
}

fn deliveries(lines: Vec<LineBody>) -> Result<Vec<Delivery>, Problem> {
    let mut invalid = Invalid::new();
    if lines.len() > MAX_ENTRIES {
        invalid.take("/lines", Err::<(), _>(format!("must have at most {MAX_ENTRIES} entries")));
        return Err(invalid.into_problem());
    }
    let mut deliveries = Vec::with_capacity(lines.len());
    for (position, line) in lines.into_iter().enumerate() {
        let lot = invalid.take(format!("/lines/{position}/lot"), line.lot.as_deref().map(Label::parse).transpose());
        deliveries.extend(lot.map(|lot| Delivery {
            line_id: OrderLineId(line.line_id),
            quantity: line.quantity,
            lot,
            expires_on: line.expires_on,
        }));
    }
    if invalid.is_empty() { Ok(deliveries) } else { Err(invalid.into_problem()) }
}
