//! One event, ready to be sent.

use std::collections::HashMap;

use axum::body::Bytes;
use domain::{DispenserId, EventKind, OrderId, UserId};
use serde::Serialize;
use store::{Order, OrderEvent, Store, StoreError};
use tracing::Span;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::orders::{EventBody, OrderBody};

/// An event as the stream tells it: what happened, and how the order stands. The order may have gone on
/// already; then its next events follow.
#[derive(Serialize, ToSchema)]
#[schema(as = StreamedEvent)]
pub(crate) struct StreamedEvent {
    /// Which order.
    order_id: Uuid,
    #[serde(flatten)]
    event: EventBody,
    /// How it stands.
    order: OrderBody,
}

/// An event, ready to be sent to whom it concerns.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) seq: i64,
    /// The event before it; who has not had that one missed something.
    pub(crate) previous: i64,
    pub(crate) text: Bytes,
    /// The trace of the order, where this is how it came to be.
    traceparent: Option<String>,
    ward: Option<String>,
    dispenser: DispenserId,
    people: Vec<UserId>,
}

/// Which events one wants; what is not set does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Of orders for dispensers of the ward with this name.
    pub(crate) ward: Option<String>,
    /// Of orders for this dispenser.
    pub(crate) dispenser: Option<DispenserId>,
    /// Of orders that this person placed, has, had until then, or did this to.
    pub(crate) of: Option<UserId>,
}

impl Filter {
    pub(crate) fn wants(&self, item: &Item) -> bool {
        self.ward.as_ref().is_none_or(|ward| item.ward.as_ref() == Some(ward))
            && self.dispenser.is_none_or(|dispenser| item.dispenser == dispenser)
            && self.of.is_none_or(|person| item.people.contains(&person))
    }
}

impl Item {
    /// The showing of a new order on the boards, in its trace; none of what belongs to no trace.
    pub(super) fn showing(&self) -> Span {
        let Some(traceparent) = &self.traceparent else { return Span::none() };
        let span = tracing::info_span!("show", event.seq = self.seq, trace.id = tracing::field::Empty);
        http::continue_trace(&span, Some(traceparent));
        span
    }
}

/// The events after the one with the number `after`, at most `limit`.
pub(super) async fn items_after(store: &Store, after: i64, limit: u64) -> Result<Vec<Item>, StoreError> {
    let events = store.events_after(after, limit).await?;
    let mut ids: Vec<OrderId> = events.iter().map(|event| event.order_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let orders: HashMap<OrderId, Order> =
        store.orders_by_id(&ids).await?.into_iter().map(|order| (order.id, order)).collect();
    let mut previous = after;
    events
        .into_iter()
        .map(|event| {
            let order = orders.get(&event.order_id);
            let order = order.ok_or_else(|| StoreError::Corrupt(format!("event {} has no order", event.seq)))?;
            let item = item(event, order.clone(), previous)?;
            previous = item.seq;
            Ok(item)
        })
        .collect()
}

fn item(event: OrderEvent, order: Order, previous: i64) -> Result<Item, StoreError> {
    let seq = event.seq;
    let is_new = matches!(event.kind, EventKind::Requested | EventKind::Refused);
    let traceparent = order.traceparent.clone().filter(|_| is_new);
    let had_it = event.data.as_ref().and_then(|data| data["accepted_by"]["id"].as_str()?.parse().ok());
    let has_it = order.accepted_by.as_ref().map(|person| person.id);
    let people = [Some(order.requested_by.id), has_it, Some(event.by.id), had_it].into_iter().flatten().collect();
    let (dispenser, place) = (order.dispenser.id, order.dispenser.known.as_ref().map(|(_, _, place)| place));
    let ward = place.map(|place| place.ward.to_string());
    let told = StreamedEvent { order_id: event.order_id.0, event: event.into(), order: order.into() };
    let json = serde_json::to_string(&told).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    // JSON has no line breaks of its own.
    let text = format!("id: {seq}\ndata: {json}\n\n");
    Ok(Item { seq, previous, text: text.into(), traceparent, ward, dispenser, people })
}
