//! Passwords: Argon2id, a few at a time, since each takes 19 MiB and a core for some tens of milliseconds.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// A password that may not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidPassword {
    /// Shorter than [`Passwords::MIN`] characters.
    Short,
    /// Longer than [`Passwords::MAX`] characters.
    Long,
}

impl std::fmt::Display for InvalidPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            InvalidPassword::Short => write!(f, "must have at least {} characters", Passwords::MIN),
            InvalidPassword::Long => write!(f, "must have at most {} characters", Passwords::MAX),
        }
    }
}

/// Counter of passwords that were checked against a hash.
const CHECKS_TOTAL: &str = "botica_password_checks_total";

/// Gauge of passwords that wait to be checked.
const WAITING: &str = "botica_password_checks_waiting";

/// So many are waiting that this one would wait too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being checked")]
pub(crate) struct Busy;

/// Whose password it is. Each kind waits in a queue of its own: however many strangers guess, whoever has signed in
/// before waits only for others who have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Somebody who is signed in, or at a browser that has signed in to this account before.
    Known,
    /// Anybody else.
    Stranger,
}

/// Hashes and checks passwords. Clones share the limit.
#[derive(Clone, Debug)]
pub struct Passwords {
    strangers: Arc<Semaphore>,
    known: Arc<Semaphore>,
    wait: Duration,
    /// The hash of a password that nobody has: checking it takes the time that checking a real one does.
    dummy: Arc<str>,
}

impl Passwords {
    /// The shortest password, by NIST SP 800-63B.
    pub const MIN: usize = 8;
    /// The longest; hashing more would be work for an attacker to hand out.
    pub const MAX: usize = 128;

    /// Hashes `at_once` passwords of strangers at the same time, and one of who is known; others wait, but at most
    /// for `wait` to have one checked.
    pub fn new(at_once: usize, wait: Duration) -> Self {
        metrics::describe_counter!(CHECKS_TOTAL, "Passwords checked against a hash (Argon2)");
        metrics::describe_gauge!(WAITING, "Passwords that wait to be checked");
        metrics::gauge!(WAITING).set(0.0);
        let dummy = hash("nobody has this password");
        let (strangers, known) = (Semaphore::new(at_once.max(1)), Semaphore::new(1));
        Passwords { strangers: Arc::new(strangers), known: Arc::new(known), wait, dummy: dummy.into() }
    }

    /// The hash of a new password, in PHC string format. Who sets one is known, and waits for as long as it takes.
    ///
    /// # Errors
    /// Too short or too long.
    pub async fn hash(&self, password: &str) -> Result<String, InvalidPassword> {
        match password.chars().count() {
            0..Self::MIN => return Err(InvalidPassword::Short),
            Self::MIN..=Self::MAX => {}
            _ => return Err(InvalidPassword::Long),
        }
        let password = password.to_owned();
        let place = self.known.clone().acquire_owned().await;
        Ok(run(place, move || hash(&password)).await)
    }

    /// Whether `password` has this hash; `None` stands for an unknown user, takes as long, and is false.
    ///
    /// # Errors
    /// [`Busy`]: others were before, for too long. Whether it is right is not known.
    pub(crate) async fn is_right(&self, password: &str, hash: Option<&str>, asker: Asker) -> Result<bool, Busy> {
        if password.chars().count() > Self::MAX {
            return Ok(false);
        }
        let is_known = hash.is_some();
        let (password, hash) = (password.to_owned(), hash.unwrap_or(&self.dummy).to_owned());
        let fits = move || match PasswordHash::new(&hash) {
            Ok(hash) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
            Err(error) => {
                tracing::error!(error = %error, "a stored password hash can't be read");
                false
            }
        };
        let places = match asker {
            Asker::Known => &self.known,
            Asker::Stranger => &self.strangers,
        };
        let place = {
            let _waiting = Waiting::begin();
            tokio::time::timeout(self.wait, places.clone().acquire_owned()).await.map_err(|_| Busy)?
        };
        metrics::counter!(CHECKS_TOTAL).increment(1);
        Ok(run(place, fits).await && is_known)
    }
}

/// Counted among those who wait, until it is dropped.
struct Waiting;

impl Waiting {
    fn begin() -> Waiting {
        metrics::gauge!(WAITING).increment(1.0);
        Waiting
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        metrics::gauge!(WAITING).decrement(1.0);
    }
}

/// Runs work off the threads that serve requests. The place is held by the work, not by the request: a client that
/// leaves must not let another in.
async fn run<T: Send + 'static>(
    place: Result<OwnedSemaphorePermit, AcquireError>,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    #[expect(clippy::expect_used, reason = "the semaphores are never closed, and hashing does not panic")]
    {
        let place = place.expect("the semaphore is open");
        let worked = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        worked.await.expect("hashing does not panic")
    }
}

fn hash(password: &str) -> String {
    #[expect(clippy::expect_used, reason = "fails only where the system has no randomness: nothing is safe there")]
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).expect("hashing a short text");
    hash.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A_WHILE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let passwords = Passwords::new(2, A_WHILE);
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        for asker in [Asker::Known, Asker::Stranger] {
            assert_eq!(passwords.is_right("correct horse", Some(&hash), asker).await, Ok(true));
            assert_eq!(passwords.is_right("correct horsf", Some(&hash), asker).await, Ok(false));
            assert_eq!(passwords.is_right("nobody has this password", None, asker).await, Ok(false));
        }
        assert_ne!(hash, passwords.hash("correct horse").await.unwrap(), "salted");
    }

    #[tokio::test]
    async fn strangers_wait_for_each_other_so_long_and_no_longer_and_who_is_known_does_not_wait_for_them() {
        let passwords = Passwords::new(1, Duration::from_millis(50));
        let hash = passwords.hash("correct horse").await.unwrap();
        let taken = passwords.strangers.clone().acquire_owned().await.unwrap();
        assert_eq!(passwords.is_right("correct horse", Some(&hash), Asker::Stranger).await, Err(Busy));
        assert_eq!(passwords.is_right("correct horse", Some(&hash), Asker::Known).await, Ok(true));
        drop(taken);
        assert_eq!(passwords.is_right("correct horse", Some(&hash), Asker::Stranger).await, Ok(true));
    }

    #[tokio::test]
    async fn a_password_has_8_to_128_characters() {
        let passwords = Passwords::new(2, A_WHILE);
        assert_eq!(passwords.hash("1234567").await, Err(InvalidPassword::Short));
        assert_eq!(passwords.hash(&"é".repeat(129)).await, Err(InvalidPassword::Long));
        assert!(passwords.hash(&"é".repeat(8)).await.is_ok());
    }
}
