//! Browsers that have signed in before: a cookie that names, for each of the last accounts, that somebody knew its
//! password here (OWASP's device cookies). It lets nobody in. It only tells the throttle whose failures to count
//! apart, so that a stranger who guesses does not make the user wait.
//!
//! The cookie is a list, since ward computers are used by many: the latest first. Nothing of it is kept here; it
//! is signed with a key that all backends derive from the token key, and is worth nothing under another.

use aws_lc_rs::{hmac, rand};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::Email;
use http::TokenSigner;

use crate::{Sessions, cookie};

const COOKIE: &str = "botica_device";

/// What the key is derived for.
const PURPOSE: &str = "botica device cookie, version 1";

/// The most accounts of one browser. More would fill the header that proxies take (8 KiB).
const MOST: usize = 32;

/// How long a browser is remembered after its last login. Browsers keep no cookie for longer than 400 days.
const REMEMBERED_SECONDS: i64 = 180 * 24 * 3600;

/// By which a browser is told from others of the same account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DeviceId(pub(crate) [u8; 8]);

impl DeviceId {
    /// Of a device that is signed in: of its session's id, the half that is all random.
    pub(crate) fn of_session(id: [u8; 16]) -> Self {
        let [.., a, b, c, d, e, f, g, h] = id;
        DeviceId([a, b, c, d, e, f, g, h])
    }
}

/// Signs and believes device cookies.
#[derive(Clone, Debug)]
pub struct Devices(hmac::Key);

/// One account of a browser: 36 bytes, 48 letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// Which account, for who has the key and its address.
    account: [u8; 8],
    device: DeviceId,
    /// When it was last signed in to, in seconds since 1970.
    at: u32,
}

impl Devices {
    /// With a key derived from the signer's.
    pub fn of(signer: &TokenSigner) -> Self {
        Devices(hmac::Key::new(hmac::HMAC_SHA256, &signer.derive(PURPOSE)))
    }

    /// As which browser this one is known to `account`.
    pub(crate) fn known(
        &self,
        jar: &CookieJar,
        sessions: Sessions,
        account: &Email,
        now: DateTime<Utc>,
    ) -> Option<DeviceId> {
        let account = self.name(account);
        self.entries(jar, sessions, now).into_iter().find(|entry| entry.account == account).map(|entry| entry.device)
    }

    /// The cookie of a browser that has just signed in to `account`.
    pub(crate) fn remember(
        &self,
        jar: &CookieJar,
        sessions: Sessions,
        account: &Email,
        now: DateTime<Utc>,
    ) -> Cookie<'static> {
        let (account, entries) = (self.name(account), self.entries(jar, sessions, now));
        let (own, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.account == account);
        // The same device as before: another would forget its failures.
        let device = own.first().map_or_else(random, |entry| entry.device);
        let at = u32::try_from(now.timestamp()).unwrap_or(u32::MAX);
        let entries = std::iter::once(Entry { account, device, at }).chain(others).take(MOST);
        let value: Vec<_> = entries.map(|entry| URL_SAFE_NO_PAD.encode(self.sealed(entry))).collect();
        cookie::cookie(COOKIE, value.join("."), REMEMBERED_SECONDS, sessions)
    }

    /// The entries of ours that are not too old.
    fn entries(&self, jar: &CookieJar, sessions: Sessions, now: DateTime<Utc>) -> Vec<Entry> {
        let Some(cookie) = jar.get(&cookie::name(COOKIE, sessions)) else { return Vec::new() };
        let is_fresh = |entry: &Entry| now.timestamp() - i64::from(entry.at) < REMEMBERED_SECONDS;
        cookie.value().split('.').take(MOST).filter_map(|text| self.opened(text)).filter(is_fresh).collect()
    }

    /// What stands for an account in a cookie: nobody without the key reads an address out of it.
    fn name(&self, account: &Email) -> [u8; 8] {
        first(hmac::sign(&self.0, format!("account {}", account.as_str()).as_bytes()).as_ref())
    }

    fn sealed(&self, entry: Entry) -> Vec<u8> {
        let mut bytes = [&entry.account[..], &entry.device.0, &entry.at.to_be_bytes()].concat();
        let seal: [u8; 16] = first(self.seal(&bytes).as_ref());
        bytes.extend(seal);
        bytes
    }

    fn opened(&self, text: &str) -> Option<Entry> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (said, seal) = bytes.split_at_checked(20)?;
        let right: [u8; 16] = first(self.seal(said).as_ref());
        aws_lc_rs::constant_time::verify_slices_are_equal(seal, &right).ok()?;
        let at = u32::from_be_bytes(said[16..].try_into().ok()?);
        Some(Entry { account: first(said), device: DeviceId(first(&said[8..])), at })
    }

    fn seal(&self, said: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, &[b"device ", said].concat())
    }
}

