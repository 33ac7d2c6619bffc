//! Service 3: takes orders out of the queue and stores them.
//!
//! ```text
//! receive a batch ─► read each message ─► one transaction ─► commit ─► acknowledge
//! ```
//!
//! Nothing is acknowledged before its effect is committed, so a consumer may be killed at any step:
//! the batch comes again, and what was stored is recognised. While the database is away the batch is
//! held, unacknowledged, and the same batch is tried again until it is back.

mod batch;
mod retry;

use std::time::{Duration, Instant};

use queue::{Receive, ReceiveError, Received};
use store::Store;
use tokio_util::sync::CancellationToken;

use batch::Keeper;

/// Which queue is consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The order queue.
    #[default]
    Orders,
    /// The queue into which the broker puts what it gave up: all of it becomes dead letters.
    Dead,
}

/// How the consumer works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which queue it consumes.
    pub source: Source,
    /// The most messages of one transaction.
    pub batch: usize,
    /// For how long a batch is held while the database is away, before it is given back to the queue.
    /// Below the broker's acknowledgement time-out, which is 30 minutes on RabbitMQ.
    pub hold: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { source: Source::Orders, batch: 200, hold: Duration::from_secs(15 * 60) }
    }
}

/// Consumes until `stop`; then finishes the batch that it has.
///
/// # Errors
/// The queue was closed under it.
pub async fn run(
    mut receiver: Box<dyn Receive>,
    store: Store,
    options: Options,
    stop: CancellationToken,
) -> Result<(), ReceiveError> {
    let keeper = Keeper { store, source: options.source, hold: options.hold };
    loop {
        let received = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            received = receiver.receive(options.batch) => received?,
        };
        let tags: Vec<_> = received.iter().map(|message| message.tag).collect();
        let settled = if keep(&keeper, received, &stop).await {
            receiver.ack(&tags).await
        } else {
            receiver.give_back(&tags).await
        };
        // A failure leaves the messages in the queue: they come again, and are recognised.
        if let Err(error) = settled {
            tracing::warn!(error = %error, messages = tags.len(), "the queue did not take the answer to a batch");
        }
    }
}

/// Whether the batch was kept, and is to be acknowledged.
async fn keep(keeper: &Keeper, received: Vec<Received>, stop: &CancellationToken) -> bool {
    let (count, began) = (received.len(), Instant::now());
    let is_kept = keeper.keep(received, stop).await;
    metrics::histogram!("botica_consumer_batch_seconds").record(began.elapsed().as_secs_f64());
    metrics::histogram!("botica_consumer_batch_messages").record(count as f64);
    is_kept
}
