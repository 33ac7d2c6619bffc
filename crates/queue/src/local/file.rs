//! The SQLite file: its tables and every statement on them.

use std::{path::Path, time::Duration};

use chrono::Utc;
use sqlx::{
    ConnectOptions, Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous},
};

use crate::Message;

/// Why a local queue can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Older ones can overwrite committed data when their write-ahead log starts over.
    #[error("SQLite {0} may lose committed data; build Botica with SQLite 3.51.3 or newer")]
    OldSqlite(String),
    /// Made by a newer Botica.
    #[error("\"{path}\" was made by a newer Botica (form {form}, this one knows up to {FORM}): upgrade")]
    Newer {
        /// The file.
        path: String,
        /// The form that it has.
        form: i64,
    },
    /// Another process has it, and only one may.
    #[error("\"{0}\" is in use by another Botica: stop that one, or give this one a data folder of its own")]
    InUse(String),
    /// Can't be opened, read or written.
    #[error("the local queue \"{path}\" can't be opened: {source}")]
    Io {
        /// The file.
        path: String,
        /// What SQLite said.
        source: sqlx::Error,
    },
}

/// The newest form of the tables that this build knows, kept in `user_version`.
const FORM: i64 = 1;

/// `AUTOINCREMENT`: a number is never used twice, so that an acknowledgement that comes late can't hit
/// another message. How often a message was delivered has its own table: an update would rewrite the
/// row with its body. Columns have defaults and no types are enforced: an operator may put a row in by
/// hand.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT,
        kind TEXT,
        traceparent TEXT,
        body BLOB,
        placed_at INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
    );
    CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY, times INTEGER NOT NULL);
    DELETE FROM deliveries WHERE number NOT IN (SELECT number FROM messages);
    PRAGMA user_version = 1;
";

/// How long to wait for another process's transaction. Shorter than a publish's deadline.
const BUSY: Duration = Duration::from_secs(1);

/// Rows of one `INSERT`: most of what a longer one could save is saved.
const ROWS_AT_ONCE: usize = 50;

/// What a commit outlives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outlives {
    /// It waits for the disk. For all that somebody is promised.
    PowerLoss,
    /// It waits for the operating system only. For the counting of deliveries, which is worth no sync.
    Kill,
}

#[derive(Debug)]
pub(super) struct File {
    connection: SqliteConnection,
    commits: Outlives,
    count: u64,
    /// SQLite's `data_version` when `count` was taken: it changes when another connection commits.
    counted_at: i64,
}

/// What became of one transaction's puts.
#[derive(Debug)]
pub(super) struct Written {
    /// How many of the puts, from the first, are kept. The others found no room.
    pub(super) kept: usize,
    /// How many messages are in the file now.
    pub(super) count: u64,
}

#[derive(Debug)]
pub(super) struct Stats {
    pub(super) messages: u64,
    pub(super) oldest: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) number: i64,
    pub(super) times: u32,
    pub(super) message: Message,
}