fn random() -> DeviceId {
    let mut id = [0; 8];
    #[expect(clippy::expect_used, reason = "fails only where the system has no randomness: nothing is safe there")]
    rand::fill(&mut id).expect("the system has randomness");
    DeviceId(id)
}

/// The first bytes of at least as many.
fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut first = [0; N];
    first.copy_from_slice(&bytes[..N]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use std::time::Duration;

    const SESSIONS: Sessions =
        Sessions { access_token: Duration::from_secs(600), session: Duration::from_secs(600), is_cookie_secure: true };

    fn devices() -> Devices {
        Devices::of(&TokenSigner::from_pkcs8_pem(&TokenSigner::generate()).unwrap())
    }

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn signed_in(devices: &Devices, jar: CookieJar, account: &str) -> CookieJar {
        let cookie = devices.remember(&jar, SESSIONS, &email(account), now());
        jar.add(cookie)
    }

    #[test]
    fn a_browser_is_known_to_the_accounts_that_signed_in_there_and_stays_the_same() {
        let devices = devices();
        let jar = signed_in(&devices, CookieJar::new(), "ana@hospital.example");
        let known = |jar: &CookieJar, who: &str| devices.known(jar, SESSIONS, &email(who), now());
        let ana = known(&jar, "ana@hospital.example").unwrap();
        assert_eq!(known(&jar, "bia@hospital.example"), None);
        let jar = signed_in(&devices, jar, "bia@hospital.example");
        let jar = signed_in(&devices, jar, "ana@hospital.example");
        assert_eq!(known(&jar, "ana@hospital.example"), Some(ana));
        assert!(known(&jar, "bia@hospital.example").is_some_and(|bia| bia != ana));
        assert!(!jar.get("__Host-botica_device").unwrap().value().contains("ana"));
    }

    #[test]
    fn a_computer_of_a_whole_ward_forgets_the_one_that_was_there_longest_ago() {
        let devices = devices();
        let mut jar = CookieJar::new();
        for nurse in 0..=MOST {
            jar = signed_in(&devices, jar, &format!("nurse{nurse}@hospital.example"));
        }
        let known =
            |nurse: usize| devices.known(&jar, SESSIONS, &email(&format!("nurse{nurse}@hospital.example")), now());
        assert_eq!(known(0), None);
        assert!((1..=MOST).all(|nurse| known(nurse).is_some()));
        assert!(jar.get("__Host-botica_device").unwrap().value().len() < 2048);
    }

    #[test]
    fn what_is_old_altered_or_of_another_key_is_unknown() {
        let (devices, other) = (devices(), devices());
        let jar = signed_in(&devices, CookieJar::new(), "ana@hospital.example");
        let ana = email("ana@hospital.example");
        assert_eq!(other.known(&jar, SESSIONS, &ana, now()), None);
        let after = |seconds| now() + TimeDelta::seconds(seconds);
        assert!(devices.known(&jar, SESSIONS, &ana, after(REMEMBERED_SECONDS - 1)).is_some());
        assert_eq!(devices.known(&jar, SESSIONS, &ana, after(REMEMBERED_SECONDS)), None);
        let good = jar.get("__Host-botica_device").unwrap().value().to_owned();
        let altered = (0..good.len()).map(|at| {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        });
        for value in altered.chain([String::new(), ".".to_owned(), good[..40].to_owned(), "é".to_owned()]) {
            let jar = CookieJar::new().add(Cookie::new("__Host-botica_device", value.clone()));
            assert_eq!(devices.known(&jar, SESSIONS, &ana, now()), None, "{value}");
        }
    }
}
