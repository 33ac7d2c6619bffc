//! So many a minute for each, and no more.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// Above this many remembered keys, those that have all of theirs left are swept out.
const SWEEP_AT: usize = 10_000;

/// Lets each key do something so many times a minute: all at once, if it has not lately, and then as evenly as
/// time passes. Counted in this process: behind a load balancer with n of them, n times as many get through.
#[derive(Debug)]
pub struct RateLimit<K> {
    per_minute: u32,
    /// When each will have all of its minute's left again.
    full_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Eq + Hash> RateLimit<K> {
    /// So many a minute; 0 lifts the limit.
    pub fn new(per_minute: u32) -> Self {
        RateLimit { per_minute, full_at: Mutex::default() }
    }

    /// Counts one of `key` at `now`.
    ///
    /// # Errors
    /// How long until there is another. Who asks too early is not counted.
    pub fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        if self.per_minute == 0 {
            return Ok(());
        }
        let one = MINUTE / self.per_minute;
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() > SWEEP_AT {
            all.retain(|_, full_at| *full_at > now);
        }
        let full_at = all.get(&key).copied().unwrap_or(now).max(now) + one;
        let early = full_at.duration_since(now).saturating_sub(MINUTE);
        if early > Duration::ZERO {
            return Err(early);
        }
        all.insert(key, full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_at_once_and_then_one_by_one() {
        let (limit, start) = (RateLimit::new(3), Instant::now());
        for _ in 0..3 {
            assert_eq!(limit.take("ana", start), Ok(()));
        }
        assert_eq!(limit.take("ana", start), Err(Duration::from_secs(20)));
        assert_eq!(limit.take("bia", start), Ok(()), "another is not held up");
        let later = start + Duration::from_secs(21);
        assert_eq!(limit.take("ana", later), Ok(()));
        assert_eq!(limit.take("ana", later), Err(Duration::from_secs(19)));
        assert_eq!(limit.take("ana", later + Duration::from_secs(120)), Ok(()));
    }

    #[test]
    fn zero_lifts_the_limit() {
        let (limit, now) = (RateLimit::new(0), Instant::now());
        assert!((0..1000).all(|_| limit.take("ana", now).is_ok()));
    }
}
