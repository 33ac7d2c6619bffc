//! What is recorded of whoever asks.

use chrono::Utc;
use http::Caller;
use store::Act;

/// What the caller does, now.
pub(crate) fn act(caller: &Caller) -> Act {
    Act { by: caller.person.clone(), at: Utc::now() }
}
