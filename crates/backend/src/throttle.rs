//! Slows down who guesses passwords, and nobody else.
//!
//! A browser that has signed in to an account is known by its device cookie ([`crate::device`]): its failures
//! count for itself alone, so that whoever guesses from outside can't lock its user out. Strangers are counted by
//! account and address, by account, and by address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::device::DeviceId;

/// Failed logins are forgotten after this long.
const WINDOW: Duration = Duration::from_secs(60);

/// Above this many remembered keys, the old ones are swept out.
const SWEEP_AT: usize = 10_000;

/// Failures a minute after which a login has to wait; 0 lifts a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginLimits {
    /// At one account from one address, or from one browser that has signed in to it before.
    pub per_client: u32,
    /// At one account from all strangers together. A guesser with many addresses can so make other strangers wait,
    /// never a browser that is known.
    pub per_account: u32,
    /// From one address at all accounts. A whole hospital may sit behind one, so it may fail more often.
    pub per_address: u32,
}

/// Who wants to sign in, as far as is known before the password is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// A browser that has signed in to this account before.
    Known(DeviceId),
    /// Anybody else.
    Stranger {
        /// What is guessed at; none, where it can't be an account's.
        account: Option<Arc<str>>,
        /// From where.
        address: Option<IpAddr>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Device(DeviceId),
    Pair(Arc<str>, IpAddr),
    Account(Arc<str>),
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    since: Instant,
    count: u32,
}

/// Counts failed logins, in this process: behind a load balancer with n backends, n times as many get through.
#[derive(Debug)]
pub struct Throttle {
    limits: LoginLimits,
    failures: Mutex<HashMap<Key, Failures>>,
}

impl Throttle {
    /// With these limits.
    pub fn new(limits: LoginLimits) -> Self {
        Throttle { limits, failures: Mutex::default() }
    }

    /// Lets `client` try once at `now`. The try counts as failed until it ends otherwise: of a thousand at once no
    /// more may begin than may fail.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn begin(&self, client: &Client, now: Instant) -> Result<Try<'_>, Duration> {
        let keys: Vec<Key> = self.keys(client).collect();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = keys.iter().filter_map(|key| {
            let Failures { since, count } = failures.get(key)?;
            let left = WINDOW.checked_sub(now.duration_since(*since)).filter(|left| !left.is_zero())?;
            (*count >= self.limit(key)).then_some(left)
        });
        if let Some(wait) = wait.max() {
            return Err(wait);
        }
        if failures.len() > SWEEP_AT {
            failures.retain(|_, of| now.duration_since(of.since) < WINDOW);
        }
        for key in &keys {
            let of = failures.entry(key.clone()).or_insert(Failures { since: now, count: 0 });
            if now.duration_since(of.since) >= WINDOW {
                *of = Failures { since: now, count: 0 };
            }
            of.count += 1;
        }
        Ok(Try { throttle: self, keys, has_failed: false })
    }

    /// What is counted of `client`: nothing of what has no limit.
    fn keys(&self, client: &Client) -> impl Iterator<Item = Key> {
        let keys = match client {
            Client::Known(device) => [Some(Key::Device(*device)), None, None],
            Client::Stranger { account, address } => {
                let pair = account.clone().zip(*address).map(|(account, address)| Key::Pair(account, address));
                [pair, account.clone().map(Key::Account), address.map(Key::Address)]
            }
        };
        keys.into_iter().flatten().filter(|key| self.limit(key) > 0)
    }

    fn limit(&self, key: &Key) -> u32 {
        match key {
            Key::Device(_) | Key::Pair(..) => self.limits.per_client,
            Key::Account(_) => self.limits.per_account,
            Key::Address(_) => self.limits.per_address,
        }
    }
}

/// A try that has begun. Unless it is told to have failed, it is forgotten when it ends: the password was right,
/// or nobody looked at it.
#[derive(Debug)]
pub(crate) struct Try<'a> {
    throttle: &'a Throttle,
    keys: Vec<Key>,
    has_failed: bool,
}

impl Try<'_> {
    /// The password was wrong.
    pub(crate) fn failed(mut self) {
        self.has_failed = true;
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        if self.has_failed {
            return;
        }
        let mut failures = self.throttle.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            if let Some(of) = failures.get_mut(key) {
                of.count = of.count.saturating_sub(1);
                if of.count == 0 {
                    failures.remove(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_client: u32, per_account: u32, per_address: u32) -> Throttle {
        Throttle::new(LoginLimits { per_client, per_account, per_address })
    }

    fn stranger(account: &str, address: u8) -> Client {
        Client::Stranger { account: Some(account.into()), address: Some([192, 0, 2, address].into()) }
    }

    fn known(device: u8) -> Client {
        Client::Known(DeviceId([device; 8]))
    }

    fn fail(throttle: &Throttle, client: &Client, now: Instant) {
        throttle.begin(client, now).unwrap().failed();
    }

    #[test]
    fn who_failed_too_often_waits_for_the_minute_to_end() {
        let (throttle, start) = (limits(2, 0, 0), Instant::now());
        fail(&throttle, &stranger("ana", 1), start);
        fail(&throttle, &stranger("ana", 1), start);
        let later = start + Duration::from_secs(20);
        assert_eq!(throttle.begin(&stranger("ana", 1), later).unwrap_err(), Duration::from_secs(40));
        assert!(throttle.begin(&stranger("bia", 1), start).is_ok(), "another account is not held up");
        assert!(throttle.begin(&stranger("ana", 2), start).is_ok(), "nor another address");
        assert!(throttle.begin(&stranger("ana", 1), start + WINDOW).is_ok());
    }

    #[test]
    fn many_addresses_share_what_an_account_lets_fail_and_a_known_browser_is_not_held_up() {
        let (throttle, start) = (limits(2, 5, 0), Instant::now());
        for address in 0..5 {
            fail(&throttle, &stranger("ana", address), start);
        }
        assert!(throttle.begin(&stranger("ana", 9), start).is_err());
        fail(&throttle, &known(1), start);
        fail(&throttle, &known(1), start);
        assert!(throttle.begin(&known(1), start).is_err(), "it is counted by itself");
        assert!(throttle.begin(&known(2), start).is_ok());
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits_too() {
        let (throttle, start) = (limits(0, 0, 3), Instant::now());
        for account in ["a", "b", "c"] {
            fail(&throttle, &stranger(account, 1), start);
        }
        assert!(throttle.begin(&stranger("d", 1), start).is_err());
        assert!(throttle.begin(&Client::Stranger { account: Some("d".into()), address: None }, start).is_ok());
    }

    #[test]
    fn of_many_at_once_no_more_begin_than_may_fail_and_a_right_one_gives_its_place_back() {
        let (throttle, now) = (limits(3, 0, 0), Instant::now());
        let ana = stranger("ana", 1);
        let mut begun: Vec<_> = (0..3).map(|_| throttle.begin(&ana, now).unwrap()).collect();
        assert!(throttle.begin(&ana, now).is_err());
        drop(begun.pop());
        begun.pop().unwrap().failed();
        let again = throttle.begin(&ana, now).unwrap();
        assert!(throttle.begin(&ana, now).is_err());
        drop((again, begun));
        assert_eq!(throttle.failures.lock().unwrap().len(), 1, "what counts nothing is not kept");
    }
}
