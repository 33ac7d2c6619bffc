//! A durable queue in one SQLite file: the order queue of the embedded mode, and the spool of a
//! publisher whose broker is away.
//!
//! One task, the keeper, owns the only connection and does all reading and writing. So a future
//! that is dropped half-way leaves no transaction behind, and whatever waits while one sync runs
//! shares the next. Who holds which message is known in memory only: after a crash all that was not
//! acknowledged is delivered again.
//!
//! Several processes may put messages into one file. Taking them out belongs in one process: two would
//! each be given every message.

mod copy;
mod file;
mod keeper;
mod lock;

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use uuid::Uuid;

pub use self::{
    copy::{copy, depth_of, is_in_use},
    file::OpenError,
    lock::Lock,
};
use self::{
    file::{File, Stats},
    keeper::{Control, Keeper, Put, Take},
};
use crate::{Link, Message, Publish, PublishError, Receive, ReceiveError, Received, Tag, measure};

/// How a local queue behaves.
#[derive(Clone, Debug)]
pub struct LocalOptions {
    /// Messages that it holds at most; above, publishing answers [`PublishError::Full`].
    pub capacity: u64,
    /// Messages that one receiver holds unacknowledged at most.
    pub prefetch: usize,
    /// Every publish and acknowledgement is answered within it.
    pub deadline: Duration,
    /// A message that was neither acknowledged nor given back for so long is delivered again, in case
    /// its receiver hangs.
    pub lease: Duration,
    /// How often a waiting receiver looks into the file by itself, for what another process put there.
    pub poll: Duration,
    /// Refuse to open it while another process has it open so.
    pub is_exclusive: bool,
}

impl Default for LocalOptions {
    fn default() -> Self {
        LocalOptions {
            // A hospital places some thousand orders a day; at about 1 KiB each this is 100 MiB.
            capacity: 100_000,
            prefetch: 200,
            deadline: Duration::from_secs(2),
            // RabbitMQ's own limit for an unacknowledged message.
            lease: Duration::from_secs(30 * 60),
            poll: Duration::from_secs(1),
            is_exclusive: false,
        }
    }
}

/// How much waits in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Messages kept, delivered ones included until they are acknowledged.
    pub messages: u64,
    /// How long ago the oldest of them was put into the queue.
    pub oldest: Option<Duration>,
}

/// An open queue. Dropping it with all its publishers and receivers ends it as [`LocalQueue::close`] does,
/// without waiting.
#[derive(Clone, Debug)]
pub struct LocalQueue {
    puts: mpsc::Sender<Put>,
    controls: mpsc::UnboundedSender<Control>,
    options: LocalOptions,
    path: PathBuf,
    link: Link,
}

/// Puts that wait for the writer at most; more wait, up to their deadline, to get in line.
const WAITING: usize = 1024;

impl LocalQueue {
    /// Opens the file, or makes it. Its folder must exist.
    ///
    /// # Errors
    /// When the file is not such a queue, this build's SQLite is one that may lose data, or another process
    /// has what only one may have.
    pub async fn open(path: &Path, options: LocalOptions) -> Result<LocalQueue, OpenError> {
        let lock = if options.is_exclusive { Some(Lock::take(path)?) } else { None };
        let file = File::open(path).await?;
        let (puts, incoming) = mpsc::channel(WAITING);
        let (controls, commands) = mpsc::unbounded_channel();
        let (keeper, link) = Keeper::new(file, lock, path.to_owned(), options.clone(), incoming, commands);
        tokio::spawn(keeper.run());
        Ok(LocalQueue { puts, controls, options, path: path.to_owned(), link })
    }

    /// Where it is kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A handle to publish by; clones share all.
    pub fn publisher(&self) -> LocalPublisher {
        LocalPublisher { puts: self.puts.clone(), deadline: self.options.deadline, link: self.link.clone() }
    }

    /// Another receiver. No two of one process hold the same message at once.
    pub fn receiver(&self) -> LocalReceiver {
        LocalReceiver {
            controls: self.controls.clone(),
            // By chance, so that no tag of an earlier receiver, even of an earlier process, fits.
            session: Uuid::new_v4().as_u64_pair().1,
            asked: None,
            buffer: VecDeque::new(),
            deadline: self.options.deadline,
            link: self.link.clone(),
        }
    }

    /// How much waits.
    ///
    /// # Errors
    /// When the file can't be read within the deadline.
    pub async fn depth(&self) -> Result<Depth, ReceiveError> {
        let Stats { messages, oldest } =
            ask(&self.controls, self.options.deadline, Control::Stats).await?.map_err(ReceiveError::Unavailable)?;
        Ok(Depth { messages, oldest })
    }

    /// Whether it works now, and why not.
    pub fn link(&self) -> Link {
        self.link.clone()
    }

