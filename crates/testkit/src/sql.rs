//! Statements behind the product's back, on either database.

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use uuid::Uuid;

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

    /// Runs a statement with one parameter, `?` on SQLite and `$1` on PostgreSQL.
    ///
    /// # Errors
    /// The database's.
    pub async fn execute_with(&mut self, statement: &str, bytes: &[u8]) -> anyhow::Result<u64> {
        let statement = AssertSqlSafe(statement.to_owned());
        Ok(match self {
            SqlConnection::Postgres(connection) => {
                sqlx::query(statement).bind(bytes).execute(connection).await?.rows_affected()
            }
            SqlConnection::Sqlite(connection) => {
                sqlx::query(statement).bind(bytes).execute(connection).await?.rows_affected()
            }
        })
    }

    /// The rows of a query whose columns are all bytes.
    ///
    /// # Errors
    /// The database's.
    pub async fn rows(&mut self, query: &str) -> anyhow::Result<Vec<Vec<Vec<u8>>>> {
        let query = AssertSqlSafe(query.to_owned());
        Ok(match self {
            SqlConnection::Postgres(connection) => {
                let rows = sqlx::query(query).fetch_all(connection).await?;
                let columns = |row: &sqlx::postgres::PgRow| (0..row.len()).map(|at| row.try_get(at)).collect();
                rows.iter().map(columns).collect::<Result<_, sqlx::Error>>()?
            }
            SqlConnection::Sqlite(connection) => {
                let rows = sqlx::query(query).fetch_all(connection).await?;
                let columns = |row: &sqlx::sqlite::SqliteRow| (0..row.len()).map(|at| row.try_get(at)).collect();
                rows.iter().map(columns).collect::<Result<_, sqlx::Error>>()?
            }
        })
    }

    /// The orders in the order of their first events.
    ///
    /// # Errors
    /// The database's.
    pub async fn in_order_of_events(&mut self) -> anyhow::Result<Vec<Uuid>> {
        let id = match self {
            SqlConnection::Postgres(_) => "uuid_send(order_id)",
            SqlConnection::Sqlite(_) => "order_id",
        };
        let rows = self.rows(&format!("SELECT {id} FROM order_events GROUP BY order_id ORDER BY min(seq)")).await?;
        rows.iter().map(|row| Ok(Uuid::from_slice(&row[0])?)).collect()
    }
}
