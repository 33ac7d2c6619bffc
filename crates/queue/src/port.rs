//! The port: what every keeper of the order queue promises.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{Link, Message};

/// Puts messages into the queue. Shared by all requests of a process.
#[async_trait]
pub trait Publish: Send + Sync + 'static {
    /// `Ok` only when the queue has promised to keep the message: a publisher confirm of a quorum
    /// queue, or an fsync. Answers within the keeper's deadline.
    ///
    /// # Errors
    /// After an error the message may or may not be in the queue; publishing it again is harmless,
    /// since an order stored twice is stored once.
    async fn publish(&self, message: Message) -> Result<(), PublishError>;

    /// Whether publishing works now, and why not.
    fn link(&self) -> Link;
}

/// Why a message is not known to be in the queue.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The keeper can't be reached.
    #[error("the order queue can't be reached: {0}")]
    Unavailable(String),
    /// It was handed over, but the promise to keep it did not come in time.
    #[error("the order queue did not confirm the message in time")]
    Unconfirmed,
    /// The keeper has no room.
    #[error("the order queue is full: {0}")]
    Full(String),
}

/// Names one delivered message until it is acknowledged. Worth nothing after a reconnect: the message
/// then comes again under another tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    /// Which connection delivered it; counts reconnects.
    pub session: u64,
    /// Its number within the session.
    pub number: u64,
}

/// One delivered message.
#[derive(Clone, Debug)]
pub struct Received {
    /// To acknowledge it by.
    pub tag: Tag,
    /// How often it was delivered before, as far as the keeper knows.
    pub redeliveries: u32,
    /// What the broker or the sender said of it beside what is in the message, as text.
    pub headers: BTreeMap<String, String>,
    /// What was published, or what a stranger put there.
    pub message: Message,
}

/// Takes messages out of the queue. Owned by one consumer.
#[async_trait]
pub trait Receive: Send + 'static {
    /// Waits for a message, then returns it with what else is there at once, at most `most` in all.
    /// Reconnects by itself and without limit; meanwhile it waits. Cancel safe: a message that was
    /// not returned is delivered again or by the next call.
    ///
    /// # Errors
    /// Only when it will never deliver again (its keeper was shut down).
    async fn receive(&mut self, most: usize) -> Result<Vec<Received>, ReceiveError>;

    /// Takes messages out for good, once their effect is committed. Tags of an earlier session are
    /// passed over: those messages come again.
    ///
    /// # Errors
    /// When the keeper did not take it; the messages may come again.
    async fn ack(&mut self, tags: &[Tag]) -> Result<(), ReceiveError>;

    /// Gives messages back, to be delivered again later (to this or to another consumer).
    ///
    /// # Errors
    /// When the keeper did not take it; the messages come again anyway.
    async fn give_back(&mut self, tags: &[Tag]) -> Result<(), ReceiveError>;

    /// Whether messages can come now, and why not.
    fn link(&self) -> Link;
}

/// Why receiving, or saying what became of a message, failed.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The keeper was shut down.
    #[error("the order queue was closed")]
    Closed,
    /// The keeper can't be reached now.
    #[error("the order queue can't be reached: {0}")]
    Unavailable(String),
}
