//! Targets: within what time the pharmacy means to take an order, by its priority.

use std::time::Duration;

use crate::Priority;

/// A time within which an order is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target(u32);

/// A number of seconds that is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {} to {} seconds", Target::LEAST, Target::MOST)]
pub struct InvalidTarget;

impl Target {
    /// Nobody takes an order faster than that.
    pub const LEAST: u32 = 10;
    /// A week.
    pub const MOST: u32 = 7 * 24 * 3600;

    /// # Errors
    /// Fewer than [`Self::LEAST`] seconds or more than [`Self::MOST`].
    pub fn new(seconds: u32) -> Result<Self, InvalidTarget> {
        if (Self::LEAST..=Self::MOST).contains(&seconds) { Ok(Target(seconds)) } else { Err(InvalidTarget) }
    }

    /// In seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl From<Target> for Duration {
    fn from(target: Target) -> Self {
        Duration::from_secs(target.0.into())
    }
}

/// One for each priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    /// For what can wait.
    pub routine: Target,
    /// For what is needed soon.
    pub urgent: Target,
    /// For what is needed now.
    pub stat: Target,
}

impl Targets {
    /// That of a priority.
    pub fn of(&self, priority: Priority) -> Target {
        match priority {
            Priority::Routine => self.routine,
            Priority::Urgent => self.urgent,
            Priority::Stat => self.stat,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_neither_at_once_nor_never() {
        assert!([0, 9, 604_801].into_iter().all(|seconds| Target::new(seconds) == Err(InvalidTarget)));
        assert_eq!(Target::new(120).map(Duration::from), Ok(Duration::from_secs(120)));
    }
}
