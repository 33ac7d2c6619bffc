//! Refresh tokens: random, kept by the browser in a cookie and by the database as a hash.

use axum_extra::extract::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use time::Duration;

use crate::Sessions;

/// A token that keeps a device signed in.
pub(crate) struct RefreshToken(String);

impl RefreshToken {
    /// A new one, of 256 random bits.
    pub(crate) fn random() -> Self {
        let mut bytes = [0_u8; 32];
        #[expect(clippy::expect_used, reason = "fails only where the system has no randomness: nothing is safe there")]
        aws_lc_rs::rand::fill(&mut bytes).expect("the system has randomness");
        RefreshToken(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The one that a request brought.
    pub(crate) fn of(jar: &axum_extra::extract::CookieJar, sessions: Sessions) -> Option<Self> {
        jar.get(cookie_name(sessions)).map(|cookie| RefreshToken(cookie.value().to_owned()))
    }

    /// What the database keeps. A plain hash will do: the token is random, nobody can guess it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    /// The cookie for the browser.
    pub(crate) fn cookie(&self, sessions: Sessions) -> Cookie<'static> {
        let seconds = i64::try_from(sessions.session.as_secs()).unwrap_or(i64::MAX);
        cookie(self.0.clone(), seconds, sessions)
    }
}

/// The cookie that makes the browser forget.
pub(crate) fn no_cookie(sessions: Sessions) -> Cookie<'static> {
    cookie(String::new(), 0, sessions)
}

/// A browser takes a `__Host-` cookie only over TLS, from this very host, for all paths.
fn cookie_name(sessions: Sessions) -> &'static str {
    if sessions.is_cookie_secure { "__Host-botica_refresh" } else { "botica_refresh" }
}

fn cookie(value: String, seconds: i64, sessions: Sessions) -> Cookie<'static> {
    Cookie::build((cookie_name(sessions), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(sessions.is_cookie_secure)
        .max_age(Duration::seconds(seconds))
        .build()
}
