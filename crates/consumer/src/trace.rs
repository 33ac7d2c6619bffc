//! W3C trace context: what a message does here belongs to the trace of the request that made it.

use std::collections::HashMap;

use opentelemetry::global::get_text_map_propagator;
use opentelemetry::trace::TraceContextExt;
use store::Arrival;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The storing of one message. None for a message that belongs to no trace, and where nobody exports traces, which
/// is where nothing reads and writes their names.
pub(crate) fn storing(arrival: &Arrival) -> Span {
    let is_exported = get_text_map_propagator(|propagator| propagator.fields().next().is_some());
    let Some(traceparent) = arrival.letter.traceparent.clone().filter(|_| is_exported) else { return Span::none() };
    let id = arrival.letter.message_id.as_deref().unwrap_or_default();
    let span = tracing::info_span!("store", order.id = id, trace.id = tracing::field::Empty);
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent)]);
    // Fails only where the span is not among those that are exported.
    drop(span.set_parent(get_text_map_propagator(|propagator| propagator.extract(&carrier))));
    let context = span.context();
    let context = context.span().span_context().clone();
    if context.is_valid() {
        span.record("trace.id", tracing::field::display(context.trace_id()));
    }
    span
}
