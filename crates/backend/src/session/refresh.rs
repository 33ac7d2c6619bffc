//! `POST /login/refresh`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use chrono::Utc;
use http::Problem;
use store::Refreshed;

use super::SignedIn;
use crate::Backend;
use crate::database_problem::database_problem;
use crate::refresh_token::{RefreshToken, no_cookie};

/// Stay signed in
///
/// Exchanges the refresh cookie for a new access token and a new cookie. A cookie is good until its successor is
/// used; a copy that turns up ends the session, since somebody else has it.
#[utoipa::path(post, path = "/login/refresh", tag = "session", security(()),
    responses(
        (status = 200, description = "Still signed in", body = SignedIn),
        (status = 401, description = "Not signed in any more", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn refresh(State(backend): State<Backend>, jar: CookieJar) -> Result<Response, Problem> {
    let Some(presented) = RefreshToken::of(&jar, backend.sessions) else { return Ok(signed_out(&backend, jar)) };
    let (now, next) = (Utc::now(), RefreshToken::random());
    let refreshed = backend.store.refresh_session(&presented.hash(), next.hash(), now).await;
    Ok(match refreshed.map_err(database_problem)? {
        Refreshed::Rotated(session, user) => {
            let jar = jar.add(next.cookie(backend.sessions));
            (jar, axum::Json(backend.signed_in(user, &session, now))).into_response()
        }
        // Another tab was first, and the browser has the new cookie from it.
        Refreshed::Recent(session, user) => axum::Json(backend.signed_in(user, &session, now)).into_response(),
        Refreshed::Stolen => {
            tracing::warn!("an old refresh token was used again: its session has ended");
            signed_out(&backend, jar)
        }
        Refreshed::Unknown => signed_out(&backend, jar),
    })
}

fn signed_out(backend: &Backend, jar: CookieJar) -> Response {
    let detail = "The session has ended. Sign in again.";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "session_ended", detail);
    (jar.add(no_cookie(backend.sessions)), problem).into_response()
}
