//! Waiting for the database.

use std::time::Duration;

/// Pauses between tries: from [`Backoff::FIRST`], doubled each time, to [`Backoff::LONGEST`].
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    /// Short: most outages are a connection that was cut.
    const FIRST: Duration = Duration::from_millis(50);
    /// Long enough to cost nothing over hours, short enough that nobody waits for it.
    const LONGEST: Duration = Duration::from_secs(2);

    pub(crate) fn new() -> Self {
        Backoff(Self::FIRST)
    }

    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(Self::LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_two_seconds_and_stay_there() {
        let mut backoff = Backoff::new();
        let pauses: Vec<_> = (0..8).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(pauses, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
    }
}
