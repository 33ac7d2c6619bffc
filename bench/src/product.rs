//! A product of our own to try things on: its processes, its database, its queue, and their end.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::relay::Relay;
use url::Url;
use uuid::Uuid;

use crate::broker;
use crate::client::{Api, Login};
use crate::process::{Launch, Process};
use crate::sockets;

const DATABASE_DEADLINE: Duration = Duration::from_secs(20);

/// A promise that was looked at.
#[derive(Clone, Debug)]
pub struct Check {
    /// What was promised.
    pub promise: String,
    /// Why it is not kept, if it is not.
    pub broken: Option<String>,
}

impl Check {
    /// A check that is kept if `result` is a success.
    pub fn new(promise: impl Into<String>, result: Result<()>) -> Self {
        Check { promise: promise.into(), broken: result.err().map(|error| format!("{error:#}")) }
    }
}

/// What three separate processes share.
struct Distributed {
    postgres: Url,
    amqp: Url,
    /// The name of our own database, made by the start and dropped by the stop.
    database: String,
    queue: String,
    /// Stands before the broker where connections are to be cut. All messages pass it, which costs time.
    relay: Option<Relay>,
}

/// All load comes from one address, and much of it from one account.
fn no_limits() -> Vec<(String, String)> {
    ["BOTICA_ORDERS_PER_ACCOUNT", "BOTICA_ORDERS_PER_ADDRESS"].map(|name| (name.to_owned(), "0".to_owned())).into()
}

/// A product that we start and stop.
pub struct Product {
    program: PathBuf,
    dir: PathBuf,
    extra: Vec<(String, String)>,
    /// `None` for one process with files in its data directory.
    distributed: Option<Distributed>,
    publisher: Option<Process>,
    backend: Option<Process>,
    consumer: Option<Process>,
}

impl Product {
    /// One process with its files under `dir`. Starts nothing yet.
    pub fn embedded(program: PathBuf, dir: PathBuf, extra: Vec<(String, String)>) -> Self {
        Product::new(program, dir, extra, None)
    }

    /// Three processes with a database and a queue of their own on the given servers. Starts nothing yet.
    pub fn distributed(program: PathBuf, dir: PathBuf, extra: Vec<(String, String)>, postgres: Url, amqp: Url) -> Self {
        let name = format!("botica_bench_{}", Uuid::new_v4().simple());
        let distributed = Distributed { postgres, amqp, database: name.clone(), queue: name, relay: None };
        Product::new(program, dir, extra, Some(distributed))
    }

    /// The same with a relay before the broker, for [`Product::cut_broker`].
    ///
    /// # Errors
    /// When the broker's address makes no sense or there is no port for the relay.
    pub async fn behind_a_relay(mut self) -> Result<Self> {
        if let Some(around) = &mut self.distributed {
            let host = around.amqp.host_str().context("the broker's address has no host")?;
            let address = format!("{host}:{}", around.amqp.port().unwrap_or(5672));
            around.relay = Some(Relay::start(address).await?);
        }
        Ok(self)
    }

    fn new(program: PathBuf, dir: PathBuf, extra: Vec<(String, String)>, distributed: Option<Distributed>) -> Self {
        Product { program, dir, extra, distributed, publisher: None, backend: None, consumer: None }
    }

    /// Brings up the schema, makes an admin, starts all processes and waits until they are ready.
    /// Whatever it returns, [`Product::stop`] must follow.
    ///
    /// # Errors
    /// When any of it fails.
    pub async fn start(&mut self) -> Result<Api> {
        let api = self.start_without_consumer().await?;
        if self.distributed.is_some() {
            self.start_consumer().await?;
        }
        Ok(api)
    }

    /// As [`Product::start`], but services apart lack their consumer: what is ordered waits in the queue.
    ///
    /// # Errors
    /// When any of it fails.
    pub async fn start_without_consumer(&mut self) -> Result<Api> {
        if let Some(around) = &self.distributed {
            let create = format!("create database {}", around.database);
            in_database(&around.postgres, async |database| {
                sqlx::raw_sql(AssertSqlSafe(create)).execute(database).await.map(drop)
            })
            .await
            .context("can't make a database")?;
        }
        let login = Login {
            email: "replay@botica.example".to_owned(),
            password: format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()),
        };
        self.launch("migrate", &["migrate"], self.database_env()?).finish().await?;
        self.create_admin(&login).await?;

        let serve = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
        let with = |more: &[&'static str]| [&serve, more].concat();
        let (publisher, backend) = if self.distributed.is_none() {
            let all = self.launch("all", &serve, vec![]).start().await?;
            let url = all.url()?;
            self.backend = Some(all);
            (url.clone(), url)
        } else {
            let backend = self.launch("backend", &with(&["--role", "backend"]), self.database_env()?).start().await?;
            let backend_url = backend.url()?;
            self.backend = Some(backend);

            let mut launch = self.launch("publisher", &with(&["--role", "publisher"]), self.queue_env()?);
            let keys = backend_url.join(".well-known/jwks.json")?;
            launch.args.extend(["--jwks-url".to_owned(), keys.to_string()]);
            let publisher = launch.start().await?;
            let publisher_url = publisher.url()?;
            self.publisher = Some(publisher);
            (publisher_url, backend_url)
        };
        Api::new(publisher, backend, login)
    }

