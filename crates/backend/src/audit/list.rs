//! `GET /audit`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use http::{Caller, Cursor, Limit, Page, Problem, Query};
use serde::Deserialize;
use store::{AuditFilter, AuditFrom};
use utoipa::IntoParams;
use uuid::Uuid;

use super::AuditRowBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which rows, and which part of the list. What is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// What was done, such as `order.accepted`; a subject alone, such as `order` or `user`, is all of it.
    kind: Option<String>,
    /// About this order, user, medication, and so on.
    subject_id: Option<Uuid>,
    /// Done by this person.
    by: Option<Uuid>,
    /// Done at this instant or later.
    from: Option<DateTime<Utc>>,
    /// Done before this instant.
    until: Option<DateTime<Utc>>,
    /// What happened to orders of controlled medications, and nothing else.
    #[serde(default)]
    controlled: bool,
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<i64>>,
}

/// Who did what, the newest first
#[utoipa::path(get, path = "/audit", tag = "audit", params(List),
    responses((status = 200, description = "Rows of the record", body = Page<AuditRowBody>)))]
pub(crate) async fn list_audit(
    State(backend): State<Backend>,
    _: Caller,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<AuditRowBody>>, Problem> {
    let List { kind, subject_id, by, from, until, controlled, limit, cursor } = list;
    let by = by.map(Into::into);
    let filter = AuditFilter { kind, subject_id, by, from, until, is_controlled: controlled };
    let before = AuditFrom::Before(cursor.map(|cursor| cursor.0));
    let mut rows = backend.store.audit(&filter, before, limit.get() + 1).await.map_err(database_problem)?;
    let is_more = rows.len() as u64 > limit.get();
    rows.truncate(usize::try_from(limit.get()).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| is_more).map(|row| row.seq);
    Ok(axum::Json(Page::of(rows, next, AuditRowBody::from)))
}
