//! `POST /login`.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use chrono::{TimeDelta, Utc};
use domain::{Email, SessionId};
use http::{Json, Problem};
use serde::Deserialize;
use store::Session;
use utoipa::ToSchema;
use uuid::Uuid;

use super::SignedIn;
use crate::Backend;
use crate::database_problem::database_problem;
use crate::refresh_token::RefreshToken;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// Their address, in any case.
    #[schema(example = "admin@hospital.example")]
    email: String,
    /// Their password.
    #[schema(format = Password)]
    password: String,
}

/// Sign in
///
/// Answers with an access token and sets the refresh cookie. A wrong password and an unknown address
/// get the same answer after the same time.
#[utoipa::path(post, path = "/login", tag = "session", security(()), request_body = Login,
    responses(
        (status = 200, description = "Signed in", body = SignedIn),
        (status = 401, description = "Wrong address or password", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn login(
    State(backend): State<Backend>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    jar: CookieJar,
    Json(login): Json<Login>,
) -> Result<(CookieJar, axum::Json<SignedIn>), Problem> {
    // What can't be an address belongs to nobody, and is answered like an unknown one.
    let email = Email::parse(&login.email).ok();
    let account = email.as_ref().map(Email::as_str);
    let address = peer.map(|axum::Extension(ConnectInfo(peer))| peer.ip());
    if let Some(wait) = backend.throttle.wait(account, address, Instant::now()) {
        metrics::counter!("botica_logins_total", "outcome" => "throttled").increment(1);
        return Err(Problem::too_many_requests(wait));
    }
    let known = match &email {
        Some(email) => backend.store.credentials(email).await.map_err(database_problem)?,
        None => None,
    };
    let hash = known.as_ref().map(|(_, hash)| hash.as_str());
    let is_right = backend.passwords.is_right(&login.password, hash).await;
    let Some((user, hash)) = known.filter(|_| is_right) else {
        backend.throttle.failed(account, address, Instant::now());
        return Err(wrong_credentials());
    };

    let now = Utc::now();
    let token = RefreshToken::random();
    let session = Session {
        id: SessionId(Uuid::now_v7()),
        user_id: user.id,
        expires_at: now + TimeDelta::from_std(backend.sessions.session).unwrap_or(TimeDelta::MAX),
    };
    let created = backend.store.create_session(&session, token.hash(), &hash, now).await.map_err(database_problem)?;
    let user = created.ok_or_else(wrong_credentials)?;
    metrics::counter!("botica_logins_total", "outcome" => "right").increment(1);
    tracing::info!(user.id = %user.id, "signed in");
    let jar = jar.add(token.cookie(backend.sessions));
    Ok((jar, axum::Json(backend.signed_in(user, &session, now))))
}

fn wrong_credentials() -> Problem {
    metrics::counter!("botica_logins_total", "outcome" => "wrong").increment(1);
    let detail = "The address or the password is wrong.";
    Problem::new(StatusCode::UNAUTHORIZED, "wrong_credentials", detail)
}
