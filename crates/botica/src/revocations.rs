//! How a publisher learns which sessions ended early: from the database, where its process has one, else from
//! the backend.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use backend::Revocations;
use chrono::{DateTime, TimeDelta, Utc};
use domain::SessionId;
use http::RevokedSessions;
use reqwest::StatusCode;
use serde::Deserialize;
use store::Store;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::settings::{Role, Settings};

/// How often is asked. Who is shut out is to be out within 10 s, also when one answer is lost: two rounds of
/// [`EVERY`] and [`ANSWER`], and the second that the backend's answer may be old.
const EVERY: Duration = Duration::from_secs(2);

/// How long the backend may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// How long a publisher that starts asks, before it goes by knowing nothing: it must start without the backend.
const FIRST: Duration = Duration::from_secs(3);

/// How often it asks then: the backend may be starting beside it.
const FIRST_EVERY: Duration = Duration::from_millis(250);

/// Clocks further apart than this make tokens worthless for a part of their life. The answer itself may be some
/// seconds old.
const MOST_APART: TimeDelta = TimeDelta::seconds(10);

/// Who knows.
pub(crate) enum Source {
    /// The database.
    Database(Revocations),
    /// The backend.
    Backend(BackendSource),
}

/// A backend on another host.
pub(crate) struct BackendSource {
    url: Url,
    /// Whether the log has said that its clock and ours are apart, and not yet that they agree.
    is_apart: AtomicBool,
}

impl Source {
    /// The database of a backend in this process, where it is known how long tokens live; a backend elsewhere;
    /// or the database of a consumer. Nobody, where a publisher has nothing but a key's file.
    pub(crate) fn of(settings: &Settings, store: Option<&Store>) -> anyhow::Result<Option<Source>> {
        Ok(match (&settings.jwks_url, store) {
            (Some(jwks), _) if !settings.runs(Role::Backend) => Some(Source::beside(jwks)?),
            (_, Some(store)) => Some(Source::Database(Revocations::new(store.clone(), settings.access_token_life.0))),
            (_, None) => {
                tracing::warn!("who is shut out can order until their token ends: only --jwks-url tells of them");
                None
            }
        })
    }

    /// The backend that has its keys at `jwks`: the answer is beside them.
    fn beside(jwks: &Url) -> anyhow::Result<Source> {
        let url = jwks.join("revoked-sessions.json");
        let backend = |url| Source::Backend(BackendSource { url, is_apart: AtomicBool::new(false) });
        url.map(backend).with_context(|| format!("{jwks} is no address that another can be beside"))
    }

    /// Tells `revoked` for the first time, if anybody answers soon: who was shut out before this process started
    /// must not get in while it knows of none.
    pub(crate) async fn learn(&self, revoked: &RevokedSessions) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().timeout(ANSWER).build()?;
        let mut why = "there was no answer".to_owned();
        let ask = async {
            loop {
                match self.ask(&client).await {
                    Ok(answer) => return revoked.replace(answer.unwrap_or_default()),
                    Err(error) => why = format!("{error:#}"),
                }
                tokio::time::sleep(FIRST_EVERY).await;
            }
        };
        if tokio::time::timeout(FIRST, ask).await.is_err() {
            tracing::warn!(
                error = why,
                "starting without knowing which sessions ended early; until somebody says, they can order"
            );
        }
        Ok(())
    }

    /// Tells `revoked` again and again until `stop`. While nobody answers, it goes by what it knows.
    pub(crate) async fn keep_fresh(self, revoked: RevokedSessions, stop: CancellationToken) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().timeout(ANSWER).build()?;
        let ask_forever = async {
            let mut is_failing = false;
            loop {
                match self.ask(&client).await {
                    Ok(answer) => {
                        is_failing = false;
                        match answer {
                            Some(sessions) => revoked.replace(sessions),
                            None => tracing::debug!("an older backend does not say which sessions ended early"),
                        }
                    }
                    Err(error) => {
                        // Once an outage: orders are accepted without the backend, and tokens end by themselves.
                        if !is_failing {
                            let error = format!("{error:#}");
                            tracing::warn!(error, "can't learn which sessions ended early; going by what is known");
                        }
                        is_failing = true;
                    }
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        tokio::select! {
            () = ask_forever => Ok(()),
            () = stop.cancelled() => Ok(()),
        }
    }

    /// The sessions that ended early; `None` from a backend that can't say.
    async fn ask(&self, client: &reqwest::Client) -> anyhow::Result<Option<Vec<SessionId>>> {
        #[derive(Deserialize)]
        struct Answer {
            sessions: Vec<SessionId>,
            as_of: Option<DateTime<Utc>>,
        }
        let backend = match self {
            Source::Database(revocations) => return Ok(Some(revocations.at(Utc::now()).await?)),
            Source::Backend(backend) => backend,
        };
        let answer = client.get(backend.url.clone()).send().await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer: Answer = answer.error_for_status()?.json().await?;
        if let Some(theirs) = answer.as_of {
            backend.compare_clocks(theirs, Utc::now());
        }
        Ok(Some(answer.sessions))
    }
}

impl BackendSource {
    /// Says so, once, when the backend's clock is far from ours: its tokens are then from the future or have run
    /// out, and every order is refused.
    fn compare_clocks(&self, theirs: DateTime<Utc>, ours: DateTime<Utc>) {
        let apart = (theirs - ours).num_seconds();
        let is_apart = apart.abs() > MOST_APART.num_seconds();
        match (is_apart, self.is_apart.swap(is_apart, Ordering::Relaxed)) {
            (true, false) => tracing::error!(
                seconds = apart,
                "the backend's clock and this machine's are far apart, so its tokens are not believed and no order \
                 is taken: let both follow NTP"
            ),
            (false, true) => tracing::info!("the backend's clock and this machine's agree again"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::CONTENT_TYPE;
    use serde_json::json;

    /// What comes of an answer of this status and body.
    async fn asked(status: u16, body: &str) -> anyhow::Result<Option<Vec<SessionId>>> {
        let status = axum::http::StatusCode::from_u16(status)?;
        let answer = (status, [(CONTENT_TYPE, "application/json")], body.to_owned());
        let router = axum::Router::new().route("/well/revoked-sessions.json", axum::routing::get(|| async { answer }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let jwks: Url = format!("http://{}/well/jwks.json?at=7", listener.local_addr()?).parse()?;
        let server = tokio::spawn(async { axum::serve(listener, router).await });
        let said = Source::beside(&jwks)?.ask(&reqwest::Client::new()).await;
        server.abort();
        said
    }

    #[tokio::test]
    async fn the_answer_is_beside_the_keys() {
        let id = uuid::Uuid::now_v7();
        let body = json!({ "as_of": Utc::now(), "sessions": [id], "later": "more" }).to_string();
        assert_eq!(asked(200, &body).await.unwrap(), Some(vec![SessionId(id)]));
    }

    #[tokio::test]
    async fn an_older_backend_can_not_say_and_that_is_no_failure() {
        assert_eq!(asked(404, "").await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_no_answer_is_a_failure() {
        for (status, body) in [(503, "{}"), (200, "<html>"), (200, "{}"), (200, r#"{"sessions":["x"]}"#)] {
            assert!(asked(status, body).await.is_err(), "{status} {body}");
        }
        let nowhere: Url = "data:text/plain,x".parse().unwrap();
        assert!(Source::beside(&nowhere).is_err());
    }
}
