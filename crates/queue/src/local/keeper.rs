//! The one task that reads and writes the file of a local queue.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    path::PathBuf,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    LocalOptions,
    file::{Delivered, File, OpenError, Stats, is_disk_full},
    lock::Lock,
};
use crate::{Link, LinkKeeper, Message, PublishError, Received, Tag, crash};

/// One publish.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) message: Message,
    pub(super) reply: oneshot::Sender<Result<(), PublishError>>,
}

/// One `receive` that waits.
#[derive(Debug)]
pub(super) struct Take {
    pub(super) session: u64,
    pub(super) most: usize,
    pub(super) reply: oneshot::Sender<Vec<Received>>,
}

/// All but publishing. Unbounded, since each receiver waits for its answer before it asks again.
#[derive(Debug)]
pub(super) enum Control {
    Take(Take),
    Ack { numbers: Vec<i64>, reply: oneshot::Sender<Result<(), String>> },
    GiveBack { session: u64, numbers: Vec<i64> },
    Release { session: u64 },
    Stats(oneshot::Sender<Result<Stats, String>>),
    Close(oneshot::Sender<()>),
}

/// Puts of one transaction at most: a sync costs milliseconds, a row microseconds.
const PUTS_AT_ONCE: usize = 512;

/// Between two tries to open a file that failed.
const REOPEN: Duration = Duration::from_millis(200);

struct Ack {
    numbers: Vec<i64>,
    reply: oneshot::Sender<Result<(), String>>,
}

struct Lease {
    session: u64,
    until: Instant,
}

pub(super) struct Keeper {
    path: PathBuf,
    /// `None` while it can't be opened.
    file: Option<File>,
    options: LocalOptions,
    puts: mpsc::Receiver<Put>,
    controls: mpsc::UnboundedReceiver<Control>,
    link: LinkKeeper,
    leases: HashMap<i64, Lease>,
    takes: VecDeque<Take>,
    opened_at: Instant,
    /// Given back when the keeper ends, after its last write.
    _lock: Option<Lock>,
}

/// What one turn of the loop has to do.
#[derive(Default)]
struct Turn {
    puts: Vec<Put>,
    acks: Vec<Ack>,
    closing: Option<oneshot::Sender<()>>,
    is_over: bool,
}

impl Keeper {
    pub(super) fn new(
        file: File,
        lock: Option<Lock>,
        path: PathBuf,
        options: LocalOptions,
        puts: mpsc::Receiver<Put>,
        controls: mpsc::UnboundedReceiver<Control>,
    ) -> (Keeper, Link) {
        let (keeper, link) = LinkKeeper::down("just opened");
        keeper.set(Ok(()));
        let keeper = Keeper {
            path,
            file: Some(file),
            options,
            puts,
            controls,
            link: keeper,
            leases: HashMap::new(),
            takes: VecDeque::new(),
            opened_at: Instant::now(),
            _lock: lock,
        };
        (keeper, link)
    }

    pub(super) async fn run(mut self) {
        loop {
            let mut turn = self.next_turn().await;
            self.write(std::mem::take(&mut turn.puts), std::mem::take(&mut turn.acks)).await;
            self.serve_takes().await;
            if turn.is_over || turn.closing.is_some() {
                self.finish().await;
                if let Some(reply) = turn.closing {
                    let _ = reply.send(());
                }
                return;
            }
        }
    }

    /// Waits for something to do, then takes all that is there.
    async fn next_turn(&mut self) -> Turn {
        let mut turn = Turn::default();
        // Without somebody who waits and with all well there is nothing to look for.
        let is_poll_due = !self.takes.is_empty() || self.link.check().is_err();
        tokio::select! {
            biased;
            control = self.controls.recv() => match control {
                Some(control) => self.control(control, &mut turn).await,
                // All receivers and the queue itself are gone; publishers may be left.
                None => match self.puts.recv().await {
                    Some(put) => turn.puts.push(put),
                    None => turn.is_over = true,
                },
            },
            Some(put) = self.puts.recv() => turn.puts.push(put),
            () = tokio::time::sleep(self.options.poll), if is_poll_due => self.probe().await,
        }
        while turn.puts.len() < PUTS_AT_ONCE
            && let Ok(put) = self.puts.try_recv()
        {
            turn.puts.push(put);
        }
        while let Ok(control) = self.controls.try_recv() {
            self.control(control, &mut turn).await;
        }
        turn
    }

