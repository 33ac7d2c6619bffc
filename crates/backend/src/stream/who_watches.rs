//! Who watches: streams end with the session, or when the board is revoked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use domain::{BoardId, SessionId};
use store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// By what right a stream is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// Somebody is signed in.
    Session(SessionId),
    /// A board may look on.
    Board(BoardId),
}

type Open = HashMap<Who, (usize, CancellationToken)>;

/// All who have a stream open.
#[derive(Clone, Debug, Default)]
pub(super) struct WhoWatches(Arc<Mutex<Open>>);

/// One stream.
#[derive(Debug)]
pub(super) struct Watcher {
    /// Cancelled when it must end.
    pub(super) ended: CancellationToken,
    who: Who,
    all: WhoWatches,
}

impl WhoWatches {
    pub(super) fn enter(&self, who: Who) -> Watcher {
        let mut open = self.lock();
        let (count, ended) = open.entry(who).or_default();
        *count += 1;
        Watcher { ended: ended.clone(), who, all: self.clone() }
    }

    /// Ends the streams of sessions that are no more, and of boards that were revoked.
    pub(super) async fn look(&self, store: &Store) -> Result<(), StoreError> {
        let watching: Vec<Who> = self.lock().keys().copied().collect();
        let (mut sessions, mut boards) = (Vec::new(), Vec::new());
        for who in &watching {
            match who {
                Who::Session(id) => sessions.push(*id),
                Who::Board(id) => boards.push(*id),
            }
        }
        let sessions = store.active_sessions(&sessions, Utc::now()).await?;
        let boards = store.active_boards(&boards).await?;
        let may_stay = |who: &Who| match who {
            Who::Session(id) => sessions.contains(id),
            Who::Board(id) => boards.contains(id),
        };
        for who in watching.iter().filter(|who| !may_stay(who)) {
            if let Some((_, ended)) = self.lock().get(who) {
                ended.cancel();
            }
        }
        Ok(())
    }

    /// How many streams are open.
    pub(super) fn count(&self) -> usize {
        self.lock().values().map(|(count, _)| count).sum()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Nothing in here can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut open = self.all.lock();
        if let Some((count, _)) = open.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.who);
            }
        }
    }
}
