//! Dead letters: messages that could not be processed, kept whole for a person, who replays or discards them.

pub(crate) mod discard;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod replay;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::DeadLetterState;
use http::{Problem, words};
use serde::Serialize;
use serde_json::json;
use store::{DeadLetter, NotDecided};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::orders::PersonBody;

/// A message that could not be processed.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub(crate) struct DeadLetterBody {
    /// Its id; the same message that comes again is the same dead letter.
    id: Uuid,
    /// Where it stands.
    #[schema(value_type = words::DeadLetterState)]
    state: DeadLetterState,
    /// The id that its sender gave it; an order's id, where it was one.
    message_id: Option<String>,
    /// What its sender said it is.
    kind: Option<String>,
    /// What else its sender and the broker said of it.
    headers: BTreeMap<String, String>,
    /// Why it could not be processed.
    reason: String,
    /// The version of the message's form that its reader must know, where that is all that is wrong with it. A
    /// Botica that knows it replays it by itself.
    needs_version: Option<u32>,
    /// Its body, to the byte, in Base64.
    body_base64: String,
    /// Its body, where it is text.
    body_text: Option<String>,
    /// When it first came.
    first_seen_at: DateTime<Utc>,
    /// When it last came.
    last_seen_at: DateTime<Utc>,
    /// How often it came.
    seen: u32,
    /// Who decided about it; nobody while it waits.
    decided_by: Option<PersonBody>,
    /// When.
    decided_at: Option<DateTime<Utc>>,
    /// Why it was discarded.
    discard_reason: Option<String>,
}

impl From<DeadLetter> for DeadLetterBody {
    fn from(dead: DeadLetter) -> Self {
        let decided_at = dead.decision.as_ref().map(|decision| decision.at);
        let (decided_by, discard_reason) = match dead.decision {
            Some(decision) => (Some(PersonBody::from(decision.by)), decision.reason),
            None => (None, None),
        };
        DeadLetterBody {
            id: dead.id,
            state: dead.state,
            message_id: dead.letter.message_id,
            kind: dead.letter.kind,
            headers: dead.letter.headers,
            reason: dead.reason,
            needs_version: dead.needs_version,
            body_base64: STANDARD.encode(&dead.letter.body),
            body_text: String::from_utf8(dead.letter.body).ok(),
            first_seen_at: dead.first_seen_at,
            last_seen_at: dead.last_seen_at,
            seen: dead.seen,
            decided_by,
            decided_at,
            discard_reason,
        }
    }
}

/// The answer to a decision that was not made; it says how the letter stands.
fn why_not(not_decided: NotDecided) -> Problem {
    match not_decided {
        NotDecided::NoSuchLetter => Problem::not_found("dead letter"),
        NotDecided::NotWaiting(letter) => {
            let by = letter.decision.as_ref().map(|decision| format!(", by {}", decision.by.name)).unwrap_or_default();
            let detail = format!("The dead letter is {} already{by}.", letter.state);
            let state = json!({
                "id": letter.id,
                "state": letter.state,
                "decided_by": letter.decision.as_ref().map(|decision| PersonBody::from(decision.by.clone())),
                "decided_at": letter.decision.as_ref().map(|decision| decision.at),
                "discard_reason": letter.decision.and_then(|decision| decision.reason),
            });
            Problem::new(StatusCode::CONFLICT, "not_waiting", detail).with("dead_letter", state)
        }
    }
}
