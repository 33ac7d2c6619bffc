//! `GET /dead-letters`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::DeadLetterState;
use http::{Caller, Cursor, Limit, Page, Problem, Query, words};
use serde::{Deserialize, Deserializer, de};
use store::After;
use utoipa::IntoParams;

use super::DeadLetterBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which letters, and which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Where they stand: a word, or several with commas between them. Unless told, those that are not done with:
    /// `waiting,replaying`.
    #[serde(default = "open", deserialize_with = "states")]
    #[param(value_type = Option<Vec<words::DeadLetterState>>, explode = false)]
    state: Vec<DeadLetterState>,
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<After<DateTime<Utc>>>>,
}

fn open() -> Vec<DeadLetterState> {
    DeadLetterState::OPEN.to_vec()
}

fn states<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<DeadLetterState>, D::Error> {
    let words = String::deserialize(deserializer)?;
    words.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().map_err(de::Error::custom)).collect()
}

/// Messages that could not be processed, the newest first
#[utoipa::path(get, path = "/dead-letters", tag = "dead letters", params(List),
    responses((status = 200, description = "Dead letters", body = Page<DeadLetterBody>)))]
pub(crate) async fn list_dead_letters(
    State(backend): State<Backend>,
    _: Caller,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<DeadLetterBody>>, Problem> {
    let before = list.cursor.map(|cursor| cursor.0);
    let page = backend.store.dead_letters(&list.state, before, list.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, DeadLetterBody::from)))
}
