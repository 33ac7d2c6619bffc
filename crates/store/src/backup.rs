//! Copying a SQLite database while it is written to, and looking at a copy.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use crate::StoreError;
use crate::migration::{Schema, schema_of};

/// How long to wait where the file is locked for a moment.
const BUSY: Duration = Duration::from_secs(10);

/// What a database holds, by which a backup is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The migrations that were applied, in their order.
    pub schema: Vec<String>,
    /// Orders.
    pub orders: i64,
    /// Events of orders.
    pub events: i64,
    /// Administrative changes.
    pub changes: i64,
    /// The number of the record's last row; 0 where there is none.
    pub last_seq: i64,
}

impl Contents {
    /// How the schema stands against this version of Botica.
    pub fn schema(&self) -> Schema {
        schema_of(&self.schema)
    }
}

/// How large a copy of the database at `url` will be, at most, in bytes.
///
/// # Errors
/// There is no such file, or it can't be read.
pub async fn sqlite_size(url: &str) -> Result<u64, StoreError> {
    let mut connection = open(SqliteConnectOptions::from_str(url)?).await?;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut connection).await?;
    let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(u64::try_from(pages.saturating_mul(size)).unwrap_or(0))
}

/// Copies the SQLite database at `url`, as it is at one instant, to `copy`, a file that is not there yet. Writers
/// go on meanwhile. The copy is not synced.
///
/// # Errors
/// There is no such database, or one of the two can't be read or written.
pub async fn copy_sqlite(url: &str, copy: &Path) -> Result<(), StoreError> {
    let mut connection = open(SqliteConnectOptions::from_str(url)?).await?;
    let target = copy.display().to_string().replace('\'', "''");
    let copied = sqlx::raw_sql(AssertSqlSafe(format!("VACUUM INTO '{target}'"))).execute(&mut connection).await;
    connection.close().await?;
    copied?;
    Ok(())
}

/// Checks every page and reference of a copy that nobody writes to, and says what it holds. Leaves no trace in
/// the file or beside it.
///
/// # Errors
/// It is damaged, in words for an operator, or can't be read.
pub async fn examine_copy(copy: &Path) -> Result<Contents, StoreError> {
    let mut connection = open(SqliteConnectOptions::new().filename(copy).read_only(true).immutable(true)).await?;
    let examined = examine(&mut connection).await;
    connection.close().await?;
    examined
}

/// Checks every page of any SQLite file that nobody writes to, as [`examine_copy`] does.
///
/// # Errors
/// It is damaged, in words for an operator, or can't be read.
pub async fn check_copy(copy: &Path) -> Result<(), StoreError> {
    let mut connection = open(SqliteConnectOptions::new().filename(copy).read_only(true).immutable(true)).await?;
    let checked = check(&mut connection).await;
    connection.close().await?;
    checked
}

async fn open(options: SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    // No journal mode is named: a copy stays as it is.
    let options = options.create_if_missing(false).busy_timeout(BUSY).disable_statement_logging();
    Ok(options.connect().await?)
}

async fn check(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *connection).await?;
    if found != ["ok"] {
        let first = found.first().map(String::as_str).unwrap_or_default();
        return Err(StoreError::Corrupt(format!("SQLite's integrity check says: {first}")));
    }
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *connection).await?.len();
    if dangling > 0 {
        return Err(StoreError::Corrupt(format!("{dangling} rows refer to rows that are not there")));
    }
    Ok(())
}

async fn examine(connection: &mut SqliteConnection) -> Result<Contents, StoreError> {
    check(connection).await?;
    let schema: Vec<String> =
        sqlx::query_scalar("SELECT version FROM seaql_migrations ORDER BY version").fetch_all(&mut *connection).await?;
    let mut number = async |statement: &'static str| -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(statement).fetch_one(&mut *connection).await?)
    };
    Ok(Contents {
        schema,
        orders: number("SELECT count(*) FROM orders").await?,
        events: number("SELECT count(*) FROM order_events").await?,
        changes: number("SELECT count(*) FROM admin_changes").await?,
        last_seq: number("SELECT coalesce(max(seq), 0) FROM event_head").await?,
    })
}
