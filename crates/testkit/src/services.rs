//! The services that a test run is given: RabbitMQ and PostgreSQL, and a fresh place in each.

use std::{future::Future, time::Duration};

use anyhow::Context;
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{
        BasicGetOptions, BasicNackOptions, BasicPublishOptions, BasicRejectOptions, ConfirmSelectOptions,
        QueueDeclareOptions, QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable},
};
use sqlx::{Connection as _, Executor, PgConnection};
use url::Url;
use uuid::Uuid;

/// Where the RabbitMQ of this run is.
pub fn amqp_url() -> String {
    std::env::var("BOTICA_TEST_AMQP_URL").unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned())
}

/// Where the PostgreSQL of this run is; its user may create databases.
pub fn postgres_url() -> String {
    std::env::var("BOTICA_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

/// Longest that cleaning up may take: a test must end even if its service has died.
const CLEAN_UP: Duration = Duration::from_secs(10);

/// Runs what a drop can't wait for, on a thread of its own: the test's runtime may be ending.
fn clean_up(work: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    let thread = std::thread::spawn(move || -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let outcome = runtime.block_on(async { tokio::time::timeout(CLEAN_UP, work).await })?;
        runtime.shutdown_background();
        outcome
    });
    // What could not be removed has a random name and harms no other test.
    let _ = thread.join();
}

/// An empty PostgreSQL database of its own, dropped at the end of the test, also of one that fails.
#[derive(Debug)]
pub struct PostgresDatabase {
    server: String,
    name: String,
    url: String,
}

impl PostgresDatabase {
    /// Makes it on the PostgreSQL of this run.
    ///
    /// # Errors
    /// When PostgreSQL can't be reached or does not let us.
    pub async fn create() -> anyhow::Result<PostgresDatabase> {
        PostgresDatabase::create_on(postgres_url()).await
    }

    /// Makes it on the server at this URL.
    ///
    /// # Errors
    /// When PostgreSQL can't be reached or does not let us.
    pub async fn create_on(server: String) -> anyhow::Result<PostgresDatabase> {
        let name = format!("botica_test_{}", Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&server).await.context("PostgreSQL for tests can't be reached")?;
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        connection.close().await?;
        let mut url = Url::parse(&server)?;
        url.set_path(&name);
        Ok(PostgresDatabase { server, name, url: url.into() })
    }

    /// To connect by.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        clean_up(async move {
            let mut connection = PgConnection::connect(&server).await?;
            // By force: connections of a pool may still be open.
            connection.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
            Ok(())
        });
    }
}

/// Messages that wait for their confirm at most.
const ALOFT: usize = 256;

/// The name of a RabbitMQ queue that nobody else uses. It and its dead queue are deleted at the end of the
/// test, also of one that fails.
#[derive(Debug)]
pub struct FreshQueue {
    url: String,
    name: String,
}

impl FreshQueue {
    /// A name on the RabbitMQ of this run.
    pub fn new() -> FreshQueue {
        FreshQueue::on(&amqp_url())
    }

