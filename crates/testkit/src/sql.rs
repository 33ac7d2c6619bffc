//! Statements behind the product's back, on either database.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

/// A connection to PostgreSQL or SQLite.
#[derive(Debug)]
pub enum SqlConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Connects to the database at `url`.
///
/// # Errors
/// The database's.
pub async fn connect(url: &str) -> anyhow::Result<SqlConnection> {
    Ok(if url.starts_with("sqlite:") {
        SqlConnection::Sqlite(SqliteConnection::connect(url).await?)
    } else {
        SqlConnection::Postgres(PgConnection::connect(url).await?)
    })
}

impl SqlConnection {
    /// Runs a statement, or several, and says how many rows it wrote.
    ///
    /// # Errors
    /// The database's.
    pub async fn execute(&mut self, statement: &str) -> anyhow::Result<u64> {
        let statement = AssertSqlSafe(statement.to_owned());
        Ok(match self {
            SqlConnection::Postgres(connection) => connection.execute(statement).await?.rows_affected(),
            SqlConnection::Sqlite(connection) => connection.execute(statement).await?.rows_affected(),
        })
    }

    /// Counts the rows of `table`.
    ///
    /// # Errors
    /// The database's.
    pub async fn count(&mut self, table: &str) -> anyhow::Result<i64> {
        let query = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        Ok(match self {
            SqlConnection::Postgres(connection) => query.fetch_one(connection).await?,
            SqlConnection::Sqlite(connection) => {
                let query = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
                query.fetch_one(connection).await?
            }
        })
    }
}
