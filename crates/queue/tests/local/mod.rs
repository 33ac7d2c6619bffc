//! The queue in a SQLite file.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use queue::{
    Publish, Receive,
    local::{LocalOptions, LocalQueue},
};
use sqlx::{Connection, SqliteConnection};
use testkit::queue_suite::{Harness, Limits};
use tokio::runtime::Runtime;

mod crash;
mod file;

testkit::queue_suite!(promises, LocalHarness);

/// Runs each life of the queue on a runtime of its own, which a kill ends without a word to the tasks on it.
struct LocalHarness {
    folder: tempfile::TempDir,
    options: LocalOptions,
    life: Option<(Runtime, LocalQueue)>,
}

impl LocalHarness {
    fn path(&self) -> PathBuf {
        self.folder.path().join("queue.sqlite")
    }

    fn queue(&self) -> &LocalQueue {
        &self.life.as_ref().expect("alive").1
    }

    async fn begin_life(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (path, options) = (self.path(), self.options.clone());
        let queue = runtime.spawn(async move { LocalQueue::open(&path, options).await }).await.unwrap().unwrap();
        self.life = Some((runtime, queue));
    }

    fn end_life(&mut self) {
        if let Some((runtime, _)) = self.life.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for LocalHarness {
    fn drop(&mut self) {
        self.end_life();
    }
}

#[async_trait]
impl Harness for LocalHarness {
    async fn start(limits: Limits) -> Self {
        let options = LocalOptions {
            capacity: limits.capacity.map_or(u64::MAX, u64::from),
            prefetch: usize::from(limits.prefetch),
            // No promise of this suite is about time, which a busy machine may take.
            deadline: Duration::from_secs(10),
            ..LocalOptions::default()
        };
        let mut harness = LocalHarness { folder: tempfile::tempdir().unwrap(), options, life: None };
        harness.begin_life().await;
        harness
    }

    fn publisher(&self) -> Arc<dyn Publish> {
        Arc::new(self.queue().publisher())
    }

    fn receiver(&self) -> Box<dyn Receive> {
        Box::new(self.queue().receiver())
    }

    async fn kill(&mut self) {
        self.end_life();
        self.begin_life().await;
    }

    async fn put_raw(&self, body: &[u8]) {
        let mut stranger = connect(&self.path()).await;
        sqlx::query("INSERT INTO messages (body) VALUES (?)").bind(body).execute(&mut stranger).await.unwrap();
        stranger.close().await.unwrap();
    }

    async fn waiting(&self) -> u64 {
        self.queue().depth().await.unwrap().messages
    }

    async fn stop(self) {
        self.queue().close().await;
    }
}

/// Another process's connection to the file.
async fn connect(path: &std::path::Path) -> SqliteConnection {
    use sqlx::ConnectOptions;
    sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(5))
        .connect()
        .await
        .unwrap()
}
