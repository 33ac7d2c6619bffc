//! Taking a catalogue file over: first what each row would do, then all of it in one transaction, or nothing.

mod job;
mod plan;
mod runs;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::{FileRow, ImportId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QueryOrder};
use serde_json::json;

pub use self::job::{AnotherRuns, Beat, ImportJob, ImportStatus};
pub use self::runs::{ImportRow, ImportRowFilter};

use self::plan::Plan;
use crate::entity::{medication, presentation, presentation_ean};
use crate::{Act, Store, StoreError, changes};

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The catalogue does not have it yet.
    New,
    /// The catalogue has it otherwise.
    Changed,
    /// The catalogue has it so.
    Same,
    /// The file has it already, in an earlier line.
    Duplicate,
    /// It can't be taken.
    Rejected,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Verdict; 5] =
        [Verdict::New, Verdict::Changed, Verdict::Same, Verdict::Duplicate, Verdict::Rejected];

    /// The word that stands for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::New => "new",
            Verdict::Changed => "changed",
            Verdict::Same => "same",
            Verdict::Duplicate => "duplicate",
            Verdict::Rejected => "rejected",
        }
    }
}

impl FromStr for Verdict {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word);
        found.ok_or_else(|| format!("{word} is no verdict"))
    }
}

/// Who says what a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// ANVISA or CMED: a name that the hospital gave is not theirs to change.
    Regulator,
    /// The hospital itself.
    Hospital,
}

/// What is told of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowVerdict {
    /// Its line.
    pub line: u64,
    /// What it does.
    pub verdict: Verdict,
    /// What somebody should look at: why it was rejected, of which line it is a duplicate, and what of it was
    /// not taken over, such as another mark of control.
    pub remarks: Vec<String>,
}

/// What a file does to the catalogue, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many rows of each verdict.
    pub counts: BTreeMap<Verdict, u64>,
    /// All rows, in the file's order.
    pub rows: Vec<RowVerdict>,
}

/// How an import ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportEnd {
    /// All of it is in the catalogue; or nothing, as it was a dry run.
    Done(Imported),
    /// It was called off: nothing is in the catalogue.
    Cancelled,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows that were written.
    pub done: u64,
    /// Rows to write; unchanged ones need no writing.
    pub of: u64,
}

/// What is to be taken over, and for whom.
struct Taking<'a> {
    name: &'a str,
    source: Source,
    is_dry_run: bool,
    act: &'a Act,
    /// The job whose end is written together with the import.
    job: Option<ImportId>,
}

/// How long an import waits for its turn to write at a time, before it looks whether it still should.
const LOCK_WAIT: &str = "1s";

/// And in all: somebody keeps the catalogue locked, who won't let go by himself.
const LOCK_PATIENCE: Duration = Duration::from_secs(120);

impl Store {
    /// Takes rows over, all of it in one transaction or nothing; with `is_dry_run`, only says what that would
    /// do. `go_on` is told how far it is; when it says no, the import is cancelled. The record has one row of
    /// an import that changed something, with `name` and its counts.
    ///
    /// # Errors
    /// The database's; nothing was changed then.
    pub async fn import(
        &self,
        name: &str,
        source: Source,
        rows: Vec<FileRow>,
        is_dry_run: bool,
        act: &Act,
        go_on: impl FnMut(Progress) -> bool + Send,
    ) -> Result<ImportEnd, StoreError> {
        self.bring_in(Taking { name, source, is_dry_run, act, job: None }, rows, go_on).await
    }

    /// Takes rows over as a job that was started. That it is done, and what each row did, is written with the
    /// import or not at all; when the job is not running any more, it is as if it were called off.
    ///
    /// # Errors
    /// The database's; nothing was changed then.
    pub async fn import_as(
        &self,
        job: &ImportJob,
        source: Source,
        rows: Vec<FileRow>,
        go_on: impl FnMut(Progress) -> bool + Send,
    ) -> Result<ImportEnd, StoreError> {
        let act = Act { by: job.by.clone(), at: self.clock().await? };
        let taking = Taking { name: &job.file_name, source, is_dry_run: job.is_dry_run, act: &act, job: Some(job.id) };
        self.bring_in(taking, rows, go_on).await
    }

