//! Imports that run: one at a time in the hospital, so at most one in this process.
//!
//! How far it is, is known here at once. To other processes it is said through the database each second, on a
//! connection beside the import's transaction; there they also ask for its end. On SQLite there are no other
//! processes, and nothing could be written beside that transaction.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use domain::ImportId;
use store::{Act, AnotherRuns, Beat, ImportEnd, ImportJob, ImportStatus, Progress, Store, StoreError};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::read::read_catalogue;
use super::words::dialect_word;

/// How often others are told how far it is, and asked whether to go on.
const BEAT: Duration = Duration::from_secs(1);

/// How often its end is told to a database that does not answer, a second apart.
const TRIES: u32 = 5;

const CANCELLED: &str = "It was called off. Nothing was changed.";
const STOPPED: &str = "Botica was stopped while it ran. Nothing was changed: import the file again.";
const NO_DATABASE: &str = "The database could not be reached, or something else kept the catalogue locked. Nothing was changed: import the \
     file again.";
const OUR_FAULT: &str = "Something went wrong on our side; it has been logged. Nothing was changed.";

/// The imports of this process. Clones are the same.
#[derive(Clone)]
pub struct Imports(Arc<Inner>);

struct Inner {
    store: Store,
    stop: CancellationToken,
    work: TaskTracker,
    /// What runs here.
    here: Mutex<Option<Arc<Run>>>,
}

/// An import that runs in this process.
struct Run {
    id: ImportId,
    done: AtomicU64,
    of: AtomicU64,
    is_cancelled: AtomicBool,
    /// It was taken for dead: others may have begun the next.
    is_lost: AtomicBool,
}

/// What is to be imported.
pub(super) struct Upload {
    pub(super) file_name: String,
    pub(super) bytes: Bytes,
    pub(super) is_dry_run: bool,
}

/// Why an import was not started.
pub(super) enum NotStarted {
    Another(ImportId),
    Stopping,
    Database(StoreError),
}

/// How the work on an import ended.
enum End {
    /// As the database says.
    Done,
    /// It was told to.
    Off,
    Failed(String),
}

impl Imports {
    /// Imports into this database, until told to stop.
    pub fn new(store: Store, stop: CancellationToken) -> Imports {
        Imports(Arc::new(Inner { store, stop, work: TaskTracker::new(), here: Mutex::default() }))
    }

    /// Ends what earlier processes left running. On SQLite, call it once nobody else can use the database.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_dead(&self) -> Result<(), StoreError> {
        if let Some(job) = self.0.store.running_import().await? {
            self.as_it_is(job).await?;
        }
        Ok(())
    }

    /// Waits until it is told to stop and nothing runs any more.
    pub async fn run(self) {
        self.0.stop.cancelled().await;
        self.0.work.close();
        self.0.work.wait().await;
    }

    pub(super) async fn start(&self, id: ImportId, upload: Upload, act: &Act) -> Result<ImportJob, NotStarted> {
        let Inner { store, stop, .. } = &*self.0;
        if stop.is_cancelled() {
            return Err(NotStarted::Stopping);
        }
        let place = self.take_place(id).map_err(NotStarted::Another)?;
        // One whose process died must not stand in the way.
        if let Some(running) = store.running_import().await? {
            self.as_it_is(running).await?;
        }
        match store.start_import(id, &upload.file_name, upload.is_dry_run, act).await? {
            Err(AnotherRuns(other)) => Err(NotStarted::Another(other)),
            Ok(job) => {
                self.0.work.spawn(place.work(job.clone(), upload.bytes));
                Ok(job)
            }
        }
    }

    /// The import as it is now: who runs it knows better than the database, and one that nobody runs is ended.
    pub(super) async fn as_it_is(&self, mut job: ImportJob) -> Result<ImportJob, StoreError> {
        if job.status != ImportStatus::Running {
            return Ok(job);
        }
        if let Some(run) = self.run_of(job.id) {
            job.progress = run.progress();
            job.is_cancel_requested |= run.is_cancelled.load(Relaxed);
            return Ok(job);
        }
        let store = &self.0.store;
        if store.end_dead_import(job.id).await? || !store.is_shared() {
            return Ok(store.import_job(job.id).await?.unwrap_or(job));
        }
        Ok(job)
    }

    /// Asks whoever runs it to call it off; the import afterwards, `None` when there is none.
    pub(super) async fn cancel(&self, id: ImportId) -> Result<Option<ImportJob>, StoreError> {
        let store = &self.0.store;
        let Some(job) = store.import_job(id).await? else { return Ok(None) };
        let job = self.as_it_is(job).await?;
        if job.status != ImportStatus::Running {
            return Ok(Some(job));
        }
        match self.run_of(id) {
            Some(run) => run.is_cancelled.store(true, Relaxed),
            None => drop(store.request_cancel(id).await?),
        }
        let Some(job) = store.import_job(id).await? else { return Ok(None) };
        self.as_it_is(job).await.map(Some)
    }

    fn run_of(&self, id: ImportId) -> Option<Arc<Run>> {
        let here = self.0.here.lock().unwrap_or_else(PoisonError::into_inner);
        here.clone().filter(|run| run.id == id)
    }

    fn take_place(&self, id: ImportId) -> Result<Place, ImportId> {
        let mut here = self.0.here.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = &*here {
            return Err(other.id);
        }
        let run = Arc::new(Run {
            id,
            done: AtomicU64::new(0),
            of: AtomicU64::new(0),
            is_cancelled: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
        });
        *here = Some(Arc::clone(&run));
        Ok(Place { imports: self.clone(), run })
    }
}

