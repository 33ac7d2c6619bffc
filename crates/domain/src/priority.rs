//! How soon an order is needed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// From the least to the most pressing; `Ord` follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// With the next round.
    #[default]
    Routine,
    /// Before the next round.
    Urgent,
    /// At once.
    Stat,
}

impl Priority {
    /// All, from the least to the most pressing.
    pub const ALL: [Priority; 3] = [Priority::Routine, Priority::Urgent, Priority::Stat];

    /// The word that stands for it in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Priority::Routine => "routine",
            Priority::Urgent => "urgent",
            Priority::Stat => "stat",
        }
    }

    /// How long an order may wait to be accepted before it counts as unanswered, where the hospital
    /// has set nothing else.
    pub fn default_target(self) -> Duration {
        Duration::from_secs(match self {
            Priority::Routine => 15 * 60,
            Priority::Urgent => 5 * 60,
            Priority::Stat => 2 * 60,
        })
    }
}

crate::role::words!(Priority);
