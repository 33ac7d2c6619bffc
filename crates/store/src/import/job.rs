//! Imports as jobs: one at a time in the hospital, seen and called off from every process, and known to be dead
//! when who ran it is.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use chrono::DateTime;
use chrono::Utc;
use domain::{ImportId, Person};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    UpdateMany,
};
use serde_json::json;

use super::{Imported, Progress, Verdict, runs};
use crate::connect::stored;
use crate::entity::import;
use crate::page::{cut, is_before};
use crate::{Act, After, Page, Store, StoreError};

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportStatus {
    /// Somebody works on it.
    Running,
    /// All of it is in the catalogue; or nothing, as it was a dry run.
    Done,
    /// It was called off: nothing is in the catalogue.
    Cancelled,
    /// It could not be done: nothing is in the catalogue.
    Failed,
    /// The process that ran it ended: nothing is in the catalogue.
    Interrupted,
}

impl ImportStatus {
    /// All of them.
    pub const ALL: [ImportStatus; 5] = [
        ImportStatus::Running,
        ImportStatus::Done,
        ImportStatus::Cancelled,
        ImportStatus::Failed,
        ImportStatus::Interrupted,
    ];

    /// The word that stands for it.
    pub fn as_str(self) -> &'static str {
        match self {
            ImportStatus::Running => "running",
            ImportStatus::Done => "done",
            ImportStatus::Cancelled => "cancelled",
            ImportStatus::Failed => "failed",
            ImportStatus::Interrupted => "interrupted",
        }
    }
}

/// An import that somebody started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportJob {
    /// Its id.
    pub id: ImportId,
    /// What the file was called.
    pub file_name: String,
    /// What the file turned out to be; a word of who reads files.
    pub dialect: Option<String>,
    /// Whether it only says what it would do.
    pub is_dry_run: bool,
    /// Where it stands.
    pub status: ImportStatus,
    /// Who started it.
    pub by: Person,
    /// When, by the database's clock.
    pub started_at: DateTime<Utc>,
    /// When it ended, by the same clock.
    pub ended_at: Option<DateTime<Utc>>,
    /// How far it was when somebody last said so.
    pub progress: Progress,
    /// Whether somebody wants it to be called off.
    pub is_cancel_requested: bool,
    /// How many rows of each verdict, once it is done.
    pub counts: Option<BTreeMap<Verdict, u64>>,
    /// Why it is neither running nor done, for the user.
    pub reason: Option<String>,
    /// Whether it is known what each row did.
    pub has_rows: bool,
}

/// Another import is running: one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnotherRuns(pub ImportId);

/// What who runs an import learns when it says how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Go on.
    GoOn,
    /// Somebody wants it to be called off.
    Cancel,
    /// It is not running any more: it was taken for dead.
    NotRunning,
}

/// How long nothing may be heard of who runs an import before it is taken for dead. It says how far it is every
/// second; a database that stops for a while must not make it dead.
const DEAD_AFTER: Duration = Duration::from_secs(30);

const INTERRUPTED: &str = "Botica ended while it ran. Nothing was changed: import the file again.";

impl Store {
    /// Starts an import, unless one is running.
    ///
    /// # Errors
    /// The database's.
    pub async fn start_import(
        &self,
        id: ImportId,
        file_name: &str,
        is_dry_run: bool,
        act: &Act,
    ) -> Result<Result<ImportJob, AnotherRuns>, StoreError> {
        let now = stored(self.clock().await?);
        let row = import::Model {
            id: id.0,
            file_name: file_name.to_owned(),
            dialect: None,
            is_dry_run,
            status: ImportStatus::Running.as_str().to_owned(),
            by_id: act.by.id.0,
            by_name: act.by.name.clone(),
            by_role: act.by.role.as_str().to_owned(),
            started_at: now,
            ended_at: None,
            beat_at: now,
            done: 0,
            of: 0,
            is_cancel_requested: false,
            counts: None,
            reason: None,
            has_rows: false,
        };
        // On SQLite, one that runs holds the write lock: look before asking for it.
        if let Some(other) = self.running_import().await? {
            return Ok(Err(AnotherRuns(other.id)));
        }
        let transaction = self.begin().await?;
        let inserted = import::Entity::insert(row.clone().into_active_model().reset_all())
            .exec_without_returning(&transaction)
            .await
            .map_err(StoreError::from);
        match inserted {
            Ok(_) => {
                transaction.commit().await?;
                Ok(Ok(row.try_into()?))
            }
            // Another was started at the same moment.
            Err(StoreError::Taken(what)) => {
                transaction.rollback().await?;
                let other = self.running_import().await?;
                other.map(|other| Err(AnotherRuns(other.id))).ok_or(StoreError::Contended(what))
            }
            Err(error) => Err(error),
        }
    }

