//! `GET /audit/export`: the record as a table for a spreadsheet.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use futures_util::stream;
use http::{Caller, Problem, Query};
use store::{AuditFilter, AuditFrom, AuditRow, ControlledLine, Store, StoreError};

use super::{Which, hexadecimal};
use crate::Backend;
use crate::database_problem::database_problem;
use crate::spreadsheet::Sheet;

/// Rows of one read.
const PAGE: u64 = 1000;

const COLUMNS: [&str; 10] =
    ["seq", "at", "kind", "subject_id", "by_name", "by_role", "by_id", "controlled", "data", "hash"];

/// The same as a table, the oldest first
///
/// CSV for spreadsheets: UTF-8 with a byte order mark, semicolons, times in the hospital's time zone. No cell
/// is taken for a formula.
#[utoipa::path(get, path = "/audit/export", tag = "audit", params(Which),
    responses((status = 200, description = "Rows of the record", body = String, content_type = "text/csv")))]
pub(crate) async fn export_audit(
    State(backend): State<Backend>,
    _: Caller,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let filter = AuditFilter::from(which);
    let first = backend.store.audit(&filter, AuditFrom::After(0), PAGE).await.map_err(database_problem)?;
    let zone = backend.time_zone;
    let mut sheet = Sheet::new();
    sheet.row(COLUMNS);
    let begun = Part { store: backend.store, filter, next: Next::Rows(first), sheet, zone };
    let body = Body::from_stream(stream::try_unfold(begun, Part::send));
    let name = format!("audit-{}.csv", Utc::now().with_timezone(&zone).format("%Y-%m-%d"));
    let headers: [(HeaderName, String); 2] = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, body).into_response())
}

/// What is still to be sent.
struct Part {
    store: Store,
    filter: AuditFilter,
    next: Next,
    sheet: Sheet,
    zone: Tz,
}

enum Next {
    Rows(Vec<AuditRow>),
    After(i64),
    End,
}

impl Part {
    /// An error cuts the answer off, so that nobody takes it for whole.
    async fn send(mut self) -> Result<Option<(Bytes, Part)>, StoreError> {
        let rows = match self.next {
            Next::Rows(rows) => rows,
            Next::After(seq) => self.store.audit(&self.filter, AuditFrom::After(seq), PAGE).await?,
            Next::End => return Ok(None),
        };
        for row in &rows {
            self.sheet.row(cells(row, self.zone));
        }
        self.next = match rows.last() {
            Some(last) if rows.len() as u64 == PAGE => Next::After(last.seq),
            _ => Next::End,
        };
        Ok(Some((self.sheet.take(), self)))
    }
}

fn cells(row: &AuditRow, zone: Tz) -> [String; 10] {
    [
        row.seq.to_string(),
        local(row.at, zone),
        row.kind.clone(),
        row.subject_id.map(|id| id.to_string()).unwrap_or_default(),
        row.by.name.clone(),
        row.by.role.to_string(),
        row.by.id.to_string(),
        controlled(&row.controlled),
        row.data.as_ref().map(ToString::to_string).unwrap_or_default(),
        hexadecimal(&row.hash),
    ]
}

/// Each medication with its list.
fn controlled(lines: &[ControlledLine]) -> String {
    let named: Vec<String> = lines.iter().map(|line| format!("{} ({})", line.name, line.list)).collect();
    named.join("; ")
}

/// The hospital's time of day, with how far it is from UTC: an hour comes twice where summer time ends.
fn local(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S%.3f %:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_hospitals() {
        let at = "2026-03-01T01:30:00.250Z".parse().unwrap();
        assert_eq!(local(at, chrono_tz::America::Sao_Paulo), "2026-02-28 22:30:00.250 -03:00");
        assert_eq!(local(at, chrono_tz::Pacific::Auckland), "2026-03-01 14:30:00.250 +13:00");
    }
}
