//! Taking a catalogue file over: first what each row would do, then all of it in one transaction, or nothing.

mod plan;
mod write;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::FileRow;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use serde_json::json;

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
        mut go_on: impl FnMut(Progress) -> bool + Send,
    ) -> Result<ImportEnd, StoreError> {
        if is_dry_run {
            let plan = plan(&self.read, source, rows, act.at).await?;
            return Ok(ImportEnd::Done(plan.imported));
        }
        // Under the lock of a write from the first look on: what a row does is true when it is done.
        let transaction = self.begin().await?;
        if self.is_postgres() {
            // Nobody else changes the catalogue meanwhile; everybody may read it, and order.
            let lock = "LOCK TABLE medications, presentations IN SHARE ROW EXCLUSIVE MODE";
            transaction.execute_unprepared(lock).await?;
        }
        let plan = plan(&transaction, source, rows, act.at).await?;
        let Plan { imported, medications, presentations, eans_of } = plan;
        let of = (medications.len() + presentations.len()) as u64;
        let mut done = 0;
        let mut told = |rows: usize| {
            done += rows as u64;
            go_on(Progress { done, of })
        };
        if !told(0)
            || !write::medications(&transaction, medications, &mut told).await?
            || !write::presentations(&transaction, presentations, eans_of, &mut told).await?
        {
            transaction.rollback().await?;
            return Ok(ImportEnd::Cancelled);
        }
        if of > 0 {
            let counts: BTreeMap<_, _> = imported.counts.iter().map(|(verdict, n)| (verdict.as_str(), n)).collect();
            let data = json!({ "file": name, "rows": counts });
            changes::record(&transaction, act, "catalogue.imported", None, Some(data)).await?;
        }
        transaction.commit().await?;
        Ok(ImportEnd::Done(imported))
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
    Ok(plan::plan(&plan::Known::of(medications, presentations, eans_of), source, rows, now))
}