    /// The import that is running, as far as the database knows.
    ///
    /// # Errors
    /// The database's.
    pub async fn running_import(&self) -> Result<Option<ImportJob>, StoreError> {
        let running = import::Column::Status.eq(ImportStatus::Running.as_str());
        import::Entity::find().filter(running).one(&self.read).await?.map(TryInto::try_into).transpose()
    }

    /// One import.
    ///
    /// # Errors
    /// The database's.
    pub async fn import_job(&self, id: ImportId) -> Result<Option<ImportJob>, StoreError> {
        import::Entity::find_by_id(id.0).one(&self.read).await?.map(TryInto::try_into).transpose()
    }

    /// Imports, the last first.
    ///
    /// # Errors
    /// The database's.
    pub async fn import_jobs(
        &self,
        before: Option<After<DateTime<Utc>>>,
        limit: u64,
    ) -> Result<Page<ImportJob, DateTime<Utc>>, StoreError> {
        let mut query = import::Entity::find();
        if let Some(before) = before {
            query = query.filter(is_before(import::Column::StartedAt, import::Column::Id, before));
        }
        let rows = query
            .order_by_desc(import::Column::StartedAt)
            .order_by_desc(import::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.started_at, id: row.id });
        Ok(Page { items: rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?, next })
    }

    /// Keeps what the file turned out to be.
    ///
    /// # Errors
    /// The database's.
    pub async fn import_is_read(&self, id: ImportId, dialect: &str) -> Result<(), StoreError> {
        let update = running(id).col_expr(import::Column::Dialect, Expr::val(dialect));
        self.update(update).await.map(drop)
    }

    /// Says that an import is alive and how far it is. Not on SQLite while the import writes: it would wait for
    /// its end.
    ///
    /// # Errors
    /// The database's.
    pub async fn beat(&self, id: ImportId, progress: Progress) -> Result<Beat, StoreError> {
        let units = |rows: u64| Expr::val(i64::try_from(rows).unwrap_or(i64::MAX));
        let update = running(id)
            .col_expr(import::Column::BeatAt, Expr::val(stored(self.clock().await?)))
            .col_expr(import::Column::Done, units(progress.done))
            .col_expr(import::Column::Of, units(progress.of));
        if self.update(update).await? == 0 {
            return Ok(Beat::NotRunning);
        }
        let row = import::Entity::find_by_id(id.0).one(&self.read).await?;
        Ok(if row.is_some_and(|row| row.is_cancel_requested) { Beat::Cancel } else { Beat::GoOn })
    }

    /// Asks whoever runs it to call it off; whether it is running.
    ///
    /// # Errors
    /// The database's.
    pub async fn request_cancel(&self, id: ImportId) -> Result<bool, StoreError> {
        let update = running(id).col_expr(import::Column::IsCancelRequested, Expr::val(true));
        Ok(self.update(update).await? > 0)
    }

    /// Ends an import that changed nothing, if it is running; whether it was.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_import(&self, id: ImportId, status: ImportStatus, reason: &str) -> Result<bool, StoreError> {
        let update = ended(running(id), status, self.clock().await?)
            .col_expr(import::Column::Reason, Expr::val(reason.replace('\0', "\u{fffd}")));
        Ok(self.update(update).await? > 0)
    }

    /// Ends an import that nobody runs any more; whether it did. On SQLite, where one process is all there is,
    /// that is each which the caller does not run itself; on PostgreSQL, one of which nothing was heard for
    /// 30 s.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_dead_import(&self, id: ImportId) -> Result<bool, StoreError> {
        let now = self.clock().await?;
        let mut update =
            ended(running(id), ImportStatus::Interrupted, now).col_expr(import::Column::Reason, Expr::val(INTERRUPTED));
        if self.is_postgres() {
            update = update.filter(import::Column::BeatAt.lt(now - DEAD_AFTER));
        }
        Ok(self.update(update).await? > 0)
    }

    async fn update(&self, update: UpdateMany<import::Entity>) -> Result<u64, StoreError> {
        let transaction = self.begin().await?;
        let updated = update.exec(&transaction).await?;
        transaction.commit().await?;
        Ok(updated.rows_affected)
    }
}

