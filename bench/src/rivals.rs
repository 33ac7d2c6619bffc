//! What a user would pick instead: the bare minimum in Rust, and Python services.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// From its start until it takes connections.
const START: Duration = Duration::from_secs(30);
/// For the whole of one consumer's work.
const WORK: Duration = Duration::from_secs(120);
/// For the packages to come over the network.
const INSTALL: Duration = Duration::from_secs(180);
/// What the Python services are made of.
const PACKAGES: [&str; 9] = [
    "fastapi==0.111.0",
    "uvicorn==0.29.0",
    "uvloop",
    "httptools",
    "orjson",
    "pika==1.2.0",
    "aio-pika",
    "asyncpg",
    "psycopg[binary]",
];

/// A server that is not ours to watch. It ends when this is dropped.
pub struct Rival {
    address: SocketAddr,
    _child: Child,
}

impl Rival {
    /// The bare publisher: this package's own program, beside the one that runs.
    ///
    /// # Errors
    /// When it is not built or does not come up.
    pub async fn bare(amqp: &str) -> Result<Rival> {
        let port = free_port()?;
        let program = std::env::current_exe()?.with_file_name("bare-publisher");
        let mut command = Command::new(&program);
        command.args([format!("127.0.0.1:{port}"), amqp.to_owned()]);
        Rival::start(command, port).await
    }

    async fn start(mut command: Command, port: u16) -> Result<Rival> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("can't start {command:?}"))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let deadline = Instant::now() + START;
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("{command:?} ended: {status}");
            }
            ensure!(Instant::now() < deadline, "{command:?} does not take connections");
            sleep(Duration::from_millis(50)).await;
        }
        Ok(Rival { address, _child: child })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// The Python services, ready to run.
pub struct Python {
    python: PathBuf,
    services: PathBuf,
}

impl Python {
    /// Finds the services in a folder and installs what they need into `environment`, unless it is there.
    ///
    /// # Errors
    /// What is missing.
    pub async fn prepare(services: &Path, environment: &Path) -> Result<Python> {
        ensure!(services.join("best_publisher.py").exists(), "there are no services in {}", services.display());
        let services = services.canonicalize()?;
        let python = environment.join("bin/python");
        if !python.exists() {
            finish(Command::new("python3").args(["-m", "venv"]).arg(environment), INSTALL).await?;
        }
        let look = ["-c", "import fastapi, uvicorn, uvloop, pika, aio_pika, asyncpg, psycopg"];
        if finish(Command::new(&python).args(look), START).await.is_err() {
            finish(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES), INSTALL).await?;
        }
        Ok(Python { python, services })
    }

    /// One of the two publishers: `best` or `seed`.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn publisher(&self, which: &str, amqp: &str) -> Result<Rival> {
        let port = free_port()?;
        let mut command = Command::new(&self.python);
        command
            .args(["-m", "uvicorn", &format!("{which}_publisher:app"), "--no-access-log", "--log-level", "warning"])
            .args(["--port", &port.to_string()])
            .env("AMQP_URL", amqp)
            .current_dir(&self.services);
        Rival::start(command, port).await
    }

    /// Lets one of the two consumers, `best` or `seed`, take `count` orders, and says how many it took a second.
    ///
    /// # Errors
    /// When it fails or takes too long.
    pub async fn consume(&self, which: &str, count: usize, amqp: &str, database: &str) -> Result<f64> {
        let mut command = Command::new(&self.python);
        command
            .args([format!("{which}_consumer.py"), count.to_string()])
            .env("AMQP_URL", amqp)
            .env("DATABASE_URL", database)
            .current_dir(&self.services);
        // "best consumer: 7029 orders/s"
        let said = finish(&mut command, WORK).await?;
        let figure = said.split_whitespace().find_map(|word| word.parse().ok());
        figure.with_context(|| format!("the consumer said: {said}"))
    }
}

async fn finish(command: &mut Command, within: Duration) -> Result<String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(within, output).await.with_context(|| format!("{command:?} takes too long"))?;
    let output = output.with_context(|| format!("can't start {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
