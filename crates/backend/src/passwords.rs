//! Passwords: Argon2id, a few at a time, since each takes 19 MiB and a core for some tens of milliseconds.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

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

/// Hashes and checks passwords. Clones share the limit.
#[derive(Clone, Debug)]
pub struct Passwords {
    at_once: Arc<Semaphore>,
    /// The hash of a password that nobody has: checking it takes the time that checking a real one does.
    dummy: Arc<str>,
}

impl Passwords {
    /// The shortest password, by NIST SP 800-63B.
    pub const MIN: usize = 8;
    /// The longest; hashing more would be work for an attacker to hand out.
    pub const MAX: usize = 128;

    /// Hashes `at_once` passwords at the same time; others wait.
    pub fn new(at_once: usize) -> Self {
        let dummy = hash("nobody has this password");
        Passwords { at_once: Arc::new(Semaphore::new(at_once.max(1))), dummy: dummy.into() }
    }

    /// The hash of a new password, in PHC string format.
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
        Ok(self.run(move || hash(&password)).await)
    }

    /// Whether `password` has this hash; `None` stands for an unknown user, takes as long, and is false.
    pub async fn is_right(&self, password: &str, hash: Option<&str>) -> bool {
        if password.chars().count() > Self::MAX {
            return false;
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
        self.run(fits).await && is_known
    }

    /// Runs work off the threads that serve requests.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        #[expect(clippy::expect_used, reason = "the semaphore is never closed, and hashing does not panic")]
        {
            let permit = Arc::clone(&self.at_once).acquire_owned().await.expect("the semaphore is open");
            let worked = tokio::task::spawn_blocking(move || {
                // Held by the work, not by the request: a client that leaves must not let another in.
                let _permit = permit;
                work()
            });
            worked.await.expect("hashing does not panic")
        }
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

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let passwords = Passwords::new(2);
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(passwords.is_right("correct horse", Some(&hash)).await);
        assert!(!passwords.is_right("correct horsf", Some(&hash)).await);
        assert!(!passwords.is_right("nobody has this password", None).await);
        assert_ne!(hash, passwords.hash("correct horse").await.unwrap(), "salted");
    }

    #[tokio::test]
    async fn a_password_has_8_to_128_characters() {
        let passwords = Passwords::new(2);
        assert_eq!(passwords.hash("1234567").await, Err(InvalidPassword::Short));
        assert_eq!(passwords.hash(&"é".repeat(129)).await, Err(InvalidPassword::Long));
        assert!(passwords.hash(&"é".repeat(8)).await.is_ok());
    }
}
