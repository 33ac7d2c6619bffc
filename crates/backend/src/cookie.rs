//! Cookies that keep a browser's token, out of reach of its scripts and of other sites.

use axum_extra::extract::cookie::{Cookie, SameSite};
use time::Duration;

use crate::Sessions;

/// A browser takes a `__Host-` cookie only over TLS, from this very host, for all paths.
pub(crate) fn name(name: &str, sessions: Sessions) -> String {
    if sessions.is_cookie_secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// A cookie that lives for so many seconds; with 0 the browser forgets it.
pub(crate) fn cookie(token: &str, value: String, seconds: i64, sessions: Sessions) -> Cookie<'static> {
    Cookie::build((name(token, sessions), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(sessions.is_cookie_secure)
        .max_age(Duration::seconds(seconds))
        .build()
}
