//! Logs, traces and metrics of the process.

use std::fmt::{self, Debug};
use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio_util::sync::CancellationToken;
use tracing::field::Field;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};
use url::Url;

use crate::settings::{LogFormat, Settings};

/// Traces on their way out.
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Sends what is left, for a second at most: an end must not wait for whoever collects traces.
    pub(crate) async fn flush(self) {
        if let Some(provider) = self.0 {
            // What can't be sent is not worth a word at the end.
            drop(tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await);
        }
    }
}

/// How long the last traces may take.
const FLUSH: Duration = Duration::from_secs(1);

/// The log and the traces of a service.
pub(crate) fn of_service(settings: &Settings) -> anyhow::Result<Traces> {
    let provider = settings.otlp_endpoint.as_ref().map(|endpoint| traces(settings, endpoint)).transpose()?;
    log(settings, BoxMakeWriter::new(std::io::stdout), provider.as_ref())?;
    Ok(Traces(provider))
}

/// The log of a command whose result goes to standard output.
pub(crate) fn log_to_stderr(settings: &Settings) -> anyhow::Result<()> {
    log(settings, BoxMakeWriter::new(std::io::stderr), None)
}

fn log(settings: &Settings, to: BoxMakeWriter, traces: Option<&SdkTracerProvider>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).context("the setting log is not a filter")?;
    let is_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(is_terminal)
        .with_writer(to)
        // Where nobody reads the log any more, nobody reads the complaint either, and it would panic.
        .log_internal_errors(false);
    let lines = match settings.log_format {
        LogFormat::Text => lines.with_target(false).fmt_fields(debug_fn(field).delimited(" ")).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // What is traced does not depend on what is logged.
    let traced = traces.map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("botica"))
            .with_location(false)
            .with_threads(false)
            .with_filter(EnvFilter::new("off,botica_http=info,consumer=info,backend=info,publisher=info"))
    });
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(traced).init();
    Ok(())
}

/// One field of a line. Those of a span are written when it begins, whether or not anything is said in it: the
/// library's own way, which has a style for each part of a field, takes twice as long, also where styles are off.
fn field(line: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    match field.name() {
        "message" => write!(line, "{value:?}"),
        name => write!(line, "{name}={value:?}"),
    }
}

/// Spans go to `endpoint` in batches, from a thread of their own; where it does not answer they are dropped.
fn traces(settings: &Settings, endpoint: &Url) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/')))
        .with_timeout(EXPORT)
        .build()
        .context("traces can't be sent to otlp_endpoint")?;
    let roles: Vec<String> = settings.role.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    let name = if roles.len() == 1 { format!("botica-{}", roles[0]) } else { "botica".to_owned() };
    let resource = Resource::builder()
        .with_service_name(name)
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("botica.roles", roles.join(",")),
        ])
        .build();
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// How long one batch of traces may take.
const EXPORT: Duration = Duration::from_secs(5);

/// Seconds of histograms other than the HTTP requests', which bring their own.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// Seconds from the order's placing until it is stored: an outage may lie between.
const STORED_SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0];

/// Messages in a batch, up to the most that there are unless somebody sets another size.
const MESSAGES: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 512.0];

/// Installs the recorder of metrics; the handle renders them.
pub(crate) fn record_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(http::REQUEST_SECONDS.to_owned()), &http::REQUEST_SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full("botica_order_stored_seconds".to_owned()), &STORED_SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_messages".to_owned()), &MESSAGES)?
        .set_buckets(&SECONDS)?;
    builder.install_recorder().context("metrics are recorded already")
}

/// How often what was recorded is summed up.
const SUM_UP: Duration = Duration::from_secs(5);

/// Sums up what was recorded, again and again until `stop`: the recorder keeps each single value until somebody
/// asks for the metrics, and nobody may.
pub(crate) async fn keep_small(recorded: PrometheusHandle, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(SUM_UP)).await.is_some() {
        recorded.run_upkeep();
    }
}
