//! A PostgreSQL of the test's own, to kill, freeze and restart.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::Signal;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::network::Host;
use crate::port;
use crate::process_tree::signal_tree;

/// A start replays what a kill left in the log.
const START: Duration = Duration::from_secs(60);
/// For one answer of a server that may be frozen.
const ANSWER: Duration = Duration::from_secs(10);

/// A running server. It and all its files are gone when this is dropped.
#[derive(Debug)]
pub struct PrivatePostgres {
    folder: PathBuf,
    /// Where it runs, if not here.
    host: Option<Host>,
    port: u16,
    /// The server's first process, parent of all others.
    child: Option<Child>,
    /// Where the files are, if nobody gave us a place.
    _own: Option<TempDir>,
}

impl PrivatePostgres {
    /// Starts one on a free port and waits until it takes connections.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up.
    pub async fn start() -> anyhow::Result<PrivatePostgres> {
        let own = tempfile::Builder::new().prefix("botica-postgres-").tempdir()?;
        let mut server = PrivatePostgres::start_in(own.path()).await?;
        server._own = Some(own);
        Ok(server)
    }

    /// The same with its files in `folder`, which must be there and empty: on a disk that can be filled, say.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up.
    pub async fn start_in(folder: &Path) -> anyhow::Result<PrivatePostgres> {
        PrivatePostgres::begin(folder, None).await
    }

    /// The same on a host of the test's own.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up.
    pub async fn start_on(host: &Host) -> anyhow::Result<PrivatePostgres> {
        let own = tempfile::Builder::new().prefix("botica-postgres-").tempdir()?;
        let mut server = PrivatePostgres::begin(own.path(), Some(host.clone())).await?;
        server._own = Some(own);
        Ok(server)
    }

    async fn begin(folder: &Path, host: Option<Host>) -> anyhow::Result<PrivatePostgres> {
        let port = port::lasting()?;
        let mut server = PrivatePostgres { folder: folder.to_owned(), host, port, child: None, _own: None };
        if let Some(user) = user()? {
            chown(folder, Some(user.id), Some(user.group))?;
        }
        let made = server
            .command("initdb")?
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-D"])
            .arg(server.data())
            .output()?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        if server.host.is_some() {
            let mut rules = File::options().append(true).open(server.data().join("pg_hba.conf"))?;
            rules.write_all(b"host all all 0.0.0.0/0 trust\n")?;
        }
        server.restart().await?;
        Ok(server)
    }

    /// To connect by, to its own database `postgres`.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address())
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("{}:{}", self.ip(), self.port)
    }

    /// Sets one of the server's settings; it holds from the next start, or at once where the server allows it.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn set(&self, name: &str, value: &str) -> anyhow::Result<()> {
        self.execute(&format!("ALTER SYSTEM SET {name} = '{value}'")).await?;
        self.execute("SELECT pg_reload_conf()").await
    }

    /// Cuts all connections that others have to it, from inside.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn terminate_connections(&self) -> anyhow::Result<()> {
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )
        .await
    }

    /// Runs a statement on a connection of its own.
    ///
    /// # Errors
    /// When it fails or the server does not answer in time.
    pub async fn execute(&self, statement: &str) -> anyhow::Result<()> {
        let work = async {
            let mut connection = PgConnection::connect(&self.url()).await?;
            connection.execute(AssertSqlSafe(statement.to_owned())).await?;
            connection.close().await?;
            anyhow::Ok(())
        };
        tokio::time::timeout(ANSWER, work).await.context("PostgreSQL does not answer in time")?
    }

    /// Starts it again with the same data, after a [`kill`](PrivatePostgres::kill) or instead of one.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.kill();
        let began = Instant::now();
        let mut last = String::new();
        while began.elapsed() < START {
            // It does not start while a process of the killed one still holds its memory.
            let is_running = self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
            if !is_running {
                self.child = Some(self.spawn()?);
            }
            match tokio::time::timeout(ANSWER, PgConnection::connect(&self.url())).await {
                Ok(Ok(connection)) => return Ok(connection.close().await?),
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => "it does not answer".clone_into(&mut last),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL does not come up: {last}\n{log}")
    }

    fn spawn(&self) -> anyhow::Result<Child> {
        let log = File::options().create(true).append(true).open(self.folder.join("log"))?;
        let port = format!("port={}", self.port);
        let sockets = format!("unix_socket_directories={}", self.folder.display());
        self.command("postgres")?
            .arg("-D")
            .arg(self.data())
            .args(["-c", &format!("listen_addresses={}", self.ip()), "-c", &port, "-c", &sockets])
            .args(["-c", "max_connections=200"])
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("PostgreSQL can't be started")
    }

    /// Kills it and all its sessions at once, as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Fails only when it has ended already.
            drop(signal_tree(&child, Signal::KILL));
            drop(child.wait());
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// Stops it and all its sessions in their tracks: connections stay open and nothing answers.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> anyhow::Result<()> {
        signal_tree(self.child.as_ref().context("not running")?, Signal::STOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> anyhow::Result<()> {
        signal_tree(self.child.as_ref().context("not running")?, Signal::CONT)
    }

    fn ip(&self) -> &str {
        self.host.as_ref().map_or("127.0.0.1", Host::address)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A program of the server's, as a user that it accepts: it refuses to run as root.
    fn command(&self, name: &str) -> anyhow::Result<Command> {
        let program = program(name)?;
        let user = user()?;
        let mut command = match (&self.host, user) {
            // Only root may enter the host; what runs there becomes the user.
            (Some(host), Some(user)) => {
                let mut command = host.command(Path::new("setpriv"));
                command.arg(format!("--reuid={}", user.id)).arg(format!("--regid={}", user.group));
                command.arg("--clear-groups").arg(&program);
                command
            }
            (_, None) => Command::new(&program),
            (None, Some(user)) => {
                let mut command = Command::new(&program);
                command.uid(user.id).gid(user.group);
                command
            }
        };
        command.current_dir(&self.folder).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        Ok(command)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.kill();
    }
}

struct User {
    id: u32,
    group: u32,
}

/// Whom to become for the server; nobody, unless we are root.
fn user() -> anyhow::Result<Option<User>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:")).context("there is no user postgres")?;
    let mut fields = line.split(':').skip(2);
    let mut number = || fields.next().and_then(|field| field.parse().ok()).context("/etc/passwd is not readable");
    Ok(Some(User { id: number()?, group: number()? }))
}

/// On the search path, or where Debian keeps those of each version: the newest.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|folders| folders.flatten().map(|folder| folder.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    versions
        .into_iter()
        .rev()
        .chain(std::env::split_paths(&search_path))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .with_context(|| format!("{name} is not installed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_outlives_a_kill_and_answers_after_a_freeze() {
        let mut server = PrivatePostgres::start().await.unwrap();
        server.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)").await.unwrap();
        server.kill();
        assert!(server.execute("SELECT 1").await.is_err());
        server.restart().await.unwrap();
        server.execute("SELECT 1 / count(*) FROM kept").await.unwrap();
        server.freeze().unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(300), server.execute("SELECT 1")).await.is_err());
        server.thaw().unwrap();
        server.execute("SELECT 1").await.unwrap();
    }
}
