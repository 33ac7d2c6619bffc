//! How many files this process may have open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For what is no connection of a client: the database's and the broker's, logs, keys, catalogue files.
const OTHERS: u64 = 256;

/// Raises the limit as far as `connections` need and the system lets us; returns how many connections there may be.
pub(crate) fn make_room_for(connections: u32) -> u32 {
    let needed = u64::from(connections) + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
    if limit.current.is_some_and(|current| current < allowed) {
        let raised = Rlimit { current: Some(allowed), maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(error = %error, "the limit of open files could not be raised");
        }
    }
    let current = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let fit = u32::try_from(current.saturating_sub(OTHERS)).unwrap_or(u32::MAX).clamp(1, connections.max(1));
    if fit < connections {
        tracing::warn!(
            connections = fit,
            wanted = connections,
            "the system lets this process open few files: raise its limit (ulimit -n, LimitNOFILE) for more connections"
        );
    }
    fit
}
