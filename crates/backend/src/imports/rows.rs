//! `GET /medications/imports/{id}/rows`.

use axum::extract::State;
use domain::ImportId;
use http::{Caller, Cursor, Limit, Page, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use store::{ImportRow, ImportRowFilter};
use utoipa::{IntoParams, ToSchema};

use super::found_with_rows;
use super::words::VerdictWord;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which rows, and which part of the list. What is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// What they did.
    verdict: Option<VerdictWord>,
    /// Only those that somebody should look at.
    #[serde(default)]
    with_remarks: bool,
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<u64>>,
}

/// A row of an imported file.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportRow)]
pub(crate) struct RowBody {
    /// Its line in the file.
    line: u64,
    /// What it did, or would do.
    verdict: VerdictWord,
    /// What somebody should look at: why it was rejected, of which line it is a duplicate, what of it was not
    /// taken over.
    remarks: Vec<String>,
}

impl From<ImportRow> for RowBody {
    fn from(row: ImportRow) -> Self {
        RowBody { line: row.row.line, verdict: row.row.verdict.into(), remarks: row.row.remarks }
    }
}

/// What each row of an import did
///
/// In the file's order; nothing, unless the import is done.
#[utoipa::path(get, path = "/medications/imports/{id}/rows", tag = "imports", params(("id" = Uuid, Path), List),
    responses(
        (status = 200, description = "Rows of the file", body = Page<RowBody>),
        (status = 410, description = "It is older than the last 20 imports", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn list_import_rows(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<ImportId>,
    Query(List { verdict, with_remarks, limit, cursor }): Query<List>,
) -> Result<axum::Json<Page<RowBody>>, Problem> {
    found_with_rows(&backend, id).await?;
    let after = cursor.map(|cursor| cursor.0);
    let filter = ImportRowFilter { verdict: verdict.map(Into::into), with_remarks, after };
    let mut rows = backend.store.import_rows(id, filter, limit.get() + 1).await.map_err(database_problem)?;
    let is_more = rows.len() as u64 > limit.get();
    rows.truncate(usize::try_from(limit.get()).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| is_more).map(|row| row.position);
    Ok(axum::Json(Page::of(rows, next, RowBody::from)))
}
