//! `GET /medications/imports/{id}/remarks.csv`: what somebody should look at, for a spreadsheet.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::ImportId;
use futures_util::stream;
use http::{Caller, Path, Problem};
use store::{ImportRow, ImportRowFilter, Store, StoreError};

use super::found_with_rows;
use crate::Backend;
use crate::database_problem::database_problem;
use crate::spreadsheet::Sheet;

/// Rows of one read.
const PAGE: u64 = 1000;

/// The rows of an import that somebody should look at, as a table
///
/// CSV for spreadsheets: UTF-8 with a byte order mark, semicolons. No cell is taken for a formula.
#[utoipa::path(get, path = "/medications/imports/{id}/remarks.csv", tag = "imports", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Rows with remarks", body = String, content_type = "text/csv"),
        (status = 410, description = "It is older than the last 20 imports", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn get_import_remarks(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, Problem> {
    let job = found_with_rows(&backend, id).await?;
    let filter = ImportRowFilter { with_remarks: true, ..ImportRowFilter::default() };
    let first = backend.store.import_rows(id, filter, PAGE).await.map_err(database_problem)?;
    let mut sheet = Sheet::new();
    sheet.row(["line", "verdict", "remarks"]);
    let begun = Part { store: backend.store, id, rows: Some(first), sheet };
    let body = Body::from_stream(stream::try_unfold(begun, Part::send));
    let day = job.started_at.with_timezone(&backend.time_zone).format("%Y-%m-%d-%H%M");
    let headers: [(HeaderName, String); 2] = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"import-{day}-remarks.csv\"")),
    ];
    Ok((headers, body).into_response())
}

/// What is still to be sent; no rows when nothing is.
struct Part {
    store: Store,
    id: ImportId,
    rows: Option<Vec<ImportRow>>,
    sheet: Sheet,
}

impl Part {
    /// An error cuts the answer off, so that nobody takes it for whole.
    async fn send(mut self) -> Result<Option<(Bytes, Part)>, StoreError> {
        let Some(rows) = self.rows.take() else { return Ok(None) };
        for ImportRow { row, .. } in &rows {
            self.sheet.row([&row.line.to_string(), row.verdict.as_str(), &row.remarks.join("; ")]);
        }
        if let Some(last) = rows.last().filter(|_| rows.len() as u64 == PAGE) {
            let filter =
                ImportRowFilter { with_remarks: true, after: Some(last.position), ..ImportRowFilter::default() };
            self.rows = Some(self.store.import_rows(self.id, filter, PAGE).await?);
        }
        Ok(Some((self.sheet.take(), self)))
    }
}
