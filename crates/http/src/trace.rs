//! W3C trace context (<https://www.w3.org/TR/trace-context/>): the thread that leads from a request through the
//! queue to the row and on to the boards.

use std::collections::HashMap;

use opentelemetry::global::get_text_map_propagator;
use opentelemetry::trace::TraceContextExt;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header, in HTTP as in messages.
pub const TRACEPARENT: &str = "traceparent";

/// Makes `span` a child of the one that `traceparent` names, if it names one, and gives it the trace's id as its
/// field `trace.id`. Without an exporter of traces it does nothing.
pub fn continue_trace(span: &Span, traceparent: Option<&str>) {
    if !is_exported() {
        return;
    }
    if let Some(traceparent) = traceparent {
        let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
        // Fails only where the span is not among those that are exported.
        drop(span.set_parent(get_text_map_propagator(|propagator| propagator.extract(&carrier))));
    }
    let context = span.context();
    let context = context.span().span_context().clone();
    if context.is_valid() {
        span.record("trace.id", tracing::field::display(context.trace_id()));
    }
}

/// The `traceparent` of what the current span begins; `None` without an exporter of traces.
pub fn current_traceparent() -> Option<String> {
    if !is_exported() {
        return None;
    }
    let mut carrier = HashMap::new();
    get_text_map_propagator(|propagator| propagator.inject_context(&Span::current().context(), &mut carrier));
    carrier.remove(TRACEPARENT)
}

/// Whether anybody exports traces: only then is there something that reads and writes their names.
fn is_exported() -> bool {
    get_text_map_propagator(|propagator| propagator.fields().next().is_some())
}
