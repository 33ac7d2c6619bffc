//! `POST /login`.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use chrono::{TimeDelta, Utc};
use domain::{Email, SessionId};
use http::{ClientAddress, Json, Problem};
use serde::Deserialize;
use store::Session;
use utoipa::ToSchema;
use uuid::Uuid;

use super::SignedIn;
use crate::Backend;
use crate::database_problem::database_problem;
use crate::passwords::{Asker, Busy};
use crate::refresh_token::RefreshToken;
use crate::throttle::Client;

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
///
/// It also sets a device cookie. Where many fail to sign in to an account, a browser that brings its own goes on
/// signing in.
#[utoipa::path(post, path = "/login", tag = "session", security(()), request_body = Login,
    responses(
        (status = 200, description = "Signed in", body = SignedIn),
        (status = 401, description = "Wrong address or password", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn login(
    State(backend): State<Backend>,
    address: ClientAddress,
    jar: CookieJar,
    Json(login): Json<Login>,
) -> Result<(CookieJar, axum::Json<SignedIn>), Problem> {
    // What can't be an address belongs to nobody, and is answered like an unknown one.
    let email = Email::parse(&login.email).ok();
    let known_as = email.as_ref().and_then(|email| backend.devices.known(&jar, backend.sessions, email, Utc::now()));
    let (client, asker) = match known_as {
        Some(device) => (Client::Known(device), Asker::Known),
        None => {
            let account = email.as_ref().map(|email| email.as_str().into());
            (Client::Stranger { account, address: address.counted() }, Asker::Stranger)
        }
    };
    let attempt = backend.throttle.begin(&client, Instant::now()).map_err(|wait| {
        count("throttled");
        Problem::too_many_requests(wait)
    })?;
    let known = match &email {
        Some(email) => backend.store.credentials(email).await.map_err(database_problem)?,
        None => None,
    };
    let hash = known.as_ref().map(|(_, hash)| hash.as_str());
    let is_right = backend.passwords.is_right(&login.password, hash, asker).await.map_err(busy)?;
    let (Some((user, hash)), Some(email), true) = (known, email, is_right) else {
        attempt.failed();
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
    count("right");
    tracing::info!(user.id = %user.id, "signed in");
    let device = backend.devices.remember(&jar, backend.sessions, &email, now);
    let jar = jar.add(token.cookie(backend.sessions)).add(device);
    Ok((jar, axum::Json(backend.signed_in(user, &session, now))))
}

fn count(outcome: &'static str) {
    metrics::counter!("botica_logins_total", "outcome" => outcome).increment(1);
}

/// Others were before, for too long.
pub(crate) fn busy(_: Busy) -> Problem {
    count("busy");
    let detail = "Too many people are signing in. Try again in a moment.";
    Problem::unavailable("busy", detail, Duration::from_secs(2))
}

fn wrong_credentials() -> Problem {
    count("wrong");
    let detail = "The address or the password is wrong.";
    Problem::new(StatusCode::UNAUTHORIZED, "wrong_credentials", detail)
}
