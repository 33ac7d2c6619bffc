//! `GET /dead-letters`: messages that could not be processed, kept whole for a person.

use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::{Caller, Page, Part, Problem, Query};
use serde::Serialize;
use store::{After, DeadLetter};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Backend;
use crate::database_problem::database_problem;

/// A message that could not be processed.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub(crate) struct DeadLetterBody {
    /// Its id; the same message that comes again is the same dead letter.
    id: Uuid,
    /// The id that its sender gave it; an order's id, where it was one.
    message_id: Option<String>,
    /// What its sender said it is.
    kind: Option<String>,
    /// Why it could not be processed.
    reason: String,
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
}

impl From<DeadLetter> for DeadLetterBody {
    fn from(dead: DeadLetter) -> Self {
        DeadLetterBody {
            id: dead.id,
            message_id: dead.letter.message_id,
            kind: dead.letter.kind,
            reason: dead.reason,
            body_base64: STANDARD.encode(&dead.letter.body),
            body_text: String::from_utf8(dead.letter.body).ok(),
            first_seen_at: dead.first_seen_at,
            last_seen_at: dead.last_seen_at,
            seen: dead.seen,
        }
    }
}

/// Messages that could not be processed, the newest first
#[utoipa::path(get, path = "/dead-letters", tag = "dead letters", params(Part<After<DateTime<Utc>>>),
    responses((status = 200, description = "Dead letters", body = Page<DeadLetterBody>)))]
pub(crate) async fn list_dead_letters(
    State(backend): State<Backend>,
    _: Caller,
    Query(part): Query<Part<After<DateTime<Utc>>>>,
) -> Result<axum::Json<Page<DeadLetterBody>>, Problem> {
    let before = part.cursor.map(|cursor| cursor.0);
    let page = backend.store.dead_letters(before, part.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, DeadLetterBody::from)))
}
