//! Stopping: softly at the first signal, firmly at the second or when the time is up.

use http::Running;
use tokio::signal::unix::{SignalKind, signal};

/// What runs in this process, told to end by SIGTERM or SIGINT.
pub(crate) fn on_signals() -> anyhow::Result<Running> {
    let running = Running::default();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = running.clone();
    tokio::spawn(async move {
        for token in [told.stop, told.cut] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            token.cancel();
            tracing::info!("told to stop");
        }
    });
    Ok(running)
}
