//! Connecting: pools, time-outs, and how a write begins.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, SqlxPostgresConnector,
    SqlxSqliteConnector, TransactionOptions, TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{RwLock, watch};

use crate::StoreError;
use crate::durability::WAIT_FOR_THE_DISK;
use crate::search::Catalogue;

/// How long to wait for the database, and how many connections to keep.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The most connections.
    pub connections: u32,
    /// How long a request waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long the server works on one statement, and waits for one lock (PostgreSQL).
    pub statement_timeout: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        ConnectOptions {
            connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
        }
    }
}

/// The least SQLite that may be used: earlier ones can corrupt a database when its WAL is reset
/// (<https://sqlite.org/wal.html>, "WAL-reset bug").
const LEAST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// The database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) read: DatabaseConnection,
    /// SQLite has one writer at a time: a pool of one makes writers queue here, in order, instead of
    /// polling the file's lock. On PostgreSQL it is the same pool as `read`.
    pub(crate) write: DatabaseConnection,
    pub(crate) hint: Arc<watch::Sender<()>>,
    /// The names of medications, to be searched; see [`crate::search`].
    pub(crate) catalogue: Arc<RwLock<Catalogue>>,
}

impl Store {
    /// A pool on the database at `url` (`postgres://…` or `sqlite://path`), which need not be there yet:
    /// PostgreSQL is connected to when it is first needed, a SQLite file is created.
    ///
    /// # Errors
    /// The URL is of another kind; the SQLite file can't be opened; SQLite is too old.
    pub async fn connect(url: &str, options: &ConnectOptions) -> Result<Store, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::postgres(url, options)
        } else if url.starts_with("sqlite:") {
            Self::sqlite(url, options).await
        } else {
            Err(StoreError::Address(
                "the database URL must start with postgres:// or sqlite://, such as \
                 postgres://botica:…@db.hospital.example/botica"
                    .to_owned(),
            ))
        }
    }

    fn postgres(url: &str, options: &ConnectOptions) -> Result<Store, StoreError> {
        // The text of a parse error may hold the password.
        let connect = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Address("the database URL is not of the form postgres://user:…@host/name".into()))?
            .application_name("botica")
            .options([
                ("statement_timeout", milliseconds(options.statement_timeout)),
                ("lock_timeout", milliseconds(options.statement_timeout)),
                // Else every ROLLBACK below has its warning sent.
                ("client_min_messages", "error".to_owned()),
                // A transaction whose client vanished must not keep its locks.
                ("idle_in_transaction_session_timeout", milliseconds(options.statement_timeout)),
                // What is asked here takes less time than its compiling, which begins at a cost that is estimated:
                // with many orders, or where `enable_seqscan` is off.
                ("jit", "off".to_owned()),
            ])
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(options.acquire_timeout)
            .idle_timeout(Duration::from_secs(600))
            .max_lifetime(Duration::from_secs(1800))
            .after_connect(|connection, _| {
                Box::pin(async move { sqlx::Executor::execute(connection, WAIT_FOR_THE_DISK).await.map(drop) })
            })
            // sqlx 0.9.0 can hand out a connection that is still inside a transaction whose `begin` was
            // dropped half-way (sqlx #4393). Outside a transaction this is a warning of the server's.
            .after_release(|connection, _| {
                Box::pin(async move {
                    sqlx::Executor::execute(&mut *connection, "ROLLBACK").await?;
                    // What sqlx believes of it must be so too, or its next "transaction" is a savepoint.
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_lazy_with(connect);
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Store { read: connection.clone(), write: connection, hint: Arc::default(), catalogue: Arc::default() })
    }

    async fn sqlite(url: &str, options: &ConnectOptions) -> Result<Store, StoreError> {
        let connect = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL may lose the last commits at a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(options.statement_timeout)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(options.acquire_timeout)
            // When the disk is full, SQLite ends a transaction by itself (<https://sqlite.org/lang_transaction.html>,
            // 3.3), the rollback that follows fails, and sqlx goes on as if one were open: later commits would
            // only release savepoints, and be lost with the process.
            .after_release(|connection, _| {
                Box::pin(async move {
                    if !connection.is_in_transaction() {
                        return Ok(true);
                    }
                    // A rollback may still be on its way; this comes after it.
                    sqlx::Executor::execute(&mut *connection, "SELECT 1").await?;
                    Ok(!connection.is_in_transaction())
                })
            });
        let write = pool.clone().max_connections(1).connect_with(connect.clone()).await?;
        let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&write).await?;
        refuse_old_sqlite(&version)?;
        let read = pool.max_connections(options.connections).connect_with(connect.create_if_missing(false)).await?;
        Ok(Store {
            read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
            hint: Arc::default(),
            catalogue: Arc::default(),
        })
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// Commits, and hints at it to who follows the events in this process.
    pub(crate) async fn commit(&self, transaction: DatabaseTransaction) -> Result<(), StoreError> {
        transaction.commit().await?;
        self.hint.send_replace(());
        Ok(())
    }

    /// Whether other processes use the database beside this one.
    pub fn is_shared(&self) -> bool {
        self.is_postgres()
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.read.get_database_backend() == DbBackend::Postgres
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.read.execute_unprepared("SELECT 1").await.map(drop)?)
    }

    /// What time the database has.
    ///
    /// # Errors
    /// The database's.
    pub async fn clock(&self) -> Result<DateTime<Utc>, StoreError> {
        if !self.is_postgres() {
            // SQLite runs in this process and has its clock.
            return Ok(Utc::now());
        }
        let now = sea_orm::Statement::from_string(DbBackend::Postgres, "SELECT now()");
        let row = self.read.query_one_raw(now).await?;
        let row = row.ok_or_else(|| StoreError::Corrupt("SELECT now() has no row".to_owned()))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// Closes all connections, once they are free.
    pub async fn close(&self) {
        for pool in [&self.read, &self.write] {
            // A pool that does not close leaves its connections to the end of the process.
            drop(pool.close_by_ref().await);
        }
    }
}

fn milliseconds(duration: Duration) -> String {
    duration.as_millis().to_string()
}

fn refuse_old_sqlite(version: &str) -> Result<(), StoreError> {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    if (next(), next(), next()) < LEAST_SQLITE {
        let (major, minor, patch) = LEAST_SQLITE;
        return Err(StoreError::Schema(format!(
            "SQLite {version} can corrupt its file; Botica must be built with {major}.{minor}.{patch} or newer"
        )));
    }
    Ok(())
}

/// `at`, to the microsecond: finer instants would come back changed from PostgreSQL.
pub(crate) fn stored(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_that_corrupts_its_file_is_refused() {
        assert!(refuse_old_sqlite("3.51.2").is_err());
        assert!(refuse_old_sqlite("3.9.9").is_err());
        assert!(refuse_old_sqlite("3.51.3").is_ok());
        assert!(refuse_old_sqlite("3.54.1").is_ok());
    }

    #[tokio::test]
    async fn a_wrong_address_is_explained_without_its_password() {
        let options = ConnectOptions::default();
        for url in ["mysql://a:secret@b/c", "postgres://a:secret@host:port/x", "botica.db"] {
            let error = Store::connect(url, &options).await.unwrap_err().to_string();
            assert!(error.contains("postgres://") && !error.contains("secret"), "{error}");
        }
    }

    #[tokio::test]
    async fn sessions_on_postgres_compile_no_statement() {
        let database = testkit::services::PostgresDatabase::create().await.unwrap();
        let store = Store::connect(database.url(), &ConnectOptions::default()).await.unwrap();
        // The server's default is `on`.
        let jit = sea_orm::Statement::from_string(DbBackend::Postgres, "SELECT current_setting('jit')");
        let row = store.read.query_one_raw(jit).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "off");
    }

    #[tokio::test]
    async fn a_commit_is_one_although_the_database_ended_a_transaction_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("botica.db").display());
        let store = Store::connect(&url, &ConnectOptions::default()).await.unwrap();
        store.write.execute_unprepared("CREATE TABLE kept (number INTEGER)").await.unwrap();
        let ended = store.begin().await.unwrap();
        // As SQLite does when it has no room.
        ended.execute_unprepared("ROLLBACK").await.unwrap();
        drop(ended);
        let called_off = store.begin().await.unwrap();
        called_off.execute_unprepared("INSERT INTO kept VALUES (1)").await.unwrap();
        drop(called_off);
        let good = store.begin().await.unwrap();
        good.execute_unprepared("INSERT INTO kept VALUES (2)").await.unwrap();
        store.commit(good).await.unwrap();
        let seen = sea_orm::Statement::from_string(DbBackend::Sqlite, "SELECT sum(number) FROM kept");
        let row = store.read.query_one_raw(seen).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<Option<i64>>(0).unwrap(), Some(2));
    }
}