impl File {
    pub(super) async fn open(path: &Path) -> Result<File, OpenError> {
        let named = || path.display().to_string();
        let io = |source| OpenError::Io { path: named(), source };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(io)?;
        let version: String =
            sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut connection).await.map_err(io)?;
        if !is_safe(&version) {
            return Err(OpenError::OldSqlite(version));
        }
        let form: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.map_err(io)?;
        if form > FORM {
            return Err(OpenError::Newer { path: named(), form });
        }
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(io)?;
        sqlx::raw_sql(TABLES).execute(&mut *transaction).await.map_err(io)?;
        transaction.commit().await.map_err(io)?;
        let mut file = File { connection, commits: Outlives::PowerLoss, count: 0, counted_at: -1 };
        file.recount().await.map_err(io)?;
        Ok(file)
    }

    /// Takes `gone` out and puts `messages` in, in one transaction that is on disk when this returns.
    /// `capacity` limits only what is put in.
    pub(super) async fn write<'a>(
        &mut self,
        messages: impl IntoIterator<Item = &'a Message>,
        gone: &[i64],
        capacity: u64,
    ) -> Result<Written, sqlx::Error> {
        self.let_commits(Outlives::PowerLoss).await?;
        self.begin().await?;
        let written = self.write_inside(messages, gone, capacity).await;
        let written = self.end(written).await?;
        self.count = written.count;
        Ok(written)
    }

    async fn write_inside<'a>(
        &mut self,
        messages: impl IntoIterator<Item = &'a Message>,
        gone: &[i64],
        capacity: u64,
    ) -> Result<Written, sqlx::Error> {
        self.recount().await?;
        let mut count = self.count;
        if !gone.is_empty() {
            let gone = json(gone);
            let removed = sqlx::query("DELETE FROM messages WHERE number IN (SELECT value FROM json_each(?))")
                .bind(&gone)
                .execute(&mut self.connection)
                .await?;
            sqlx::query("DELETE FROM deliveries WHERE number IN (SELECT value FROM json_each(?))")
                .bind(&gone)
                .execute(&mut self.connection)
                .await?;
            count = count.saturating_sub(removed.rows_affected());
        }
        let room = usize::try_from(capacity.saturating_sub(count)).unwrap_or(usize::MAX);
        let fitting: Vec<&Message> = messages.into_iter().take(room).collect();
        let now = Utc::now().timestamp_millis();
        for rows in fitting.chunks(ROWS_AT_ONCE) {
            let mut insert = sqlx::QueryBuilder::new("INSERT INTO messages (id, kind, traceparent, body, placed_at) ");
            insert.push_values(rows, |mut row, message| {
                row.push_bind(message.id.as_deref())
                    .push_bind(message.kind.as_deref())
                    .push_bind(message.traceparent.as_deref())
                    .push_bind(&message.body[..])
                    .push_bind(now);
            });
            insert.build().execute(&mut self.connection).await?;
        }
        Ok(Written { kept: fitting.len(), count: count + fitting.len() as u64 })
    }

    /// The numbers of the oldest messages.
    pub(super) async fn oldest(&mut self, most: usize) -> Result<Vec<i64>, sqlx::Error> {
        sqlx::query_scalar("SELECT number FROM messages ORDER BY number LIMIT ?")
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&mut self.connection)
            .await
    }

    /// Counts a delivery of each of these messages, so that the count outlives a reader that is killed
    /// by the message itself. Not synced.
    pub(super) async fn count_delivery(&mut self, numbers: &[i64]) -> Result<(), sqlx::Error> {
        self.let_commits(Outlives::Kill).await?;
        self.begin().await?;
        let counted = sqlx::query(
            "INSERT INTO deliveries (number, times)
             SELECT number, 1 FROM messages WHERE number IN (SELECT value FROM json_each(?))
             ON CONFLICT (number) DO UPDATE SET times = times + 1",
        )
        .bind(json(numbers))
        .execute(&mut self.connection)
        .await
        .map(drop);
        self.end(counted).await
    }

    /// Those of these messages that still exist, oldest first.
    pub(super) async fn read(&mut self, numbers: &[i64]) -> Result<Vec<Delivered>, sqlx::Error> {
        // All as bytes: a row that was put in by hand may hold any type anywhere.
        let rows = sqlx::query(
            "SELECT number, CAST(id AS BLOB), CAST(kind AS BLOB), CAST(traceparent AS BLOB), CAST(body AS BLOB),
                    CAST(coalesce((SELECT times FROM deliveries d WHERE d.number = messages.number), 0) AS INTEGER)
             FROM messages WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number",
        )
        .bind(json(numbers))
        .fetch_all(&mut self.connection)
        .await?;
        rows.iter().map(delivered).collect()
    }

    pub(super) async fn stats(&mut self) -> Result<Stats, sqlx::Error> {
        self.recount().await?;
        let oldest: Option<i64> =
            sqlx::query_scalar("SELECT CAST(placed_at AS INTEGER) FROM messages ORDER BY number LIMIT 1")
                .fetch_optional(&mut self.connection)
                .await?;
        let oldest = oldest.map(|placed_at| Utc::now().timestamp_millis().saturating_sub(placed_at));
        Ok(Stats {
            messages: self.count,
            oldest: oldest.map(|age| Duration::from_millis(u64::try_from(age).unwrap_or(0))),
        })
    }

    /// Writes something small through to the disk, to learn whether writing works again.
    pub(super) async fn probe(&mut self) -> Result<u64, sqlx::Error> {
        self.let_commits(Outlives::PowerLoss).await?;
        sqlx::raw_sql("PRAGMA user_version = 1").execute(&mut self.connection).await?;
        self.recount().await?;
        Ok(self.count)
    }

    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        self.connection.close().await
    }

    /// Brings `count` up to date if another connection has written since it was taken.
    async fn recount(&mut self) -> Result<(), sqlx::Error> {
        let version: i64 = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.connection).await?;
        if version != self.counted_at {
            let count: i64 =
                sqlx::query_scalar("SELECT count(*) FROM messages").fetch_one(&mut self.connection).await?;
            self.count = u64::try_from(count).unwrap_or(0);
            self.counted_at = version;
        }
        Ok(())
    }

    async fn let_commits(&mut self, outlive: Outlives) -> Result<(), sqlx::Error> {
        if self.commits != outlive {
            let pragma = match outlive {
                Outlives::PowerLoss => "PRAGMA synchronous = FULL",
                Outlives::Kill => "PRAGMA synchronous = NORMAL",
            };
            sqlx::raw_sql(pragma).execute(&mut self.connection).await?;
            self.commits = outlive;
        }
        Ok(())
    }

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        // Deferred, it would fail at once as soon as another process writes in between.
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await.map(drop)
    }

    async fn end<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let committed = match outcome {
            Ok(value) => sqlx::query("COMMIT").execute(&mut self.connection).await.map(|_| value),
            Err(error) => Err(error),
        };
        if committed.is_err() {
            // SQLite rolls back by itself on some errors; then this one fails and means nothing.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        }
        committed
    }
}

fn delivered(row: &SqliteRow) -> Result<Delivered, sqlx::Error> {
    let text = |index: usize| -> Result<Option<String>, sqlx::Error> {
        let bytes: Option<Vec<u8>> = row.try_get(index)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    let body: Option<Vec<u8>> = row.try_get(4)?;
    Ok(Delivered {
        number: row.try_get(0)?,
        times: u32::try_from(row.try_get::<i64, _>(5)?).unwrap_or(u32::MAX),
        message: Message { id: text(1)?, kind: text(2)?, traceparent: text(3)?, body: body.unwrap_or_default().into() },
    })
}

fn json(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("[{}]", numbers.join(","))
}

/// Whether the disk has no room: SQLITE_FULL.
pub(super) fn is_disk_full(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "13")
}

fn is_safe(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    parts >= vec![3, 51, 3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_that_may_lose_data_is_told_from_a_safe_one() {
        for old in ["", "3.8.0", "3.50.4", "3.51.2"] {
            assert!(!is_safe(old), "{old}");
        }
        for safe in ["3.51.3", "3.52.0", "4.0.0"] {
            assert!(is_safe(safe), "{safe}");
        }
    }
}