    /// Starts the consumer of services apart.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start_consumer(&mut self) -> Result<()> {
        let env = [self.database_env()?, self.queue_env()?].concat();
        let args = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--role", "consumer"];
        self.consumer = Some(self.launch("consumer", &args, env).start().await?);
        Ok(())
    }

    async fn create_admin(&self, login: &Login) -> Result<()> {
        let file = self.dir.join("password");
        let mut options = OpenOptions::new();
        options.create_new(true).write(true).mode(0o600).open(&file)?.write_all(login.password.as_bytes())?;
        let file = file.to_str().context("the directory's name is no UTF-8")?;
        let args = ["admin", "create", "--email", &login.email, "--name", "Replay", "--password-file", file];
        self.launch("admin", &args, self.database_env()?).finish().await
    }

    fn launch(&self, name: &str, args: &[&str], env: Vec<(String, String)>) -> Launch {
        // The embedded processes share one data directory; the distributed ones are on three hosts.
        let data = match self.distributed {
            None => self.dir.join("data"),
            Some(_) => self.dir.join(format!("data-{name}")),
        };
        let data_dir = ("BOTICA_DATA_DIR".to_owned(), data.to_string_lossy().into_owned());
        Launch {
            name: name.to_owned(),
            program: self.program.clone(),
            args: args.iter().map(ToString::to_string).collect(),
            env: [vec![data_dir], no_limits(), env, self.extra.clone()].concat(),
            dir: self.dir.clone(),
        }
    }

    fn database_env(&self) -> Result<Vec<(String, String)>> {
        let Some(around) = &self.distributed else { return Ok(vec![]) };
        Ok(vec![("DATABASE_URL".to_owned(), around.database_url().to_string())])
    }

    fn queue_env(&self) -> Result<Vec<(String, String)>> {
        let Some(around) = &self.distributed else { return Ok(vec![]) };
        let mut url = around.amqp.clone();
        if let Some(relay) = &around.relay {
            let address = relay.address();
            url.set_host(Some(&address.ip().to_string())).context("the broker's address can't be changed")?;
            ensure!(url.set_port(Some(address.port())).is_ok(), "the broker's address can't have a port");
        }
        Ok(vec![("AMQP_URL".to_owned(), url.to_string()), ("BOTICA_AMQP_QUEUE".to_owned(), around.queue.clone())])
    }

    /// `kill -9` for the consumer, and a new one at once.
    ///
    /// # Errors
    /// When there is none, it had ended by itself, or the new one does not get ready.
    pub async fn kill_consumer(&mut self) -> Result<()> {
        let consumer = self.consumer.take().context("there is no consumer of its own")?;
        let launch = consumer.kill().await?;
        self.consumer = Some(launch.start().await?);
        Ok(())
    }

    /// `kill -9` for the backend, and a new one at once; its root.
    ///
    /// # Errors
    /// When it had ended by itself, or the new one does not get ready.
    pub async fn kill_backend(&mut self) -> Result<Url> {
        let backend = self.backend.take().context("there is no backend")?;
        let backend = backend.kill().await?.start().await?;
        let url = backend.url()?;
        self.backend = Some(backend);
        Ok(url)
    }

    /// Stops the consumer of services apart.
    ///
    /// # Errors
    /// When there is none, or it does not stop well.
    pub async fn stop_consumer(&mut self) -> Result<()> {
        self.consumer.take().context("there is no consumer of its own")?.stop().await
    }

    /// Where orders are placed, if that is a process of its own.
    pub fn publisher_address(&self) -> Option<SocketAddr> {
        self.publisher.as_ref().map(Process::address)
    }

    /// Where everything else is asked.
    pub fn backend_address(&self) -> Option<SocketAddr> {
        self.backend.as_ref().map(Process::address)
    }

    /// The name of the queue on the broker, where there is one.
    pub fn queue(&self) -> Option<&str> {
        self.distributed.as_ref().map(|around| around.queue.as_str())
    }

    /// The database, where it is a server's.
    pub fn database_url(&self) -> Option<Url> {
        self.distributed.as_ref().map(Distributed::database_url)
    }

    /// How much memory the process of a role has now, and had at most, in MiB. The role `backend` is that of the
    /// one process, where there is only one.
    ///
    /// # Errors
    /// When there is no such process, or the system does not tell.
    pub fn memory(&self, role: &str) -> Result<(f64, f64)> {
        let process = match role {
            "publisher" => &self.publisher,
            "consumer" => &self.consumer,
            _ => &self.backend,
        };
        let pid = process.as_ref().with_context(|| format!("there is no {role}"))?.pid();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let of = |name: &str| -> Result<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).context("the system does not tell")?;
            let kilobytes: u32 = line.trim().trim_end_matches("kB").trim().parse()?;
            Ok(f64::from(kilobytes) / 1024.0)
        };
        Ok((of("VmRSS:")?, of("VmHWM:")?))
    }

    /// Cuts all connections of our processes to the broker, once.
    ///
    /// # Errors
    /// When there was none to cut.
    pub fn cut_broker(&self) -> Result<usize> {
        let Some(relay) = self.distributed.as_ref().and_then(|around| around.relay.as_ref()) else { return Ok(0) };
        let cut = relay.cut();
        ensure!(cut > 0, "no process was connected to the broker");
        Ok(cut)
    }

    /// Looks at what may not have happened in three separate processes: a publisher that knows the
    /// database, a consumer that others can call.
    pub fn checks(&self) -> Vec<Check> {
        let (Some(around), Some(publisher), Some(consumer)) = (&self.distributed, &self.publisher, &self.consumer)
        else {
            return vec![];
        };
        let database_port = around.postgres.port().unwrap_or(5432);
        vec![
            Check::new("the publisher has no database setting", has_no_database_setting(publisher.pid())),
            Check::new("the publisher has no connection to the database", {
                sockets::of(publisher.pid()).and_then(|sockets| {
                    ensure!(!sockets.remote.contains(&database_port), "connected to port {database_port}");
                    Ok(())
                })
            }),
            Check::new("the consumer listens on no port but its health port", {
                sockets::of(consumer.pid()).and_then(|sockets| {
                    let own = consumer.address().port();
                    ensure!(sockets.listening.iter().eq([&own]), "{:?}, not only {own}", sockets.listening);
                    Ok(())
                })
            }),
        ]
    }

    /// How many rows `order_events` has, counted by SQL; `None` where the database is the product's own file.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn event_rows(&self) -> Result<Option<usize>> {
        let Some(around) = &self.distributed else { return Ok(None) };
        let count: i64 = in_database(&around.database_url(), async |database| {
            sqlx::query_scalar("select count(*) from order_events").fetch_one(database).await
        })
        .await?;
        Ok(Some(usize::try_from(count)?))
    }

    /// Stops every process, then drops the database and deletes the queues. Does all of it even if some fails.
    pub async fn stop(&mut self) -> Vec<Check> {
        let processes = [self.publisher.take(), self.consumer.take(), self.backend.take()];
        let stopped = join_all(processes.into_iter().flatten().map(Process::stop)).await;
        let mut checks = vec![Check::new("every process stops when asked", stopped.into_iter().collect())];
        if let Some(around) = &self.distributed {
            let left = broker::delete_queues(around.amqp.as_str(), &around.queue).await;
            checks.push(Check::new(
                "nothing is left in the queues",
                left.and_then(|left| {
                    ensure!(left == 0, "{left} messages are");
                    Ok(())
                }),
            ));
            let drop_it = format!("drop database if exists {} with (force)", around.database);
            let dropped = in_database(&around.postgres, async |database| {
                sqlx::raw_sql(AssertSqlSafe(drop_it)).execute(database).await.map(drop)
            });
            checks.push(Check::new("the database is dropped", dropped.await));
        }
        checks
    }
}

