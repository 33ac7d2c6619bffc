//! Looking at a queue's file, and copying it, while whoever owns it goes on.

use std::{path::Path, time::Duration};

use chrono::Utc;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{Depth, Lock, OpenError};

/// How long to wait where the file is locked for a moment.
const BUSY: Duration = Duration::from_secs(5);

/// Whether another process has the queue at `path` for itself. Makes nothing.
///
/// # Errors
/// The file of its lock can't be opened.
pub fn is_in_use(path: &Path) -> Result<bool, OpenError> {
    if !Lock::file_of(path).exists() {
        return Ok(false);
    }
    match Lock::take(path) {
        Ok(_) => Ok(false),
        Err(OpenError::InUse(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

/// How much waits in the queue at `path`, which must be there.
///
/// # Errors
/// The file is not such a queue, or can't be read.
pub async fn depth_of(path: &Path) -> Result<Depth, OpenError> {
    let io = |source| OpenError::Io { path: path.display().to_string(), source };
    let mut connection = connect(path).await.map_err(io)?;
    let looked = sqlx::query_as("SELECT count(*), CAST(min(placed_at) AS INTEGER) FROM messages")
        .fetch_one(&mut connection)
        .await
        .map_err(io);
    let closed = connection.close().await.map_err(io);
    let (messages, oldest): (i64, Option<i64>) = looked?;
    closed?;
    let age = |placed_at: i64| u64::try_from(Utc::now().timestamp_millis() - placed_at).unwrap_or(0);
    Ok(Depth {
        messages: u64::try_from(messages).unwrap_or(0),
        oldest: oldest.map(|placed_at| Duration::from_millis(age(placed_at))),
    })
}

/// Copies the queue at `path` to `copy`, a file that is not there yet: all that was promised to be kept before
/// the call, unless it was taken out. It holds up nobody, and is not synced.
///
/// # Errors
/// The file is not such a queue, or one of the two can't be read or written.
pub async fn copy(path: &Path, copy: &Path) -> Result<(), OpenError> {
    let io = |source| OpenError::Io { path: path.display().to_string(), source };
    let mut connection = connect(path).await.map_err(io)?;
    let target = copy.display().to_string().replace('\'', "''");
    let copied = sqlx::raw_sql(AssertSqlSafe(format!("VACUUM INTO '{target}'"))).execute(&mut connection).await;
    let closed = connection.close().await;
    copied.map_err(io)?;
    closed.map_err(io)
}

async fn connect(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    // No journal mode is named: a file in a backup stays as it is.
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(BUSY);
    options.disable_statement_logging().connect().await
}
