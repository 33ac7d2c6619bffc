//! Slows down who guesses passwords: failures are counted per account and per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failed logins are forgotten after this long.
const WINDOW: Duration = Duration::from_secs(60);

/// Above this many remembered keys, the old ones are swept out.
const SWEEP_AT: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

/// Counts failed logins. A whole hospital may sit behind one address, so an address may fail more often.
#[derive(Debug)]
pub struct Throttle {
    per_account: u32,
    per_address: u32,
    failures: Mutex<HashMap<Key, (Instant, u32)>>,
}

impl Throttle {
    /// Failures a minute that an account and an address may have; 0 lifts the limit.
    pub fn new(per_account: u32, per_address: u32) -> Self {
        Throttle { per_account, per_address, failures: Mutex::default() }
    }

    /// How long to wait before `account` may be tried from `address` again; `None` if it may now.
    pub(crate) fn wait(&self, account: Option<&str>, address: Option<IpAddr>, now: Instant) -> Option<Duration> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        keys(account, address)
            .filter_map(|key| {
                let limit = self.limit(&key);
                let (since, count) = failures.get(&key)?;
                let left = WINDOW.checked_sub(now.duration_since(*since))?;
                (limit > 0 && *count >= limit).then_some(left)
            })
            .max()
    }

    /// Remembers a failure.
    pub(crate) fn failed(&self, account: Option<&str>, address: Option<IpAddr>, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() > SWEEP_AT {
            failures.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        }
        for key in keys(account, address) {
            let entry = failures.entry(key).or_insert((now, 0));
            if now.duration_since(entry.0) >= WINDOW {
                *entry = (now, 0);
            }
            entry.1 += 1;
        }
    }

    fn limit(&self, key: &Key) -> u32 {
        match key {
            Key::Account(_) => self.per_account,
            Key::Address(_) => self.per_address,
        }
    }
}

fn keys(account: Option<&str>, address: Option<IpAddr>) -> impl Iterator<Item = Key> {
    [account.map(|account| Key::Account(account.to_owned())), address.map(Key::Address)].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    #[test]
    fn an_account_that_failed_too_often_waits_for_the_minute_to_end() {
        let (throttle, start) = (Throttle::new(2, 0), Instant::now());
        throttle.failed(Some("ana"), HERE, start);
        assert_eq!(throttle.wait(Some("ana"), HERE, start), None);
        throttle.failed(Some("ana"), HERE, start);
        assert_eq!(throttle.wait(Some("ana"), HERE, start + Duration::from_secs(20)), Some(Duration::from_secs(40)));
        assert_eq!(throttle.wait(Some("bia"), HERE, start), None, "another account is not held up");
        assert_eq!(throttle.wait(Some("ana"), HERE, start + Duration::from_secs(61)), None);
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits_too() {
        let (throttle, start) = (Throttle::new(0, 3), Instant::now());
        for account in ["a", "b", "c"] {
            throttle.failed(Some(account), HERE, start);
        }
        assert!(throttle.wait(Some("d"), HERE, start).is_some());
        assert_eq!(throttle.wait(Some("d"), None, start), None);
    }
}
