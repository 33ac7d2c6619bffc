//! `GET /.well-known/revoked-sessions.json`: by which publishers learn whose access tokens not to believe.
//!
//! Open like the keys beside it: a session's id is random, stands in each of its tokens, and opens nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use chrono::{DateTime, TimeDelta, Utc};
use domain::SessionId;
use http::Problem;
use serde::Serialize;
use store::{Store, StoreError};
use tokio::sync::Mutex;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Backend;
use crate::database_problem::database_problem;

/// How far the clocks of two of our hosts may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(30);

/// For how long an answer is given again: strangers may ask, and must not load the database.
const FRESH: Duration = Duration::from_secs(1);

/// The most sessions of an answer, about 4 MB. Each was signed in with a password, of which a backend checks
/// some dozens a second: within the life of an access token a hospital does not come near.
const MOST: u64 = 100_000;

/// Knows which sessions ended early so lately that an access token of theirs may still be good. Clones are the
/// same.
#[derive(Clone, Debug)]
pub struct Revocations {
    store: Store,
    /// How long after its end a session matters.
    matters: TimeDelta,
    last: Arc<Mutex<Option<Last>>>,
}

/// An answer, and when it was given first.
#[derive(Debug)]
struct Last {
    at: Instant,
    answer: Result<Bytes, Problem>,
}

/// Sessions that ended early: by signing out, by a change of the user, or because their cookie was copied.
#[derive(Serialize, ToSchema)]
#[schema(as = RevokedSessions)]
pub(crate) struct Body {
    /// All that had ended before this instant is in here.
    as_of: DateTime<Utc>,
    /// Their ids, the latest first: as many as an access token may still be good for.
    #[schema(max_items = 100_000)]
    sessions: Vec<Uuid>,
}

impl Revocations {
    /// Out of `store`, where access tokens live for `access_token`.
    pub fn new(store: Store, access_token: Duration) -> Revocations {
        let matters = TimeDelta::from_std(access_token).unwrap_or(TimeDelta::MAX);
        let matters = matters.checked_add(&SKEW).unwrap_or(matters);
        Revocations { store, matters, last: Arc::default() }
    }

    /// The sessions that matter at `now`, the latest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn at(&self, now: DateTime<Utc>) -> Result<Vec<SessionId>, StoreError> {
        let since = now.checked_sub_signed(self.matters).unwrap_or(DateTime::UNIX_EPOCH);
        self.store.revoked_sessions(since, MOST).await
    }

    /// The answer, at most [`FRESH`] old. Who comes while the database is asked waits for what it says.
    async fn answer(&self) -> Result<Bytes, Problem> {
        let mut last = self.last.lock().await;
        if let Some(last) = last.as_ref().filter(|last| last.at.elapsed() < FRESH) {
            return last.answer.clone();
        }
        let answer = self.ask().await;
        *last = Some(Last { at: Instant::now(), answer: answer.clone() });
        answer
    }

    async fn ask(&self) -> Result<Bytes, Problem> {
        let as_of = Utc::now();
        let sessions = self.at(as_of).await.map_err(database_problem)?;
        let body = Body { as_of, sessions: sessions.into_iter().map(Uuid::from).collect() };
        let text = serde_json::to_vec(&body).map_err(|error| {
            tracing::error!(error = %error, "the sessions that ended early can't be written as JSON");
            Problem::internal()
        })?;
        Ok(text.into())
    }
}

/// Sessions that ended early
///
/// Their access tokens are not to be believed any more, well signed as they are.
#[utoipa::path(get, path = "/.well-known/revoked-sessions.json", tag = "session", security(()),
    responses((status = 200, description = "The sessions that an access token may still be good for", body = Body)))]
pub(crate) async fn revoked_sessions(
    State(backend): State<Backend>,
) -> Result<([(HeaderName, &'static str); 2], Bytes), Problem> {
    let answer = backend.revocations.answer().await?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=1")], answer))
}
