//! Service 3: takes orders out of the queue and stores them.
//!
//! ```text
//! receive a batch ─► read each message ─► one transaction ─► commit ─► acknowledge
//! ```
//!
//! Nothing is acknowledged before its effect is committed, so a consumer may be killed at any step:
//! the batch comes again, and what was stored is recognised. While the database is away the batch is
//! held, unacknowledged, and the same batch is tried again until it is back.
//!
//! What can't be read becomes a dead letter, also a message that kills its reader (`suspicion.rs`). [`replay`] puts
//! dead letters into the queue again.

mod batch;
mod database;
mod reading;
mod replayer;
mod retry;
mod suspicion;
mod trace;

use std::time::{Duration, Instant};

use queue::{Receive, ReceiveError, Received, Tag, crash};
use store::Store;
use tokio_util::sync::CancellationToken;

use database::Patience;
pub use replayer::replay;

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

/// Consumes until `stop`; then finishes what it has begun.
///
/// # Errors
/// The queue was closed under it.
pub async fn run(
    mut receiver: Box<dyn Receive>,
    store: Store,
    options: Options,
    stop: CancellationToken,
) -> Result<(), ReceiveError> {
    loop {
        let received = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            received = receiver.receive(options.batch) => received?,
        };
        crash::at("consumer.received");
        let patience = Patience { deadline: Instant::now() + options.hold, stop: stop.clone() };
        let (suspects, others): (Vec<_>, Vec<_>) =
            received.into_iter().partition(|received| suspicion::is_suspected(received, options.source));
        let is_kept = others.is_empty() || keep_together(&mut receiver, &store, &options, others, &patience).await;
        if suspects.is_empty() {
            continue;
        }
        if is_kept {
            keep_alone(&mut receiver, &store, suspects, &patience).await;
        } else {
            settle(&mut receiver, &tags(&suspects), false).await;
        }
    }
}

/// Keeps messages in one transaction. Whether they were kept.
async fn keep_together(
    receiver: &mut Box<dyn Receive>,
    store: &Store,
    options: &Options,
    received: Vec<Received>,
    patience: &Patience,
) -> bool {
    let (tags, began) = (tags(&received), Instant::now());
    let batch = received.iter().map(|received| reading::read(received, options.source)).collect();
    let is_kept = batch::keep(store, batch, None, patience).await;
    metrics::histogram!("botica_consumer_batch_seconds").record(began.elapsed().as_secs_f64());
    metrics::histogram!("botica_consumer_batch_messages").record(tags.len() as f64);
    settle(receiver, &tags, is_kept).await;
    is_kept
}

/// Keeps suspects one by one. Each is out of the queue before the next is read: that one may be the end.
async fn keep_alone(receiver: &mut Box<dyn Receive>, store: &Store, suspects: Vec<Received>, patience: &Patience) {
    let all = tags(&suspects);
    let mut line = match suspicion::line_up(store, suspects, patience).await {
        Ok(line) => line.into_iter(),
        Err(error) => {
            tracing::warn!(error = %error, "suspected messages go back to the queue");
            return settle(receiver, &all, false).await;
        }
    };
    while let Some((received, tries)) = line.next() {
        let is_kept = !patience.stop.is_cancelled() && suspicion::try_alone(store, &received, tries, patience).await;
        settle(receiver, &[received.tag], is_kept).await;
        if !is_kept {
            let rest: Vec<Tag> = line.map(|(received, _)| received.tag).collect();
            return settle(receiver, &rest, false).await;
        }
    }
}

fn tags(received: &[Received]) -> Vec<Tag> {
    received.iter().map(|received| received.tag).collect()
}

/// Takes messages out of the queue, or gives them back to it.
async fn settle(receiver: &mut Box<dyn Receive>, tags: &[Tag], is_kept: bool) {
    let settled = if is_kept { receiver.ack(tags).await } else { receiver.give_back(tags).await };
    if is_kept {
        crash::at("consumer.after_ack");
    }
    // A failure leaves the messages in the queue: they come again, and are recognised.
    if let Err(error) = settled {
        tracing::warn!(error = %error, messages = tags.len(), "the queue did not take the answer to a batch");
    }
}
