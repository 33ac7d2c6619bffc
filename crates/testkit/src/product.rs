//! The product as its users start it: a process of the real binary, on a free port, with a folder of
//! its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::network::Host;

/// How long a process may take to say where it listens; a busy machine is slow.
const START: Duration = Duration::from_secs(30);

/// Lines of its log that a test shows which fails.
const LINES_OF_A_FAILURE: usize = 100;

/// A running process.
#[derive(Debug)]
pub struct Product {
    child: Child,
    address: SocketAddr,
    log: mpsc::Receiver<String>,
    seen: Vec<String>,
}

/// How to start one.
#[derive(Clone, Debug)]
pub struct Start {
    binary: PathBuf,
    args: Vec<String>,
    env: Vec<(String, String)>,
    host: Option<Host>,
}

impl Start {
    /// `botica serve` of this binary, with JSON logs, on a free port, and none of the settings that the
    /// test's own environment may hold.
    pub fn serve(binary: impl AsRef<Path>) -> Start {
        let args = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
        Start {
            binary: binary.as_ref().to_owned(),
            args: args.map(ToOwned::to_owned).to_vec(),
            env: vec![],
            host: None,
        }
    }

    /// This binary with no arguments and settings but those that the test gives it; its log must be JSON.
    pub fn plain(binary: impl AsRef<Path>) -> Start {
        Start { binary: binary.as_ref().to_owned(), args: vec![], env: vec![], host: None }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<T: AsRef<str>>(mut self, args: impl IntoIterator<Item = T>) -> Start {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Start {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Runs it on this host.
    #[must_use]
    pub fn on(mut self, host: &Host) -> Start {
        self.host = Some(host.clone());
        self
    }

    /// Starts it and waits until it says where it listens.
    ///
    /// # Errors
    /// It ended or said nothing; its log is in the error.
    pub fn start(&self) -> anyhow::Result<Product> {
        let mut command = match &self.host {
            Some(host) => host.command(&self.binary),
            None => Command::new(&self.binary),
        };
        let mut child = without_settings(&mut command)
            .args(&self.args)
            .envs(self.env.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("can't start {}", self.binary.display()))?;
        let out = child.stdout.take().context("no standard output")?;
        let (sender, log) = mpsc::channel();
        // Ends with the process, whose end closes the pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    // Nobody reads any more; the pipe must be drained all the same.
                    continue;
                }
            }
        });
        let mut product = Product { child, address: ([0, 0, 0, 0], 0).into(), log, seen: vec![] };
        let line = product.wait_for_log(START, |line| line["message"] == "listening")?;
        product.address = line["address"].as_str().context("no address")?.parse()?;
        Ok(product)
    }
}

/// The binary without the settings that this process's environment may hold.
pub fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    without_settings(&mut command);
    command
}

fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars() {
        let is_setting =
            name.starts_with("BOTICA_") || name.starts_with("DATABASE_URL") || name.starts_with("AMQP_URL");
        if is_setting {
            command.env_remove(name);
        }
    }
    command
}

impl Product {
    /// The address of `path` there.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for a line of the log; plain lines stand under `"plain"`.
    ///
    /// # Errors
    /// It did not come in time, or the process ended before.
    pub fn wait_for_log(
        &mut self,
        within: Duration,
        is_it: impl Fn(&serde_json::Value) -> bool,
    ) -> anyhow::Result<serde_json::Value> {
        let deadline = Instant::now() + within;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.log.recv_timeout(left) else {
                bail!("the line did not come; the log:\n{}", self.seen.join("\n"));
            };
            let value = serde_json::from_str(&line).unwrap_or_else(|_| serde_json::json!({ "plain": line }));
            self.seen.push(line);
            if is_it(&value) {
                return Ok(value);
            }
        }
    }

    /// All that it has logged so far.
    pub fn log(&mut self) -> &[String] {
        self.seen.extend(self.log.try_iter());
        &self.seen
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM, and the exit status when it has ended.
    ///
    /// # Errors
    /// It did not end in time.
    pub fn stop(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        self.signal("TERM")?;
        self.wait_for_end(within)
    }

    /// Its exit status, if it has ended by itself.
    ///
    /// # Errors
    /// The operating system's.
    pub fn end_status(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// The exit status when it has ended.
    ///
    /// # Errors
    /// It did not end in time.
    pub fn wait_for_end(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("it did not end within {within:?}; the log:\n{}", self.log().join("\n"))
    }

    /// Sends a signal by its name.
    ///
    /// # Errors
    /// There is no `kill`.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let status = Command::new("kill").args(["-s", name, &self.pid().to_string()]).status()?;
        if !status.success() {
            bail!("kill -s {name} failed");
        }
        Ok(())
    }

    fn end(&mut self) {
        // Either fails only when it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Product {
    #[expect(clippy::print_stderr, reason = "a test's own output")]
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            let pid = self.pid();
            let log = self.log();
            let end = &log[log.len().saturating_sub(LINES_OF_A_FAILURE)..];
            eprintln!("the last that process {pid} has logged:\n{}", end.join("\n"));
        }
    }
}