    async fn control(&mut self, control: Control, turn: &mut Turn) {
        match control {
            Control::Take(take) => self.takes.push_back(take),
            Control::Ack { numbers, reply } => turn.acks.push(Ack { numbers, reply }),
            Control::GiveBack { session, numbers } => {
                for number in numbers {
                    if self.leases.get(&number).is_some_and(|lease| lease.session == session) {
                        self.leases.remove(&number);
                    }
                }
            }
            Control::Release { session } => self.leases.retain(|_, lease| lease.session != session),
            Control::Stats(reply) => {
                let stats = match self.open_file().await {
                    Ok(file) => file.stats().await.map_err(|error| error.to_string()),
                    Err(reason) => Err(reason),
                };
                let _ = reply.send(stats);
            }
            Control::Close(reply) => turn.closing = Some(reply),
        }
    }

    /// The file, opened anew if need be.
    async fn open_file(&mut self) -> Result<&mut File, String> {
        if self.file.is_none() {
            let pause = REOPEN.saturating_sub(self.opened_at.elapsed());
            tokio::time::sleep(pause).await;
            self.opened_at = Instant::now();
            self.file = Some(File::open(&self.path).await.map_err(|error: OpenError| error.to_string())?);
        }
        self.file.as_mut().ok_or_else(|| "not open".to_owned())
    }

    async fn probe(&mut self) {
        if self.link.check().is_ok() {
            return;
        }
        let probed = match self.open_file().await {
            Ok(file) => file.probe().await.map_err(|error| self.failed(&error)),
            Err(reason) => Err(reason),
        };
        self.link.set(probed.and_then(|count| self.room(count)));
    }

    fn room(&self, count: u64) -> Result<(), String> {
        if count < self.options.capacity { Ok(()) } else { Err(format!("it holds {count} messages, its limit")) }
    }

    /// Says what an error of the file means, and gives the connection up unless it is known to be sound.
    fn failed(&mut self, error: &sqlx::Error) -> String {
        if is_disk_full(error) {
            return "no room on the disk".to_owned();
        }
        self.file = None;
        error.to_string()
    }

    /// One transaction for all; the answers follow its sync.
    async fn write(&mut self, puts: Vec<Put>, acks: Vec<Ack>) {
        // Whoever no longer waits has given up, and was told nothing that binds us.
        let puts: Vec<Put> = puts.into_iter().filter(|put| !put.reply.is_closed()).collect();
        if puts.is_empty() && acks.is_empty() {
            return;
        }
        let gone: Vec<i64> = acks.iter().flat_map(|ack| ack.numbers.iter().copied()).collect();
        let outcome = self.write_file(&puts, &gone).await;
        match outcome {
            Ok(kept) => {
                if kept > 0 {
                    crash::at("local.after_write");
                }
                for number in &gone {
                    self.leases.remove(number);
                }
                for ack in acks {
                    let _ = ack.reply.send(Ok(()));
                }
                let why_full = || PublishError::Full(format!("it holds {} messages, its limit", self.options.capacity));
                for (index, put) in puts.into_iter().enumerate() {
                    let _ = put.reply.send(if index < kept { Ok(()) } else { Err(why_full()) });
                }
            }
            Err(Failure { reason, is_disk_full }) => {
                tracing::error!(queue.path = %self.path.display(), reason, "the local queue can't write");
                self.link.set(Err(reason.clone()));
                // What was done with must go even when nothing fits in: it is what makes room.
                let freed = if is_disk_full && !puts.is_empty() && !gone.is_empty() {
                    self.write_file(&[], &gone).await.map_err(|failure| failure.reason)
                } else {
                    Err(reason.clone())
                };
                if freed.is_ok() {
                    for number in &gone {
                        self.leases.remove(number);
                    }
                }
                for ack in acks {
                    let _ = ack.reply.send(freed.clone().map(drop));
                }
                for put in puts {
                    let error = if is_disk_full { PublishError::Full } else { PublishError::Unavailable };
                    let _ = put.reply.send(Err(error(reason.clone())));
                }
            }
        }
    }

