//! The order queue on RabbitMQ, for many hosts.
//!
//! lapin's own recovery is not used: with it, a broker that freezes hangs every confirm until it wakes.
//! Here a supervisor on either side connects anew, without limit, and whatever waits has a deadline.

mod connection;
mod headers;
mod publisher;
mod receiver;
mod topology;

use std::time::Duration;

use lapin::uri::AMQPUri;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::connection::{Target, Wire};
pub use self::{publisher::RabbitPublisher, receiver::RabbitReceiver};

/// How to reach RabbitMQ, and which queue to use there.
#[derive(Clone)]
pub struct RabbitOptions {
    /// `amqp://user:password@host:port/vhost`, or `amqps://`. The default virtual host is `%2f`.
    pub url: String,
    /// The queue. What is dead-lettered goes to the queue of that name with `.dead` after it.
    pub queue: String,
    /// Unacknowledged messages of one receiver. Twice as many as are taken at once, so that the next are there when
    /// those are done: with only as many, each second batch is the few that came meanwhile.
    pub prefetch: u16,
    /// Every publish, acknowledgement, connect and close is answered within it.
    pub deadline: Duration,
    /// Messages in the queue, roughly, above which publishing answers [`crate::PublishError::Full`].
    /// An argument of the queue: it can't be changed for a queue that exists.
    pub max_length: Option<u32>,
    /// Between two looks whether the broker still knows our consumer; and if nothing came between them, we subscribe
    /// anew.
    pub watch_every: Duration,
    /// How long a queue that we have just made must exist before anything is published to it. RabbitMQ
    /// writes the name of a new quorum queue to disk up to a second later (two turns of 500 ms). Killed
    /// before, it forgets the queue with all that it has confirmed, and finds no leader for it again (seen
    /// with 3.10.8).
    pub settling: Duration,
}

impl RabbitOptions {
    /// The defaults, for this broker.
    pub fn new(url: impl Into<String>) -> RabbitOptions {
        RabbitOptions {
            url: url.into(),
            queue: "order_queue".to_owned(),
            prefetch: 200,
            deadline: Duration::from_secs(2),
            max_length: None,
            watch_every: Duration::from_secs(3),
            settling: Duration::from_millis(1200),
        }
    }
}

// By hand, since the URL holds the password.
impl std::fmt::Debug for RabbitOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RabbitOptions")
            .field("queue", &self.queue)
            .field("prefetch", &self.prefetch)
            .field("deadline", &self.deadline)
            .field("max_length", &self.max_length)
            .field("watch_every", &self.watch_every)
            .field("settling", &self.settling)
            .finish_non_exhaustive()
    }
}

/// Why options can't be used. Says nothing of the URL itself, which holds the password.
#[derive(Debug, thiserror::Error)]
#[error("the address of RabbitMQ can't be used: {0}")]
pub struct BadUrl(String);

/// How much waits to be delivered. What a receiver holds is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// In the queue itself.
    pub ready: u64,
    /// Dead-lettered.
    pub dead: u64,
}

/// One queue on one RabbitMQ. Makes publishers and receivers; each has a connection of its own.
#[derive(Clone, Debug)]
pub struct RabbitQueue {
    options: RabbitOptions,
    target: Target,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl RabbitQueue {
    /// Reaches for nothing yet.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn new(options: RabbitOptions) -> Result<RabbitQueue, BadUrl> {
        let uri: AMQPUri = options.url.parse().map_err(BadUrl)?;
        // lapin would take it for localhost, silently.
        if options.url.contains("@[") || options.url.contains("//[") {
            return Err(BadUrl("an IPv6 address in brackets is not supported, give a host name".to_owned()));
        }
        let target = Target::new(uri, options.deadline);
        Ok(RabbitQueue { options, target, stop: CancellationToken::new(), tasks: TaskTracker::new() })
    }

    /// Opens a publisher, which connects in the background. One per process will do: clones share it.
    pub fn publisher(&self) -> RabbitPublisher {
        publisher::start(self)
    }

    /// Opens a receiver, which connects in the background.
    pub fn receiver(&self) -> RabbitReceiver {
        receiver::start(self, self.options.queue.clone())
    }

    /// Opens a receiver of what was dead-lettered.
    pub fn dead_receiver(&self) -> RabbitReceiver {
        receiver::start(self, topology::dead(&self.options.queue))
    }

    /// How much waits. Declares nothing. On a connection of its own: for a look now and then.
    ///
    /// # Errors
    /// Why it can't be known, in words for an operator.
    pub async fn depth(&self) -> Result<Depth, String> {
        let wire = Wire::open(&self.target, "botica depth").await?;
        let depth = timeout(self.options.deadline, async {
            let ready = topology::look(&wire, &self.options.queue).await?.message_count();
            let dead = topology::look(&wire, &topology::dead(&self.options.queue)).await?.message_count();
            Ok(Depth { ready: ready.into(), dead: dead.into() })
        })
        .await
        .unwrap_or_else(|_| Err(self.target.silence_of(&self.options.queue)));
        wire.close().await;
        depth
    }

    /// How much waits, where the queue is there and has our settings; `None` where there is no queue yet. Makes
    /// nothing. On a connection of its own.
    ///
    /// # Errors
    /// Why publishers and consumers can't work with it, in words for an operator.
    pub async fn examine(&self) -> Result<Option<Depth>, String> {
        let wire = Wire::open(&self.target, "botica doctor").await?;
        let is_there = timeout(self.options.deadline, topology::is_there(&wire, &self.options))
            .await
            .unwrap_or_else(|_| Err(self.target.silence_of(&self.options.queue)));
        wire.close().await;
        if is_there? { self.depth().await.map(Some) } else { Ok(None) }
    }

    /// Ends all publishers and receivers: waits for confirms under way and closes the connections, both
    /// within their deadline.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
