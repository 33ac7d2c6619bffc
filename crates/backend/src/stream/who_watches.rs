//! Who watches: their streams end with their sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use domain::SessionId;
use store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

type Sessions = HashMap<SessionId, (usize, CancellationToken)>;

/// The sessions that have a stream open.
#[derive(Clone, Debug, Default)]
pub(super) struct WhoWatches(Arc<Mutex<Sessions>>);

/// One stream of a session.
#[derive(Debug)]
pub(super) struct Watcher {
    /// Cancelled when the session has ended.
    pub(super) ended: CancellationToken,
    session: SessionId,
    all: WhoWatches,
}

impl WhoWatches {
    pub(super) fn enter(&self, session: SessionId) -> Watcher {
        let mut sessions = self.lock();
        let (count, ended) = sessions.entry(session).or_default();
        *count += 1;
        Watcher { ended: ended.clone(), session, all: self.clone() }
    }

    /// Ends the streams of sessions that are no more.
    pub(super) async fn look(&self, store: &Store) -> Result<(), StoreError> {
        let watching: Vec<SessionId> = self.lock().keys().copied().collect();
        let active = store.active_sessions(&watching, Utc::now()).await?;
        for session in watching.iter().filter(|session| !active.contains(session)) {
            if let Some((_, ended)) = self.lock().get(session) {
                ended.cancel();
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // Nothing in here can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut sessions = self.all.lock();
        if let Some((count, _)) = sessions.get_mut(&self.session) {
            *count -= 1;
            if *count == 0 {
                sessions.remove(&self.session);
            }
        }
    }
}