    async fn bring_in(
        &self,
        taking: Taking<'_>,
        rows: Vec<FileRow>,
        mut go_on: impl FnMut(Progress) -> bool + Send,
    ) -> Result<ImportEnd, StoreError> {
        let Taking { name, source, is_dry_run, act, job } = taking;
        if is_dry_run {
            let imported = plan(&self.read, source, rows, act.at).await?.imported;
            if !go_on(Progress { done: 0, of: 0 }) {
                return Ok(ImportEnd::Cancelled);
            }
            if let Some(job) = job {
                let now = self.clock().await?;
                let transaction = self.begin().await?;
                if !job::finish(&transaction, job, &imported, 0, now).await? {
                    transaction.rollback().await?;
                    return Ok(ImportEnd::Cancelled);
                }
                transaction.commit().await?;
            }
            return Ok(ImportEnd::Done(imported));
        }
        // Under the lock of a write from the first look on: what a row does is true when it is done.
        let Some(transaction) = self.begin_import(&mut go_on).await? else { return Ok(ImportEnd::Cancelled) };
        let plan = plan(&transaction, source, rows, act.at).await?;
        let Plan { imported, medications, presentations, eans_of } = plan;
        let of = (medications.len() + presentations.len()) as u64;
        let mut done = 0;
        let mut told = |rows: usize| {
            done += rows as u64;
            go_on(Progress { done, of })
        };
        let mut is_whole = told(0)
            && write::medications(&transaction, medications, &mut told).await?
            && write::presentations(&transaction, presentations, eans_of, &mut told).await?;
        if is_whole && let Some(job) = job {
            let now = self.clock().await?;
            is_whole = job::finish(&transaction, job, &imported, of, now).await?;
        }
        if !is_whole {
            transaction.rollback().await?;
            return Ok(ImportEnd::Cancelled);
        }
        if of > 0 {
            let counts: BTreeMap<_, _> = imported.counts.iter().map(|(verdict, n)| (verdict.as_str(), n)).collect();
            let data = json!({ "file": name, "rows": counts });
            changes::record(&transaction, act, "catalogue.imported", job.map(Into::into), Some(data)).await?;
        }
        transaction.commit().await?;
        Ok(ImportEnd::Done(imported))
    }

    /// Begins a transaction in which nobody else changes the catalogue, while everybody may read it, and order.
    /// `None` when it was called off while it waited for its turn.
    async fn begin_import(
        &self,
        go_on: &mut impl FnMut(Progress) -> bool,
    ) -> Result<Option<DatabaseTransaction>, StoreError> {
        let began = Instant::now();
        loop {
            match self.try_to_begin_import().await {
                Ok(transaction) => return Ok(Some(transaction)),
                Err(StoreError::Contended(_)) if began.elapsed() < LOCK_PATIENCE => {}
                Err(error) => return Err(error),
            }
            if !go_on(Progress { done: 0, of: 0 }) {
                return Ok(None);
            }
        }
    }

    async fn try_to_begin_import(&self) -> Result<DatabaseTransaction, StoreError> {
        let transaction = self.begin().await?;
        if self.is_postgres() {
            // What the rows do is found out between two statements; a million of them take a while.
            let lock = format!(
                "SET LOCAL idle_in_transaction_session_timeout = '120s'; SET LOCAL lock_timeout = '{LOCK_WAIT}'; \
                 LOCK TABLE medications, presentations IN SHARE ROW EXCLUSIVE MODE; SET LOCAL lock_timeout TO DEFAULT"
            );
            transaction.execute_unprepared(&lock).await?;
        }
        Ok(transaction)
    }
}

/// What the rows do to the catalogue as it is.
async fn plan<C: ConnectionTrait>(
    database: &C,
    source: Source,
    rows: Vec<FileRow>,
    now: DateTime<Utc>,
) -> Result<Plan, StoreError> {
    // In an order, so that of two with one name the same is meant each time.
    let medications = medication::Entity::find().order_by_desc(medication::Column::Id).all(database).await?;
    let presentations = presentation::Entity::find().all(database).await?;
    let eans = presentation_ean::Entity::find().all(database).await?;
    let mut eans_of: HashMap<String, Vec<String>> = HashMap::new();
    for row in eans {
        eans_of.entry(row.code).or_default().push(row.ean);
    }
    // Long work without an await, off the threads that serve requests.
    let planned = tokio::task::spawn_blocking(move || {
        plan::plan(&plan::Known::of(medications, presentations, eans_of), source, rows, now)
    });
    planned.await.map_err(|error| StoreError::Data(format!("the rows could not be compared: {error}")))
}