/// The one place for a running import, until dropped.
struct Place {
    imports: Imports,
    run: Arc<Run>,
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.imports.0.here.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Place {
    async fn work(self, job: ImportJob, bytes: Bytes) {
        let is_over = CancellationToken::new();
        let import = async {
            let end = self.import(&job, bytes).await;
            is_over.cancel();
            end
        };
        // Side by side: the import's last statement and a beat wait for the same row.
        let (end, ()) = tokio::join!(import, self.beat(&is_over));
        let status = match end {
            End::Done => ImportStatus::Done,
            End::Failed(reason) => self.end(ImportStatus::Failed, &reason).await,
            End::Off if self.run.is_lost.load(Relaxed) => ImportStatus::Interrupted,
            End::Off if self.run.is_cancelled.load(Relaxed) => self.end(ImportStatus::Cancelled, CANCELLED).await,
            End::Off => self.end(ImportStatus::Interrupted, STOPPED).await,
        };
        tracing::info!(import.id = %job.id, status = status.as_str(), "an import ended");
    }

    async fn import(&self, job: &ImportJob, bytes: Bytes) -> End {
        let store = &self.imports.0.store;
        let read = match read_catalogue(bytes.into()).await {
            Ok(read) => read,
            Err(unreadable) => return End::Failed(format!("The file can't be taken over: {unreadable}.")),
        };
        if !self.may_go_on() {
            return End::Off;
        }
        let end = async {
            store.import_is_read(job.id, dialect_word(read.dialect)).await?;
            let go_on = |progress: Progress| {
                self.run.done.store(progress.done, Relaxed);
                self.run.of.store(progress.of, Relaxed);
                self.may_go_on()
            };
            store.import_as(job, read.source, read.rows, go_on).await
        };
        match end.await {
            Ok(ImportEnd::Done(_)) => End::Done,
            Ok(ImportEnd::Cancelled) => End::Off,
            Err(error) if error.is_transient() => {
                tracing::warn!(error = %error, import.id = %job.id, "an import failed for the database");
                End::Failed(NO_DATABASE.to_owned())
            }
            Err(error) => {
                tracing::error!(error = %error, import.id = %job.id, "an import failed");
                End::Failed(OUR_FAULT.to_owned())
            }
        }
    }

    fn may_go_on(&self) -> bool {
        let run = &self.run;
        !run.is_cancelled.load(Relaxed) && !run.is_lost.load(Relaxed) && !self.imports.0.stop.is_cancelled()
    }

    /// Tells other processes how far it is, and does what they ask for.
    async fn beat(&self, is_over: &CancellationToken) {
        let store = &self.imports.0.store;
        if !store.is_shared() {
            return;
        }
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = is_over.cancelled() => return,
                _ = beats.tick() => {}
            }
            match store.beat(self.run.id, self.run.progress()).await {
                Ok(Beat::GoOn) => {}
                Ok(Beat::Cancel) => self.run.is_cancelled.store(true, Relaxed),
                // Or it is done, at this very moment; then it does not matter.
                Ok(Beat::NotRunning) => self.run.is_lost.store(true, Relaxed),
                Err(error) => tracing::warn!(error = %error, "how far an import is could not be told"),
            }
        }
    }

    /// What can't be told of the end is found out by who looks: nobody runs it.
    async fn end(&self, status: ImportStatus, reason: &str) -> ImportStatus {
        for _ in 0..TRIES {
            match self.imports.0.store.end_import(self.run.id, status, reason).await {
                Ok(_) => return status,
                Err(error) if error.is_transient() => tokio::time::sleep(Duration::from_secs(1)).await,
                Err(error) => {
                    tracing::error!(error = %error, import.id = %self.run.id, "the end of an import was not kept");
                    break;
                }
            }
        }
        status
    }
}

impl Run {
    fn progress(&self) -> Progress {
        Progress { done: self.done.load(Relaxed), of: self.of.load(Relaxed) }
    }
}

impl From<StoreError> for NotStarted {
    fn from(error: StoreError) -> Self {
        NotStarted::Database(error)
    }
}
