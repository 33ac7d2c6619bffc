//! Service 3: takes orders out of the queue and stores them.
//!
//! ```text
//! receive ─► read each message ─► a batch, one transaction ─► commit ─► acknowledge
//! ```
//!
//! Nothing is acknowledged before its effect is committed, so a consumer may be killed at any step:
//! the batch comes again, and what was stored is recognised. While the database is away the batch is
//! held, unacknowledged, and the same batch is tried again until it is back. Where many orders wait, the next batch
//! is begun while the last one is being stored (`store::Turn`).
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

use std::mem;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use queue::{Receive, ReceiveError, Received, Tag, crash};
use store::{Ahead, Arrival, Store};
use tokio_util::sync::CancellationToken;

use batch::Manner;
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
        Options { source: Source::Orders, batch: 512, hold: Duration::from_secs(15 * 60) }
    }
}

/// Batches that are kept at once where many orders wait. A third would have nothing to do but to wait.
const AT_ONCE: usize = 2;

/// Consumes until `stop`; then finishes what it has begun.
///
/// # Errors
/// The queue was closed under it.
pub async fn run(
    receiver: Box<dyn Receive>,
    store: Store,
    options: Options,
    stop: CancellationToken,
) -> Result<(), ReceiveError> {
    let (waiting, batches) = (Waiting::default(), FuturesUnordered::new());
    Consumer { receiver, store, options, stop, waiting, batches, last: None }.run().await
}

struct Consumer {
    receiver: Box<dyn Receive>,
    store: Store,
    options: Options,
    stop: CancellationToken,
    /// Received, and in no batch yet.
    waiting: Waiting,
    /// Being kept.
    batches: FuturesUnordered<BoxFuture<'static, Settled>>,
    /// The last that was begun.
    last: Option<Ahead>,
}

#[derive(Default)]
struct Waiting {
    arrivals: Vec<Arrival>,
    /// Of the arrivals.
    tags: Vec<Tag>,
    /// Not read yet.
    suspects: Vec<Received>,
}

impl Waiting {
    fn add(&mut self, received: Received, source: Source) {
        if suspicion::is_suspected(&received, source) {
            self.suspects.push(received);
        } else {
            self.tags.push(received.tag);
            self.arrivals.push(reading::read(received, source));
        }
    }

    fn len(&self) -> usize {
        self.arrivals.len() + self.suspects.len()
    }
}

/// What is to be said of messages to the queue.
struct Settled {
    tags: Vec<Tag>,
    is_kept: bool,
}

impl Consumer {
    async fn run(mut self) -> Result<(), ReceiveError> {
        let ended = self.consume().await;
        self.finish().await;
        let Waiting { mut tags, suspects, .. } = self.waiting;
        tags.extend(tags_of(&suspects));
        if !tags.is_empty() {
            settle(&mut self.receiver, Settled { tags, is_kept: false }).await;
        }
        ended
    }

    async fn consume(&mut self) -> Result<(), ReceiveError> {
        // SQLite has one writer.
        let at_once = if self.store.is_shared() { AT_ONCE } else { 1 };
        loop {
            let room = self.options.batch.saturating_sub(self.waiting.len());
            // Small batches cost more: beside another, only a whole one is begun.
            let is_enough = if self.batches.is_empty() { self.waiting.len() > 0 } else { room == 0 };
            if is_enough && self.batches.len() < at_once {
                self.begin().await;
                continue;
            }
            let may_gather = at_once > 1 || self.batches.is_empty();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(()),
                Some(settled) = self.batches.next() => settle(&mut self.receiver, settled).await,
                received = self.receiver.receive(room), if room > 0 && may_gather => {
                    let received = received?;
                    crash::at("consumer.received");
                    received.into_iter().for_each(|received| self.waiting.add(received, self.options.source));
                }
            }
        }
    }

    /// Begins to keep what waits. Where something in it is suspected, also ends it.
    async fn begin(&mut self) {
        let patience = Patience { deadline: Instant::now() + self.options.hold, stop: self.stop.clone() };
        let Waiting { arrivals, tags, suspects } = mem::take(&mut self.waiting);
        if !arrivals.is_empty() {
            let (manner, seen) = Manner::behind(self.last.take().filter(|_| !self.batches.is_empty()));
            self.last = Some(seen);
            self.batches.push(keep_together(self.store.clone(), arrivals, tags, manner, patience.clone()).boxed());
        }
        if suspects.is_empty() {
            return;
        }
        if self.finish().await {
            keep_alone(&mut self.receiver, &self.store, suspects, &patience).await;
        } else {
            settle(&mut self.receiver, Settled { tags: tags_of(&suspects), is_kept: false }).await;
        }
    }

    /// Waits for all batches. Whether they were kept.
    async fn finish(&mut self) -> bool {
        let mut are_kept = true;
        while let Some(settled) = self.batches.next().await {
            are_kept &= settled.is_kept;
            settle(&mut self.receiver, settled).await;
        }
        are_kept
    }
}

/// Keeps messages in one transaction.
async fn keep_together(
    store: Store,
    arrivals: Vec<Arrival>,
    tags: Vec<Tag>,
    manner: Manner,
    patience: Patience,
) -> Settled {
    let began = Instant::now();
    let is_kept = batch::keep(&store, arrivals, manner, &patience).await;
    metrics::histogram!("botica_consumer_batch_seconds").record(began.elapsed().as_secs_f64());
    metrics::histogram!("botica_consumer_batch_messages").record(tags.len() as f64);
    Settled { tags, is_kept }
}

/// Keeps suspects one by one. Each is out of the queue before the next is read: that one may be the end.
async fn keep_alone(receiver: &mut Box<dyn Receive>, store: &Store, suspects: Vec<Received>, patience: &Patience) {
    let all = tags_of(&suspects);
    let mut line = match suspicion::line_up(store, suspects, patience).await {
        Ok(line) => line.into_iter(),
        Err(error) => {
            tracing::warn!(error = %error, "suspected messages go back to the queue");
            return settle(receiver, Settled { tags: all, is_kept: false }).await;
        }
    };
    while let Some((received, tries)) = line.next() {
        let tag = received.tag;
        let is_kept = !patience.stop.is_cancelled() && suspicion::try_alone(store, received, tries, patience).await;
        settle(receiver, Settled { tags: vec![tag], is_kept }).await;
        if !is_kept {
            let tags = line.map(|(received, _)| received.tag).collect();
            return settle(receiver, Settled { tags, is_kept: false }).await;
        }
    }
}

fn tags_of(received: &[Received]) -> Vec<Tag> {
    received.iter().map(|received| received.tag).collect()
}

/// Takes messages out of the queue, or gives them back to it.
async fn settle(receiver: &mut Box<dyn Receive>, settled: Settled) {
    let Settled { tags, is_kept } = settled;
    let told = if is_kept { receiver.ack(&tags).await } else { receiver.give_back(&tags).await };
    if is_kept {
        crash::at("consumer.after_ack");
    }
    // A failure leaves the messages in the queue: they come again, and are recognised.
    if let Err(error) = told {
        tracing::warn!(error = %error, messages = tags.len(), "the queue did not take the answer to a batch");
    }
}
