//! The body of an order, and what it is worth.

use axum::http::HeaderMap;
use chrono::Utc;
use domain::{InvalidOrder, NewLine, NewOrder, Note, OrderId, PlacedOrder, Priority, Quantity};
use http::{Caller, Invalid, Problem, TRACEPARENT, current_traceparent, words};
use queue::{Message, PublishError, crash};
use serde::Deserialize;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Publisher;

/// An order to place.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PlaceOrder)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderBody {
    /// The order's id, made by the client (UUID v7), so that sending twice is harmless. Without it the
    /// header `Idempotency-Key` stands in; without both, the server makes one.
    #[serde(default)]
    id: Option<Uuid>,
    /// The dispenser that runs short.
    dispenser_id: Uuid,
    /// How soon it is needed; `routine` unless told.
    #[serde(default)]
    #[schema(value_type = Option<words::Priority>)]
    priority: Option<Priority>,
    /// What is needed: each medication once.
    #[schema(min_items = 1, max_items = 100)]
    lines: Vec<LineBody>,
    /// A remark for the pharmacy.
    #[serde(default)]
    #[schema(max_length = 2000)]
    note: Option<String>,
}

/// One medication and its quantity.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PlaceOrderLine)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineBody {
    /// What.
    medication_id: Uuid,
    /// How many units.
    #[schema(value_type = u32, minimum = 1, maximum = 100_000)]
    quantity: Quantity,
}

/// The header by which a client that makes no ids tells a repeated order from another one.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The longest idempotency key, in characters.
const MAX_KEY: usize = 200;

/// How long a client should wait before it tries again to reach a queue that is away.
const RETRY_AFTER: Duration = Duration::from_secs(2);

impl Publisher {
    /// Turns a body into an order and hands it to the queue.
    ///
    /// # Errors
    /// The body breaks a rule of form; or the queue did not promise to keep the order (503).
    pub(crate) async fn publish(
        &self,
        caller: Caller,
        headers: &HeaderMap,
        body: OrderBody,
    ) -> Result<OrderId, Problem> {
        let order = order(&caller, headers, body)?;
        let id = order.id();
        let placed = PlacedOrder { order, placed_by: caller.person, placed_at: Utc::now() };
        let message = Message::order_placed(&placed, current_traceparent().or_else(|| traceparent(headers)));
        crash::at("publisher.before_publish");
        self.queue.publish(message).await.map_err(|error| unavailable(id, &error))?;
        crash::at("publisher.after_publish");
        metrics::counter!("botica_orders_accepted_total", "priority" => placed.order.priority().as_str()).increment(1);
        tracing::debug!(order.id = %id, "order accepted");
        Ok(id)
    }
}

fn order(caller: &Caller, headers: &HeaderMap, body: OrderBody) -> Result<NewOrder, Problem> {
    let mut invalid = Invalid::new();
    let id = match body.id {
        Some(id) => Some(OrderId(id)),
        None => invalid.take("header/Idempotency-Key", idempotency_key(headers)).map(|key| match key {
            Some(key) => OrderId::from_idempotency_key(caller.person.id, key),
            None => OrderId(Uuid::now_v7()),
        }),
    };
    let note = match body.note.as_deref().map(Note::parse) {
        None => Some(None),
        Some(parsed) => invalid.take("/note", parsed).map(Some),
    };
    let lines: Vec<_> = body
        .lines
        .into_iter()
        .map(|line| NewLine { medication_id: line.medication_id.into(), quantity: line.quantity })
        .collect();
    // Where the id or the note is wrong, stand-ins let the rules of the lines speak in the same answer.
    let stand_in = OrderId(Uuid::max());
    let order = NewOrder::new(
        id.unwrap_or(stand_in),
        body.dispenser_id.into(),
        body.priority.unwrap_or_default(),
        lines,
        note.flatten(),
    );
    match order {
        Ok(order) if invalid.is_empty() => Ok(order),
        Ok(_) => Err(invalid.into_problem()),
        Err(broken) => {
            for rule in broken {
                invalid.add(pointer(&rule), rule.to_string());
            }
            Err(invalid.into_problem())
        }
    }
}

fn pointer(rule: &InvalidOrder) -> String {
    match rule {
        InvalidOrder::NilId => "/id".to_owned(),
        InvalidOrder::NoLines | InvalidOrder::TooManyLines => "/lines".to_owned(),
        InvalidOrder::RepeatedMedication { line, .. } => format!("/lines/{line}/medication_id"),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, String> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (first, second) = (values.next(), values.next());
    match (first.map(|value| value.to_str().map(str::trim)), second) {
        (None, _) => Ok(None),
        (Some(Ok(key)), None) if (1..=MAX_KEY).contains(&key.len()) => Ok(Some(key)),
        _ => Err(format!("must be given once, with 1 to {MAX_KEY} visible ASCII characters")),
    }
}

/// The trace that the client says the request belongs to, for who exports no traces himself: version 00,
/// `00-<trace>-<parent>-<flags>`. What has not the right form is left out.
fn traceparent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(TRACEPARENT)?.to_str().ok()?;
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let lengths: Vec<_> = value.split('-').map(|part| (part.len(), part.chars().all(is_hex))).collect();
    (lengths == [(2, true), (32, true), (16, true), (2, true)]).then(|| value.to_owned())
}

fn unavailable(id: OrderId, error: &PublishError) -> Problem {
    tracing::warn!(order.id = %id, error = %error, "order not accepted");
    metrics::counter!("botica_orders_not_accepted_total").increment(1);
    let (code, detail) = match error {
        PublishError::Full(_) => ("queue_full", "The order queue has no room."),
        PublishError::Unavailable(_) | PublishError::Unconfirmed => {
            ("queue_unavailable", "The order queue did not confirm the order.")
        }
    };
    // Sending the same id again is harmless even if this one did arrive.
    let detail = format!("{detail} Send the same order again, under the same id.");
    Problem::unavailable(code, detail, RETRY_AFTER).with("order_id", id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))])
    }

    #[test]
    fn only_a_well_formed_trace_travels_on() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(traceparent(&headers(TRACEPARENT, good)).as_deref(), Some(good));
        for bad in ["", "00-x-y-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"] {
            assert_eq!(traceparent(&headers(TRACEPARENT, bad)), None);
        }
    }

    #[test]
    fn an_empty_idempotency_key_is_refused() {
        assert_eq!(idempotency_key(&headers(IDEMPOTENCY_KEY, " k ")), Ok(Some("k")));
        assert_eq!(idempotency_key(&HeaderMap::new()), Ok(None));
        assert!(idempotency_key(&headers(IDEMPOTENCY_KEY, "")).is_err());
    }
}