    /// Writes what was handed over, then closes the file. Later calls on any handle fail.
    pub async fn close(&self) {
        // A failing disk must not hold up the shutdown: what is committed is committed.
        let _ = ask(&self.controls, self.options.deadline, Control::Close).await;
    }
}

/// Puts messages into a [`LocalQueue`].
#[derive(Clone, Debug)]
pub struct LocalPublisher {
    puts: mpsc::Sender<Put>,
    deadline: Duration,
    link: Link,
}

#[async_trait]
impl Publish for LocalPublisher {
    async fn publish(&self, message: Message) -> Result<(), PublishError> {
        let began = Instant::now();
        let (reply, answer) = oneshot::channel();
        let outcome = match timeout(self.deadline, self.puts.send(Put { message, reply })).await {
            Err(_) => Err(PublishError::Unavailable("too much waits to be written; is the disk slow?".to_owned())),
            Ok(Err(_)) => Err(PublishError::Unavailable(CLOSED.to_owned())),
            Ok(Ok(())) => match timeout(self.deadline.saturating_sub(began.elapsed()), answer).await {
                Err(_) => Err(PublishError::Unconfirmed),
                Ok(Err(_)) => Err(PublishError::Unavailable(CLOSED.to_owned())),
                Ok(Ok(outcome)) => outcome,
            },
        };
        measure::published("local", began, &outcome);
        outcome
    }

    fn link(&self) -> Link {
        self.link.clone()
    }
}

const CLOSED: &str = "the local queue was closed";

/// Takes messages out of a [`LocalQueue`]. When it is dropped, what it held is delivered again at once.
#[derive(Debug)]
pub struct LocalReceiver {
    controls: mpsc::UnboundedSender<Control>,
    session: u64,
    /// What a `receive` asked for, kept until it is answered: one that is given up must not take the answer
    /// with it, since the keeper holds those messages for us.
    asked: Option<oneshot::Receiver<Vec<Received>>>,
    /// Answered, and more than the next `receive` wanted.
    buffer: VecDeque<Received>,
    deadline: Duration,
    link: Link,
}

impl LocalReceiver {
    fn own(&self, tags: &[Tag]) -> Vec<i64> {
        tags.iter().filter(|tag| tag.session == self.session).map(|tag| tag.number.cast_signed()).collect()
    }
}

#[async_trait]
impl Receive for LocalReceiver {
    async fn receive(&mut self, most: usize) -> Result<Vec<Received>, ReceiveError> {
        let most = most.max(1);
        if self.buffer.is_empty() {
            if self.asked.is_none() {
                let (reply, answer) = oneshot::channel();
                let take = Take { session: self.session, most, reply };
                self.controls.send(Control::Take(take)).map_err(|_| ReceiveError::Closed)?;
                self.asked = Some(answer);
            }
            if let Some(answer) = &mut self.asked {
                let answered = answer.await;
                self.asked = None;
                self.buffer.extend(answered.map_err(|_| ReceiveError::Closed)?);
            }
        }
        let received: Vec<Received> = self.buffer.drain(..most.min(self.buffer.len())).collect();
        measure::received("local", &received);
        Ok(received)
    }

    async fn ack(&mut self, tags: &[Tag]) -> Result<(), ReceiveError> {
        let numbers = self.own(tags);
        if numbers.is_empty() {
            return Ok(());
        }
        let count = numbers.len();
        ask(&self.controls, self.deadline, |reply| Control::Ack { numbers, reply })
            .await?
            .map_err(ReceiveError::Unavailable)?;
        measure::acknowledged("local", count);
        Ok(())
    }

    async fn give_back(&mut self, tags: &[Tag]) -> Result<(), ReceiveError> {
        let numbers = self.own(tags);
        let session = self.session;
        self.controls.send(Control::GiveBack { session, numbers }).map_err(|_| ReceiveError::Closed)
    }

    fn link(&self) -> Link {
        self.link.clone()
    }
}

impl Drop for LocalReceiver {
    fn drop(&mut self) {
        let _ = self.controls.send(Control::Release { session: self.session });
    }
}

async fn ask<T>(
    controls: &mpsc::UnboundedSender<Control>,
    deadline: Duration,
    question: impl FnOnce(oneshot::Sender<T>) -> Control,
) -> Result<T, ReceiveError> {
    let (reply, answer) = oneshot::channel();
    controls.send(question(reply)).map_err(|_| ReceiveError::Closed)?;
    match timeout(deadline, answer).await {
        Ok(answer) => answer.map_err(|_| ReceiveError::Closed),
        Err(_) => {
            Err(ReceiveError::Unavailable("the local queue did not answer in time; is the disk slow?".to_owned()))
        }
    }
}