    /// A name on the RabbitMQ at `url`.
    pub fn on(url: &str) -> FreshQueue {
        FreshQueue { url: url.to_owned(), name: format!("botica_test_{}", Uuid::new_v4().simple()) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its RabbitMQ is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts bytes into it as a stranger would: nothing but the body. The queue must exist.
    ///
    /// # Errors
    /// When the broker does not take it.
    pub async fn put_raw(&self, body: &[u8]) -> anyhow::Result<()> {
        self.put(body, BasicProperties::default()).await
    }

    /// Puts bytes into it that are said to be of a type. The queue must exist.
    ///
    /// # Errors
    /// When the broker does not take it.
    pub async fn put_typed(&self, body: &[u8], kind: &str) -> anyhow::Result<()> {
        self.put(body, BasicProperties::default().with_type(kind.into())).await
    }

    /// Puts bytes into it with a header. The queue must exist.
    ///
    /// # Errors
    /// When the broker does not take it.
    pub async fn put_with_header(&self, body: &[u8], name: &str, value: &str) -> anyhow::Result<()> {
        let mut headers = FieldTable::default();
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
        self.put(body, BasicProperties::default().with_headers(headers)).await
    }

    /// Puts a message into it past Botica's own publisher. The queue must exist.
    ///
    /// # Errors
    /// When the broker does not take it.
    pub async fn put(&self, body: &[u8], properties: BasicProperties) -> anyhow::Result<()> {
        self.put_each(&[body], properties).await
    }

    /// Puts many into it, in their order. The queue must exist.
    ///
    /// # Errors
    /// When the broker does not take one.
    pub async fn put_all(&self, bodies: &[Vec<u8>]) -> anyhow::Result<()> {
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        self.put_each(&bodies, BasicProperties::default()).await
    }

    async fn put_each(&self, bodies: &[&[u8]], properties: BasicProperties) -> anyhow::Result<()> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        for some in bodies.chunks(ALOFT) {
            let mut confirms = Vec::with_capacity(some.len());
            for body in some {
                let publish =
                    channel.basic_publish("".into(), self.name.as_str().into(), options, body, properties.clone());
                confirms.push(publish.await?);
            }
            for confirm in confirms {
                let confirm = confirm.await?;
                anyhow::ensure!(confirm == lapin::Confirmation::Ack(None), "not taken: {confirm:?}");
            }
        }
        connection.close(200, "OK".into()).await?;
        Ok(())
    }

    /// Takes its first messages and rejects them for good, as another consumer might.
    ///
    /// # Errors
    /// When there are not so many, or the broker can't be reached.
    pub async fn reject_first(&self, count: usize) -> anyhow::Result<()> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        for _ in 0..count {
            let got = channel.basic_get(self.name.as_str().into(), BasicGetOptions::default()).await?;
            let tag = got.context("there are fewer")?.delivery.delivery_tag;
            channel.basic_reject(tag, BasicRejectOptions { requeue: false }).await?;
        }
        connection.close(200, "OK".into()).await?;
        Ok(())
    }

    /// Takes its first message and gives it back, again and again, until the broker gives it up.
    ///
    /// # Errors
    /// When the broker can't be reached, or still delivers it after very many times.
    pub async fn exhaust_first(&self) -> anyhow::Result<()> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        for _ in 0..2000 {
            let Some(got) = channel.basic_get(self.name.as_str().into(), BasicGetOptions::default()).await? else {
                connection.close(200, "OK".into()).await?;
                return Ok(());
            };
            let requeue = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
            channel.basic_nack(got.delivery.delivery_tag, requeue).await?;
        }
        anyhow::bail!("the broker does not give it up")
    }

    /// How many messages wait in it to be delivered.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn waiting(&self) -> anyhow::Result<u64> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare(self.name.as_str().into(), passive, FieldTable::default()).await?;
        connection.close(200, "OK".into()).await?;
        Ok(u64::from(queue.message_count()))
    }

    /// Deletes it, with its messages, under whoever uses it.
    ///
    /// # Errors
    /// When the broker can't be reached.
    pub async fn delete(&self) -> anyhow::Result<()> {
        delete(&self.url, [self.name.clone()]).await
    }
}

impl Default for FreshQueue {
    fn default() -> Self {
        FreshQueue::new()
    }
}

impl Drop for FreshQueue {
    fn drop(&mut self) {
        let (url, names) = (self.url.clone(), [self.name.clone(), format!("{}.dead", self.name)]);
        clean_up(async move { delete(&url, names).await });
    }
}

async fn delete(url: &str, names: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    for name in names {
        channel.queue_delete(name.into(), QueueDeleteOptions::default()).await?;
    }
    connection.close(200, "OK".into()).await?;
    Ok(())
}