impl Distributed {
    fn database_url(&self) -> Url {
        let mut url = self.postgres.clone();
        url.set_path(&self.database);
        url
    }
}

async fn in_database<T>(url: &Url, work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>) -> Result<T> {
    tokio::time::timeout(DATABASE_DEADLINE, async {
        let mut database = PgConnection::connect(url.as_str()).await?;
        let result = work(&mut database).await?;
        database.close().await?;
        Ok(result)
    })
    .await
    .context("PostgreSQL does not answer in time")?
}

/// The environment that the process really has, not the one that we think we gave it.
fn has_no_database_setting(pid: u32) -> Result<()> {
    let environment = std::fs::read(Path::new("/proc").join(pid.to_string()).join("environ"))?;
    let settings = String::from_utf8_lossy(&environment);
    match settings.split('\0').find(|setting| is_database_setting(setting)) {
        Some(setting) => anyhow::bail!("{} is set", setting.split('=').next().unwrap_or_default()),
        None => Ok(()),
    }
}

fn is_database_setting(setting: &str) -> bool {
    let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
    let name = name.to_ascii_uppercase();
    name.contains("DATABASE") || name.starts_with("PG") || value.starts_with("postgres")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_setting_is_known_by_its_name_or_its_value() {
        for setting in ["DATABASE_URL=x", "BOTICA_DATABASE__URL=x", "PGHOST=x", "STORE=postgres://localhost/x"] {
            assert!(is_database_setting(setting), "{setting}");
        }
        for setting in ["AMQP_URL=amqp://localhost", "BOTICA_DATA_DIR=/tmp/x", "PATH=/usr/bin"] {
            assert!(!is_database_setting(setting), "{setting}");
        }
    }
}
