//! The machine's PostgreSQL and RabbitMQ: each test takes a corner of its own.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;

/// Where PostgreSQL is, and a role that may create databases.
pub fn postgres_url() -> String {
    std::env::var("BOTICA_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

/// A database of the test's own, dropped at its end.
#[derive(Debug)]
pub struct PostgresDatabase {
    name: String,
    url: String,
}

impl PostgresDatabase {
    /// # Errors
    /// PostgreSQL can't be reached, or the role may not create databases.
    pub async fn create() -> anyhow::Result<Self> {
        let name = format!("botica_test_{}", uuid::Uuid::now_v7().simple());
        let mut url: Url = postgres_url().parse()?;
        let mut connection = PgConnection::connect(url.as_str()).await?;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        url.set_path(&name);
        Ok(PostgresDatabase { name, url: url.into() })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for PostgresDatabase {
    /// On a thread of its own, since a test's runtime may be gone.
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropping = std::thread::spawn(move || -> anyhow::Result<()> {
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
                let options: PgConnectOptions = postgres_url().parse()?;
                let mut connection = PgConnection::connect_with(&options).await?;
                connection.execute(AssertSqlSafe(statement)).await?;
                Ok(())
            })
        });
        // A database that stays behind is no reason to fail a test.
        drop(dropping.join());
    }
}
