//! `POST /logout`.

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use chrono::Utc;
use http::Problem;

use crate::Backend;
use crate::database_problem::database_problem;
use crate::refresh_token::{RefreshToken, no_cookie};

/// Sign out
///
/// Ends the session of the refresh cookie. Without one there is nothing to end, and the answer is the
/// same.
#[utoipa::path(post, path = "/logout", tag = "session", security(()),
    responses((status = 204, description = "Signed out")))]
pub(crate) async fn logout(State(backend): State<Backend>, jar: CookieJar) -> Result<(CookieJar, StatusCode), Problem> {
    if let Some(token) = RefreshToken::of(&jar, backend.sessions) {
        backend.store.end_session(&token.hash(), Utc::now()).await.map_err(database_problem)?;
    }
    Ok((jar.add(no_cookie(backend.sessions)), StatusCode::NO_CONTENT))
}
