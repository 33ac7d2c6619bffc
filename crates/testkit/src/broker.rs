//! A RabbitMQ of the test's own, to kill, freeze and restart.

use std::{
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use lapin::{Connection, ConnectionProperties};
use rustix::process::Signal;
use tempfile::TempDir;
use uuid::Uuid;

use crate::network::Host;
use crate::port;
use crate::process_tree::signal_tree;

/// A running broker. It and all its files are gone when this is dropped.
#[derive(Debug)]
pub struct PrivateBroker {
    folder: PathBuf,
    node: String,
    /// Where it runs, if not here.
    host: Option<Host>,
    port: u16,
    dist_port: u16,
    /// The start script, parent of all that the broker is.
    child: Option<Child>,
    /// Where the files are, if nobody gave us a place.
    _own: Option<TempDir>,
}

/// A start takes some seconds on an idle machine.
const START: Duration = Duration::from_secs(60);

/// Where the server's scripts are, besides the search path. Debian's script on the search path changes
/// to a system user; the real one does not.
const SCRIPTS: [&str; 2] = ["/usr/lib/rabbitmq/bin", "/opt/rabbitmq/sbin"];

impl PrivateBroker {
    /// Starts one on free ports and waits until it takes connections.
    ///
    /// # Errors
    /// When RabbitMQ is not installed or does not come up.
    pub async fn start() -> anyhow::Result<PrivateBroker> {
        let own = tempfile::Builder::new().prefix("botica-broker-").tempdir()?;
        let mut broker = PrivateBroker::start_in(own.path()).await?;
        broker._own = Some(own);
        Ok(broker)
    }

    /// The same with its files in `folder`, which must be there and empty: on a disk that can be filled, say.
    ///
    /// # Errors
    /// When RabbitMQ is not installed or does not come up.
    pub async fn start_in(folder: &Path) -> anyhow::Result<PrivateBroker> {
        PrivateBroker::begin(folder, None).await
    }

    /// The same on a host of the test's own.
    ///
    /// # Errors
    /// When RabbitMQ is not installed or does not come up.
    pub async fn start_on(host: &Host) -> anyhow::Result<PrivateBroker> {
        let own = tempfile::Builder::new().prefix("botica-broker-").tempdir()?;
        let mut broker = PrivateBroker::begin(own.path(), Some(host.clone())).await?;
        broker._own = Some(own);
        Ok(broker)
    }

    async fn begin(folder: &Path, host: Option<Host>) -> anyhow::Result<PrivateBroker> {
        std::fs::write(
            folder.join("rabbitmq.conf"),
            // One scheduler's worth of memory is enough, and the disk of a test machine may be small.
            "loopback_users = none\ndisk_free_limit.absolute = 1MB\nvm_memory_high_watermark.absolute = 1GB\n",
        )?;
        std::fs::write(folder.join("enabled_plugins"), "[].\n")?;
        let mut broker = PrivateBroker {
            folder: folder.to_owned(),
            host,
            node: format!("botica-{}@localhost", Uuid::new_v4().simple()),
            port: port::lasting()?,
            dist_port: port::lasting()?,
            child: None,
            _own: None,
        };
        broker.restart().await?;
        Ok(broker)
    }

    /// To connect by.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@{}/%2f", self.address())
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("{}:{}", self.ip(), self.port)
    }

    fn ip(&self) -> &str {
        self.host.as_ref().map_or("127.0.0.1", Host::address)
    }

    /// Starts it again with the same data, after a [`kill`](PrivateBroker::kill) or instead of one.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.kill();
        let child = self
            .command(&script("rabbitmq-server")?)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(self.folder.join("stdout"))?)
            .stderr(std::fs::File::create(self.folder.join("stderr"))?)
            .spawn()
            .context("RabbitMQ can't be started")?;
        self.child = Some(child);
        let began = Instant::now();
        let mut last = String::new();
        while began.elapsed() < START {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                let output = std::fs::read_to_string(self.folder.join("stdout")).unwrap_or_default();
                bail!("RabbitMQ ended with {status}: {output}");
            }
            match tokio::time::timeout(
                Duration::from_secs(5),
                Connection::connect(&self.url(), ConnectionProperties::default()),
            )
            .await
            {
                Ok(Ok(connection)) => {
                    let _ = connection.close(200, "OK".into()).await;
                    return Ok(());
                }
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => "it does not answer".clone_into(&mut last),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("RabbitMQ does not come up: {last}")
    }

    /// Kills it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = signal_tree(&child, Signal::KILL);
            let _ = child.wait();
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }

    /// Stops it in its tracks: its connections stay open and nothing answers.
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

    /// Has it close all its connections.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn close_connections(&self) -> anyhow::Result<()> {
        self.control(&["close_all_connections", "closed by the test"]).await
    }

    /// Sets off its memory alarm, or calls it off.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn alarm(&self, is_on: bool) -> anyhow::Result<()> {
        let limit = if is_on { "1MB" } else { "1GB" };
        self.control(&["set_vm_memory_high_watermark", "absolute", limit]).await
    }

    /// Runs one command of `rabbitmqctl` against it.
    ///
    /// # Errors
    /// When the command fails.
    pub async fn control(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = tokio::process::Command::from(self.command(&script("rabbitmqctl")?));
        let output = command.arg("-n").arg(&self.node).args(arguments).kill_on_drop(true).output().await?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    fn command(&self, script: &Path) -> Command {
        let folder = &self.folder;
        let mut command = match &self.host {
            Some(host) => host.command(script),
            None => Command::new(script),
        };
        command
            .current_dir(folder)
            .env("HOME", folder)
            .env("RABBITMQ_NODENAME", &self.node)
            .env("RABBITMQ_NODE_IP_ADDRESS", self.ip())
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.dist_port.to_string())
            .env("RABBITMQ_BASE", folder)
            .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_PID_FILE", folder.join("pid"))
            .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
            .env("RABBITMQ_CONF_ENV_FILE", folder.join("rabbitmq-env.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("enabled_plugins"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+sbwt none -kernel inet_dist_use_interface {127,0,0,1}");
        command
    }
}

impl Drop for PrivateBroker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn script(name: &str) -> anyhow::Result<PathBuf> {
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    SCRIPTS
        .iter()
        .map(PathBuf::from)
        .chain(std::env::split_paths(&search_path))
        .map(|folder| folder.join(name))
        .find(|script| script.is_file())
        .with_context(|| format!("{name} is not installed"))
}
