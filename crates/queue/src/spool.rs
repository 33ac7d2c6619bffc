//! Publishing that goes on while the broker is away.
//!
//! An order goes to the broker as long as that is up. Otherwise, and when the broker does not promise in
//! time to keep it, it goes into a local queue, the spool, whose sync is as good a promise. One task
//! forwards what is there, oldest first, and takes a message out only after the broker's confirm. Orders that
//! come meanwhile do not wait behind it: each stands for itself.
//!
//! A message whose confirm was lost is then with the broker and in the spool: stored twice is stored once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::join_all;
use metrics::{counter, gauge};
use tokio::{task::unconstrained, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Link, Message, Publish, PublishError, Receive, ReceiveError, Received,
    local::{Depth, LocalPublisher, LocalQueue},
};

/// Messages that are forwarded at once: one sync of the spool for so many confirms.
const AT_ONCE: usize = 200;

/// Between two tries when the broker is up and yet takes no message.
const PAUSE: Duration = Duration::from_millis(500);

/// Between two looks at how much waits.
const LOOK: Duration = Duration::from_secs(1);

/// A broker, and the local queue that stands in for it.
#[derive(Clone)]
pub struct Spool {
    broker: Arc<dyn Publish>,
    queue: LocalQueue,
    kept: LocalPublisher,
    /// Whether the log has said that orders are spooled, and not yet that this is over.
    is_spooling: Arc<AtomicBool>,
}

impl Spool {
    /// Stands `queue` in for `broker`. No other process may forward from it: see
    /// [`LocalOptions::is_exclusive`](crate::local::LocalOptions::is_exclusive).
    pub fn new(broker: Arc<dyn Publish>, queue: LocalQueue) -> Spool {
        let kept = queue.publisher();
        Spool { broker, queue, kept, is_spooling: Arc::default() }
    }

    /// Forwards what is there, also what an earlier process has left, whenever the broker is up; until `stop`.
    ///
    /// # Errors
    /// The local queue was closed under it.
    pub async fn forward(self, stop: CancellationToken) -> Result<(), ReceiveError> {
        tokio::select! {
            biased;
            // What is under way then may come to the broker again after the next start.
            () = stop.cancelled() => Ok(()),
            () = self.watch() => Ok(()),
            end = self.forward_all() => end,
        }
    }

    async fn forward_all(&self) -> Result<(), ReceiveError> {
        let mut receiver = self.queue.receiver();
        let mut broker = self.broker.link();
        loop {
            // First the link: messages that are held and not forwarded would only count as delivered.
            broker.up().await;
            let batch = receiver.receive(AT_ONCE).await?;
            if !self.forward_batch(&mut receiver, batch).await? {
                sleep(PAUSE).await;
            }
        }
    }

    /// Whether the broker took all, and the spool gave it up.
    async fn forward_batch(&self, receiver: &mut impl Receive, batch: Vec<Received>) -> Result<bool, ReceiveError> {
        // All set out in their order, and none waits for another's confirm. Unconstrained, since tokio would
        // otherwise let a task pause after 128 of them, and those that paused go on in any order.
        let publishes = batch.iter().map(|received| self.broker.publish(received.message.clone()));
        let outcomes = unconstrained(join_all(publishes)).await;
        let (mut taken, mut left, mut refusal) = (Vec::new(), Vec::new(), None);
        for (received, outcome) in batch.iter().zip(outcomes) {
            match outcome {
                Ok(()) => taken.push(received.tag),
                Err(error) => {
                    left.push(received.tag);
                    refusal = Some(error);
                }
            }
        }
        if let Some(error) = refusal {
            tracing::warn!(%error, spool.messages = left.len(), "the broker did not take what is spooled");
        }
        match receiver.ack(&taken).await {
            Ok(()) => counter!("botica_spool_forwarded_total").increment(taken.len() as u64),
            Err(ReceiveError::Closed) => return Err(ReceiveError::Closed),
            Err(error) => {
                tracing::warn!(%error, "the spool can't take out what the broker has: it goes there again");
                left.extend(taken);
            }
        }
        receiver.give_back(&left).await?;
        Ok(left.is_empty())
    }

    /// Measures what waits, and says when nothing does any more.
    async fn watch(&self) {
        loop {
            if let Ok(Depth { messages, oldest }) = self.queue.depth().await {
                gauge!("botica_spool_messages").set(messages as f64);
                gauge!("botica_spool_oldest_seconds").set(oldest.unwrap_or_default().as_secs_f64());
                match messages {
                    0 if self.is_spooling.swap(false, Ordering::Relaxed) => {
                        tracing::info!("all spooled orders are with the broker");
                    }
                    0 => {}
                    _ => self.say_that_spooling_began("orders of an earlier run wait"),
                }
            }
            sleep(LOOK).await;
        }
    }

    fn say_that_spooling_began(&self, reason: &str) {
        if !self.is_spooling.swap(true, Ordering::Relaxed) {
            tracing::warn!(reason, "orders are spooled until the broker takes them");
        }
    }

    /// Why the broker is away, if it is.
    pub fn trouble(&self) -> Option<String> {
        self.broker.link().check().err()
    }

    /// How much waits for the broker.
    ///
    /// # Errors
    /// When the local queue does not answer in time.
    pub async fn depth(&self) -> Result<Depth, ReceiveError> {
        self.queue.depth().await
    }

    async fn keep(&self, message: Message, reason: &str) -> Result<(), PublishError> {
        self.kept.publish(message).await?;
        counter!("botica_spool_spooled_total").increment(1);
        self.say_that_spooling_began(reason);
        Ok(())
    }
}

#[async_trait]
impl Publish for Spool {
    async fn publish(&self, message: Message) -> Result<(), PublishError> {
        // Known to be away: nobody waits for it.
        if let Err(reason) = self.broker.link().check() {
            return self.keep(message, &reason).await;
        }
        match self.broker.publish(message.clone()).await {
            Ok(()) => Ok(()),
            Err(error) => self.keep(message, &error.to_string()).await,
        }
    }

    /// The spool's, which stands in for the broker; while that takes nothing, the broker's.
    fn link(&self) -> Link {
        let spool = self.kept.link();
        if spool.check().is_ok() { spool } else { self.broker.link() }
    }
}

#[cfg(test)]
mod tests;