/// Within the transaction of the import itself: that it is done, and what each row did. Whether it still was
/// running: who was taken for dead must not change the catalogue.
pub(super) async fn finish<C: ConnectionTrait>(
    database: &C,
    id: ImportId,
    imported: &Imported,
    written: u64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let counts: BTreeMap<_, _> = imported.counts.iter().map(|(verdict, n)| (verdict.as_str(), n)).collect();
    let written = i64::try_from(written).unwrap_or(i64::MAX);
    let finished = ended(running(id), ImportStatus::Done, now)
        .col_expr(import::Column::Counts, Expr::val(json!(counts)))
        .col_expr(import::Column::Done, Expr::val(written))
        .col_expr(import::Column::Of, Expr::val(written))
        .col_expr(import::Column::HasRows, Expr::val(true))
        .exec(database)
        .await?;
    if finished.rows_affected == 0 {
        return Ok(false);
    }
    runs::keep(database, id, &imported.rows).await?;
    runs::prune(database).await?;
    Ok(true)
}

/// A change of this import, if it is running.
fn running(id: ImportId) -> UpdateMany<import::Entity> {
    let is_running = import::Column::Status.eq(ImportStatus::Running.as_str());
    import::Entity::update_many().filter(import::Column::Id.eq(id.0)).filter(is_running)
}

fn ended(update: UpdateMany<import::Entity>, status: ImportStatus, now: DateTime<Utc>) -> UpdateMany<import::Entity> {
    update
        .col_expr(import::Column::Status, Expr::val(status.as_str()))
        .col_expr(import::Column::EndedAt, Expr::val(stored(now)))
}

impl TryFrom<import::Model> for ImportJob {
    type Error = StoreError;

    fn try_from(row: import::Model) -> Result<Self, StoreError> {
        let corrupt = |what: &dyn std::fmt::Display| StoreError::Corrupt(format!("import {}: {what}", row.id));
        let status = ImportStatus::ALL.into_iter().find(|status| status.as_str() == row.status);
        let counts = match &row.counts {
            None => None,
            Some(counts) => {
                let counts = counts.as_object().ok_or_else(|| corrupt(&"its counts are none"))?;
                let count = |(verdict, n): (&String, &serde_json::Value)| {
                    let verdict = Verdict::from_str(verdict).map_err(|_| corrupt(&verdict))?;
                    Ok::<_, StoreError>((verdict, n.as_u64().unwrap_or(0)))
                };
                Some(counts.iter().map(count).collect::<Result<_, _>>()?)
            }
        };
        let rows = |n: i64| u64::try_from(n).unwrap_or(0);
        Ok(ImportJob {
            status: status.ok_or_else(|| corrupt(&row.status))?,
            by: Person {
                id: row.by_id.into(),
                role: row.by_role.parse().map_err(|error| corrupt(&error))?,
                name: row.by_name,
            },
            counts,
            id: row.id.into(),
            file_name: row.file_name,
            dialect: row.dialect,
            is_dry_run: row.is_dry_run,
            started_at: row.started_at,
            ended_at: row.ended_at,
            progress: Progress { done: rows(row.done), of: rows(row.of) },
            is_cancel_requested: row.is_cancel_requested,
            reason: row.reason,
            has_rows: row.has_rows,
        })
    }
}
