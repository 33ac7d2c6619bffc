//! Refresh tokens: random, kept by the browser in a cookie and by the database as a hash.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use crate::{Sessions, cookie, random_token};

const COOKIE: &str = "botica_refresh";

/// A token that keeps a device signed in.
pub(crate) struct RefreshToken(String);

impl RefreshToken {
    /// A new one.
    pub(crate) fn random() -> Self {
        RefreshToken(random_token::random())
    }

    /// The one that a request brought.
    pub(crate) fn of(jar: &CookieJar, sessions: Sessions) -> Option<Self> {
        jar.get(&cookie::name(COOKIE, sessions)).map(|cookie| RefreshToken(cookie.value().to_owned()))
    }

    /// What the database keeps.
    pub(crate) fn hash(&self) -> Vec<u8> {
        random_token::hash(&self.0)
    }

    /// The cookie for the browser.
    pub(crate) fn cookie(&self, sessions: Sessions) -> Cookie<'static> {
        let seconds = i64::try_from(sessions.session.as_secs()).unwrap_or(i64::MAX);
        cookie::cookie(COOKIE, self.0.clone(), seconds, sessions)
    }
}

/// The cookie that makes the browser forget.
pub(crate) fn no_cookie(sessions: Sessions) -> Cookie<'static> {
    cookie::cookie(COOKIE, String::new(), 0, sessions)
}
