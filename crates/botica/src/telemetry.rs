//! Logs and metrics of the process.

use std::io::IsTerminal;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::settings::{LogFormat, Settings};

/// The log of a service.
pub(crate) fn log_to_stdout(settings: &Settings) -> anyhow::Result<()> {
    log(settings, BoxMakeWriter::new(std::io::stdout))
}

/// The log of a command whose result goes to standard output.
pub(crate) fn log_to_stderr(settings: &Settings) -> anyhow::Result<()> {
    log(settings, BoxMakeWriter::new(std::io::stderr))
}

fn log(settings: &Settings, to: BoxMakeWriter) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).context("the setting log is not a filter")?;
    let is_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_terminal)
        .with_writer(to)
        // Where nobody reads the log any more, nobody reads the complaint either, and it would panic.
        .log_internal_errors(false);
    match settings.log_format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}

/// Seconds of histograms other than the HTTP requests', which bring their own.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// Seconds from the order's placing until it is stored: an outage may lie between.
const STORED_SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0];

/// Messages in a batch.
const MESSAGES: [f64; 8] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0];

/// Installs the recorder of metrics; the handle renders them.
pub(crate) fn record_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(http::REQUEST_SECONDS.to_owned()), &http::REQUEST_SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full("botica_order_stored_seconds".to_owned()), &STORED_SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_messages".to_owned()), &MESSAGES)?
        .set_buckets(&SECONDS)?;
    builder.install_recorder().context("metrics are recorded already")
}
