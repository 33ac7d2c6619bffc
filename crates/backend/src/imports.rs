//! Imports of catalogue files, which go on beside the request that starts them.

pub(crate) mod cancel;
pub(crate) mod get;
pub(crate) mod list;
mod read;
pub(crate) mod remarks;
pub(crate) mod rows;
mod running;
pub(crate) mod start;
mod upload;
mod words;

use std::time::Duration;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::ImportId;
use http::{BodyLimits, Problem, RouteLimits};
use serde::Serialize;
use store::{ImportJob, ImportStatus, Progress, Verdict};
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::read::{ReadCatalogue, read_catalogue};
pub use self::running::Imports;
use self::words::{DialectWord, StatusWord};
use crate::Backend;
use crate::catalogue_file::MAX_BYTES;
use crate::database_problem::database_problem;
use crate::orders::PersonBody;

/// The limits of the route that takes files.
pub fn import_limits() -> RouteLimits {
    // The largest file over a line of 5 Mbit/s; what stands around it in the form is a few hundred bytes.
    let body = BodyLimits { bytes: MAX_BYTES + 16 * 1024, time: Duration::from_secs(120) };
    RouteLimits { route: "/medications/import", time: Duration::from_secs(140), body }
}

/// An import.
#[derive(Serialize, ToSchema)]
#[schema(as = Import)]
pub(crate) struct ImportBody {
    /// Its id.
    id: Uuid,
    /// Where it stands.
    status: StatusWord,
    /// What the file was called.
    file_name: String,
    /// What the file is; null until it was read.
    dialect: Option<DialectWord>,
    /// Whether it only says what it would do.
    is_dry_run: bool,
    /// Who started it.
    by: PersonBody,
    /// When.
    started_at: DateTime<Utc>,
    /// When it ended.
    ended_at: Option<DateTime<Utc>>,
    /// How far it is.
    progress: ProgressBody,
    /// Whether it will be called off.
    is_cancel_requested: bool,
    /// How many rows of each verdict, once it is done.
    counts: Option<CountsBody>,
    /// In words, why it is neither running nor done, and what to do.
    reason: Option<String>,
    /// Whether its rows can be read: it is done, and one of the last.
    has_rows: bool,
}

/// How many rows are written, of those to write. While the file is read and compared, both are 0.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportProgress)]
pub(crate) struct ProgressBody {
    done: u64,
    of: u64,
}

/// How many rows of each verdict.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportCounts)]
pub(crate) struct CountsBody {
    new: u64,
    changed: u64,
    same: u64,
    duplicate: u64,
    rejected: u64,
}

impl From<ImportJob> for ImportBody {
    fn from(job: ImportJob) -> Self {
        let Progress { done, of } = job.progress;
        ImportBody {
            id: job.id.0,
            status: job.status.into(),
            file_name: job.file_name,
            dialect: job.dialect.as_deref().and_then(DialectWord::of),
            is_dry_run: job.is_dry_run,
            by: job.by.into(),
            started_at: job.started_at,
            ended_at: job.ended_at,
            progress: ProgressBody { done, of },
            is_cancel_requested: job.is_cancel_requested,
            counts: job.counts.map(|counts| {
                let count = |verdict| counts.get(&verdict).copied().unwrap_or(0);
                CountsBody {
                    new: count(Verdict::New),
                    changed: count(Verdict::Changed),
                    same: count(Verdict::Same),
                    duplicate: count(Verdict::Duplicate),
                    rejected: count(Verdict::Rejected),
                }
            }),
            reason: job.reason,
            has_rows: job.has_rows,
        }
    }
}

/// The import, as it is now.
async fn found(backend: &Backend, id: ImportId) -> Result<ImportJob, Problem> {
    let job = backend.store.import_job(id).await.map_err(database_problem)?;
    let job = job.ok_or_else(|| Problem::not_found("import"))?;
    backend.imports.as_it_is(job).await.map_err(database_problem)
}

/// The import, unless its rows were there once and are not kept any more.
async fn found_with_rows(backend: &Backend, id: ImportId) -> Result<ImportJob, Problem> {
    let job = found(backend, id).await?;
    if job.status == ImportStatus::Done && !job.has_rows {
        let detail = "What each row did is kept of the last 20 imports, and this one is older.";
        return Err(Problem::new(StatusCode::GONE, "rows_not_kept", detail));
    }
    Ok(job)
}