    async fn write_file(&mut self, puts: &[Put], gone: &[i64]) -> Result<usize, Failure> {
        let capacity = self.options.capacity;
        let file = self.open_file().await.map_err(|reason| Failure { reason, is_disk_full: false })?;
        match file.write(puts.iter().map(|put| &put.message), gone, capacity).await {
            Ok(written) => {
                self.link.set(self.room(written.count));
                Ok(written.kept)
            }
            Err(error) => Err(Failure { is_disk_full: is_disk_full(&error), reason: self.failed(&error) }),
        }
    }

    async fn serve_takes(&mut self) {
        for take in std::mem::take(&mut self.takes) {
            if take.reply.is_closed() {
                continue;
            }
            match self.deliver(&take).await {
                Ok(received) if received.is_empty() => self.takes.push_back(take),
                Ok(received) => {
                    if let Err(undelivered) = take.reply.send(received) {
                        for received in undelivered {
                            self.leases.remove(&received.tag.number.cast_signed());
                        }
                    }
                }
                Err(reason) => {
                    tracing::error!(queue.path = %self.path.display(), reason, "the local queue can't read");
                    self.link.set(Err(reason));
                    self.takes.push_back(take);
                }
            }
        }
    }

    /// Leases the oldest free messages to whoever takes, as many as they may hold.
    async fn deliver(&mut self, take: &Take) -> Result<Vec<Received>, String> {
        let now = Instant::now();
        self.leases.retain(|_, lease| lease.until > now);
        let held = self.leases.values().filter(|lease| lease.session == take.session).count();
        let most = take.most.min(self.options.prefetch.saturating_sub(held));
        if most == 0 {
            return Ok(Vec::new());
        }
        let look_at = self.leases.len() + most;
        let file = self.open_file().await?;
        let mut numbers = file.oldest(look_at).await.map_err(|error| self.failed(&error))?;
        numbers.retain(|number| !self.leases.contains_key(number));
        numbers.truncate(most);
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let file = self.open_file().await?;
        let counted = file.count_delivery(&numbers).await;
        let delivered = file.read(&numbers).await.map_err(|error| self.failed(&error))?;
        if let Err(error) = counted {
            // A full disk must not keep anybody from emptying the queue.
            tracing::warn!(queue.path = %self.path.display(), %error, "a delivery could not be counted");
        }
        let until = now + self.options.lease;
        let session = take.session;
        let lease = |Delivered { number, times, message }| {
            self.leases.insert(number, Lease { session, until });
            let tag = Tag { session, number: number.cast_unsigned() };
            Received { tag, redeliveries: times.saturating_sub(1), headers: BTreeMap::new(), message }
        };
        Ok(delivered.into_iter().map(lease).collect())
    }

    /// Writes what is still in line, then closes.
    async fn finish(mut self) {
        self.puts.close();
        self.controls.close();
        self.takes.clear();
        let mut puts = Vec::new();
        while let Ok(put) = self.puts.try_recv() {
            puts.push(put);
        }
        self.write(puts, Vec::new()).await;
        if let Some(file) = self.file.take()
            && let Err(error) = file.close().await
        {
            tracing::warn!(queue.path = %self.path.display(), %error, "the local queue did not close well");
        }
        self.link.set(Err("closed".to_owned()));
    }
}

struct Failure {
    reason: String,
    is_disk_full: bool,
}
