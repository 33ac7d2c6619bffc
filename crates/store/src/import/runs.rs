//! What each row of a file did, kept small: rows that follow each other, did the same and have no remarks are one
//! row here. Of a register's 30,000 rows a few hundred are left.

use std::str::FromStr;

use domain::ImportId;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::{RowVerdict, Verdict};
use crate::entity::{import, import_run};
use crate::{Store, StoreError};

/// Of how many imports the rows are kept; of those before them, what they did in all is.
pub(super) const KEPT: u64 = 20;

/// Rows of one statement: six columns, and SQLite takes 32,766 binds.
const ROWS: usize = 1000;

/// Which rows of an import; what is not set does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportRowFilter {
    /// Those that did this.
    pub verdict: Option<Verdict>,
    /// Only those that somebody should look at.
    pub with_remarks: bool,
    /// Those behind this position.
    pub after: Option<u64>,
}

/// A row of an imported file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// How many rows of the file come before it.
    pub position: u64,
    /// What it did.
    pub row: RowVerdict,
}

impl Store {
    /// What the rows of an import did, in the file's order; none, unless it is done and its rows are kept.
    ///
    /// # Errors
    /// The database's.
    pub async fn import_rows(
        &self,
        id: ImportId,
        filter: ImportRowFilter,
        limit: u64,
    ) -> Result<Vec<ImportRow>, StoreError> {
        let first = filter.after.map_or(0, |after| after.saturating_add(1));
        let end = Expr::col(import_run::Column::Position).add(Expr::col(import_run::Column::Rows));
        let mut query = import_run::Entity::find()
            .filter(import_run::Column::ImportId.eq(id.0))
            .filter(end.gt(i64::try_from(first).unwrap_or(i64::MAX)));
        if let Some(verdict) = filter.verdict {
            query = query.filter(import_run::Column::Verdict.eq(verdict.as_str()));
        }
        if filter.with_remarks {
            query = query.filter(import_run::Column::Remarks.is_not_null());
        }
        // Each run has a row at least.
        let runs = query.order_by_asc(import_run::Column::Position).limit(limit).all(&self.read).await?;
        let mut rows = Vec::new();
        for run in runs {
            let verdict = Verdict::from_str(&run.verdict)
                .map_err(|_| StoreError::Corrupt(format!("import {id} has a row that is {}", run.verdict)))?;
            let remarks: Vec<String> = match run.remarks {
                Some(remarks) => serde_json::from_value(remarks)
                    .map_err(|error| StoreError::Corrupt(format!("a remark of import {id}: {error}")))?,
                None => vec![],
            };
            let [position, line, count] = [run.position, run.line, run.rows].map(|n| u64::try_from(n).unwrap_or(0));
            let skipped = first.saturating_sub(position);
            rows.extend((skipped..count).take(left(&rows, limit)).map(|nth| ImportRow {
                position: position + nth,
                row: RowVerdict { line: line + nth, verdict, remarks: remarks.clone() },
            }));
        }
        Ok(rows)
    }
}

fn left(rows: &[ImportRow], limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(rows.len())
}

/// Keeps what the rows did.
pub(super) async fn keep<C: ConnectionTrait>(
    database: &C,
    id: ImportId,
    rows: &[RowVerdict],
) -> Result<(), StoreError> {
    let runs = runs(id, rows);
    for some in runs.chunks(ROWS) {
        let models = some.iter().map(|run| run.clone().into_active_model().reset_all());
        import_run::Entity::insert_many(models).exec_without_returning(database).await?;
    }
    Ok(())
}

/// Drops the rows of all imports but the last that are done.
pub(super) async fn prune<C: ConnectionTrait>(database: &C) -> Result<(), StoreError> {
    let kept = Query::select()
        .column(import::Column::Id)
        .from(import::Entity)
        .and_where(import::Column::HasRows.eq(true))
        .order_by(import::Column::StartedAt, sea_orm::Order::Desc)
        .order_by(import::Column::Id, sea_orm::Order::Desc)
        .limit(KEPT)
        .to_owned();
    let pruned = import::Entity::update_many()
        .col_expr(import::Column::HasRows, Expr::val(false))
        .filter(import::Column::HasRows.eq(true))
        .filter(import::Column::Id.not_in_subquery(kept))
        .exec(database)
        .await?;
    if pruned.rows_affected > 0 {
        let kept = Query::select()
            .column(import::Column::Id)
            .from(import::Entity)
            .and_where(import::Column::HasRows.eq(true))
            .to_owned();
        let others = import_run::Column::ImportId.not_in_subquery(kept);
        import_run::Entity::delete_many().filter(others).exec(database).await?;
    }
    Ok(())
}

fn runs(id: ImportId, rows: &[RowVerdict]) -> Vec<import_run::Model> {
    let mut runs: Vec<import_run::Model> = Vec::new();
    for (row, position) in rows.iter().zip(0_i64..) {
        let line = i64::try_from(row.line).unwrap_or(i64::MAX);
        if row.remarks.is_empty()
            && let Some(last) = runs.last_mut()
            && last.remarks.is_none()
            && last.verdict == row.verdict.as_str()
            && last.line.checked_add(last.rows) == Some(line)
        {
            last.rows += 1;
            continue;
        }
        runs.push(import_run::Model {
            import_id: id.0,
            position,
            rows: 1,
            line,
            verdict: row.verdict.as_str().to_owned(),
            remarks: (!row.remarks.is_empty()).then(|| row.remarks.iter().map(|remark| without_nul(remark)).collect()),
        });
    }
    runs
}

/// PostgreSQL's JSON can't hold NUL; a cell of a workbook may.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn rows_that_did_the_same_are_kept_as_one() {
        let row = |line, verdict, remark: Option<&str>| RowVerdict {
            line,
            verdict,
            remarks: remark.map(ToOwned::to_owned).into_iter().collect(),
        };
        let mut rows: Vec<_> = (2..30_000).map(|line| row(line, Verdict::Same, None)).collect();
        rows.extend([
            // An empty line before it.
            row(30_002, Verdict::Same, None),
            row(30_003, Verdict::New, None),
            row(30_004, Verdict::New, Some("a\0")),
            row(30_005, Verdict::New, Some("a\0")),
            row(30_006, Verdict::New, None),
        ]);
        let kept = runs(ImportId(Uuid::nil()), &rows);
        let of = |run: &import_run::Model| (run.position, run.rows, run.line);
        assert_eq!(
            kept.iter().map(of).collect::<Vec<_>>(),
            [
                (0, 29_998, 2),
                (29_998, 1, 30_002),
                (29_999, 1, 30_003),
                (30_000, 1, 30_004),
                (30_001, 1, 30_005),
                (30_002, 1, 30_006)
            ]
        );
        assert_eq!(kept[3].remarks, Some(serde_json::json!(["a\u{fffd}"])));
    }
}
