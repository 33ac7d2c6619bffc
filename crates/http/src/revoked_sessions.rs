//! The sessions that ended early: their access tokens are signed well and may still have minutes to live.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::Utc;
use domain::SessionId;

/// Gauge of the second since 1970 at which it was last learned which sessions ended early.
pub const REVOCATIONS_LEARNED: &str = "botica_revocations_learned_timestamp_seconds";

/// Sessions whose access tokens are not believed. Clones share them, so that a change is seen by everyone at
/// once. Until it is told of some, it has none.
///
/// It needs no clock: who tells it leaves out a session once no token of it can be good any more, and a
/// session that has ended never comes back.
#[derive(Clone, Debug, Default)]
pub struct RevokedSessions(Arc<RwLock<HashSet<SessionId>>>);

impl RevokedSessions {
    /// From now on these sessions and no others.
    pub fn replace(&self, sessions: impl IntoIterator<Item = SessionId>) {
        let sessions = sessions.into_iter().collect();
        let before = std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), sessions);
        metrics::gauge!(REVOCATIONS_LEARNED).set(Utc::now().timestamp_micros() as f64 / 1e6);
        // A large one takes a moment to free, for which nobody should wait.
        drop(before);
    }

    /// Whether `session` ended early.
    pub fn contains(&self, session: SessionId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn session(number: u128) -> SessionId {
        SessionId(Uuid::from_u128(number))
    }

    #[test]
    fn what_is_told_replaces_what_was_known_for_every_clone() {
        let revoked = RevokedSessions::default();
        let clone = revoked.clone();
        assert!(!clone.contains(session(1)));
        revoked.replace([session(1), session(2)]);
        assert!(clone.contains(session(1)) && clone.contains(session(2)) && !clone.contains(session(3)));
        clone.replace([session(2)]);
        assert!(!revoked.contains(session(1)), "no token of it can be good any more");
        assert!(revoked.contains(session(2)));
    }
}
