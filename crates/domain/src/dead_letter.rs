//! Where a message that could not be processed stands.

use serde::{Deserialize, Serialize};

/// Where a dead letter stands. It is never deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterState {
    /// For somebody to decide about.
    Waiting,
    /// To be put into the order queue again.
    Replaying,
    /// Put into the order queue again. One that is bad again waits again.
    Replayed,
    /// Given up by somebody, with a reason.
    Discarded,
}

impl DeadLetterState {
    /// All of them.
    pub const ALL: [DeadLetterState; 4] =
        [DeadLetterState::Waiting, DeadLetterState::Replaying, DeadLetterState::Replayed, DeadLetterState::Discarded];

    /// Those of letters that are not done with.
    pub const OPEN: [DeadLetterState; 2] = [DeadLetterState::Waiting, DeadLetterState::Replaying];

    /// The word that stands for it in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            DeadLetterState::Waiting => "waiting",
            DeadLetterState::Replaying => "replaying",
            DeadLetterState::Replayed => "replayed",
            DeadLetterState::Discarded => "discarded",
        }
    }
}

crate::role::words!(DeadLetterState);
