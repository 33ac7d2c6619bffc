//! The feed: reads each new event once, for all who watch at this backend.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use store::{Store, StoreError};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use super::item::{Item, items_after};
use super::who_watches::WhoWatches;

/// How often the feed looks without a hint: hints of another process's SQLite never come, and
/// PostgreSQL's can be lost. Half of the second within which the pharmacy sees an order.
const POLL: Duration = Duration::from_millis(500);

/// How often it looks whether those who watch are still signed in: they are out within 10 s.
const LOOK_AT_SESSIONS: Duration = Duration::from_secs(3);

/// How long before it listens anew to a database that was away.
const LISTEN_AGAIN: Duration = Duration::from_secs(2);

/// How many events wait for one who reads slowly, before they are told and fetch them from the database.
const BACKLOG: usize = 1024;

/// Events of one read.
const PAGE: u64 = 500;

/// How long after its last look the feed is still in touch with the database.
const FRESH: TimeDelta = TimeDelta::seconds(5);

/// Reads each new event once, for all who watch. Clones are the same.
#[derive(Clone, Debug)]
pub struct Feed {
    pub(super) store: Store,
    pub(super) stop: CancellationToken,
    pub(super) who: WhoWatches,
    /// The last event of a database that was put back not long ago.
    pub(super) put_back: Option<i64>,
    items: broadcast::Sender<Arc<Item>>,
    looked_at: Arc<watch::Sender<Option<DateTime<Utc>>>>,
}

impl Feed {
    /// A feed out of `store`, whose streams end with `stop`. Nothing flows until [`Feed::run`].
    pub fn new(store: Store, stop: CancellationToken) -> Feed {
        let items = broadcast::Sender::new(BACKLOG);
        Feed { store, stop, who: WhoWatches::default(), put_back: None, items, looked_at: Arc::default() }
    }

    /// The same for a database that was put back up to the event `last`: a later number that somebody comes back
    /// with may be that of an event which is there no more, so they are told to read the lists anew.
    #[must_use]
    pub fn of_put_back(self, last: Option<i64>) -> Feed {
        Feed { put_back: last, ..self }
    }

    /// Feeds until `stop`. An outage of the database is waited for, and those who watch get no sign of life
    /// meanwhile.
    pub async fn run(self) {
        let stop = self.stop.clone();
        tokio::select! {
            () = self.follow() => {}
            () = self.listen() => {}
            () = self.look_at_sessions() => {}
            () = stop.cancelled() => {}
        }
    }

    /// How many streams are open at this backend.
    pub fn clients(&self) -> usize {
        self.who.count()
    }

    /// From now on, all items.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Arc<Item>> {
        self.items.subscribe()
    }

    /// When all that had been committed was known here; `None` when that is too long ago to be true.
    pub(super) fn fresh_at(&self) -> Option<DateTime<Utc>> {
        self.looked_at.borrow().filter(|at| Utc::now() - at <= FRESH)
    }

    async fn follow(&self) {
        let (mut hints, mut position, mut is_failing) = (self.store.hints(), None, false);
        loop {
            hints.mark_unchanged();
            match self.advance(&mut position).await {
                Ok(at) => {
                    self.looked_at.send_replace(Some(at));
                    is_failing = false;
                }
                Err(error) => {
                    // Once an outage.
                    if !is_failing {
                        tracing::warn!(error = %error, "the boards can't be fed");
                    }
                    is_failing = true;
                }
            }
            // The sender lives in our own store.
            drop(tokio::time::timeout(POLL, hints.changed()).await);
        }
    }

    /// Sends what came after `position`, and says when that was all. What came while nobody watched is passed over.
    async fn advance(&self, position: &mut Option<i64>) -> Result<DateTime<Utc>, StoreError> {
        let is_watched = || self.items.receiver_count() > 0;
        let mut after = match *position {
            Some(position) if is_watched() => position,
            known => {
                let (at, last) = (Utc::now(), self.store.last_seq().await?);
                // Asked after that look: who begins to watch later finds all up to `last` in the database.
                if !is_watched() {
                    *position = Some(last);
                    return Ok(at);
                }
                known.unwrap_or(last)
            }
        };
        loop {
            *position = Some(after);
            let at = Utc::now();
            let items = items_after(&self.store, after, PAGE).await?;
            let Some(last) = items.last() else { return Ok(at) };
            after = last.seq;
            for item in items {
                // The last who watched may have gone.
                let showing = item.showing();
                showing.in_scope(|| drop(self.items.send(Arc::new(item))));
            }
        }
    }

    async fn listen(&self) {
        loop {
            if let Err(error) = self.store.listen().await {
                tracing::debug!(error = %error, "can't listen to the database; looking every now and then");
            }
            tokio::time::sleep(LISTEN_AGAIN).await;
        }
    }

    async fn look_at_sessions(&self) {
        loop {
            tokio::time::sleep(LOOK_AT_SESSIONS).await;
            if let Err(error) = self.who.look(&self.store).await {
                tracing::debug!(error = %error, "can't look at sessions");
            }
        }
    }
}
