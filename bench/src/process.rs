//! One process of the product: started, watched until it listens, ended by its id alone.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use url::Url;

/// From the start until it is ready, and for a command that runs to its end.
const START_DEADLINE: Duration = Duration::from_secs(30);
/// From the polite signal until it is killed; the product promises to be out within 10 s.
const STOP_DEADLINE: Duration = Duration::from_secs(15);
/// Variables of ours that a child keeps. All others stay away, so that nobody's `DATABASE_URL` slips in.
const KEPT: [&str; 5] = ["PATH", "HOME", "TMPDIR", "RUST_LOG", "RUST_BACKTRACE"];

/// How to start a process.
#[derive(Clone, Debug)]
pub struct Launch {
    /// What we call it, and its log.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment, but for the machine's own (path, home, log level).
    pub env: Vec<(String, String)>,
    /// Where it runs; its log is written here too.
    pub dir: PathBuf,
}

/// A process that was ready once.
pub struct Process {
    launch: Launch,
    child: Child,
    pid: u32,
    address: SocketAddr,
}

impl Launch {
    /// Runs it to its end.
    ///
    /// # Errors
    /// When it can't be started, takes longer than 30 s or fails; with the end of its log.
    pub async fn finish(&self) -> Result<()> {
        let mut child = self.spawn(Stdio::from(self.log()?))?;
        let status = tokio::time::timeout(START_DEADLINE, child.wait()).await;
        let status = status.with_context(|| format!("{} takes too long{}", self.name, self.log_end()))??;
        ensure!(status.success(), "{} failed: {status}{}", self.name, self.log_end());
        Ok(())
    }

    /// Starts it and waits until it says that it is ready.
    ///
    /// # Errors
    /// When it ends instead, or is not ready within 30 s; with the end of its log.
    pub async fn start(self) -> Result<Process> {
        let mut child = self.spawn(Stdio::piped())?;
        let pid = child.id().context("ended at once")?;
        let (tell, told) = oneshot::channel();
        let stdout = child.stdout.take().context("no standard output")?;
        tokio::spawn(keep_log(stdout, self.log()?, tell));

        let deadline = tokio::time::Instant::now() + START_DEADLINE;
        let address = match tokio::time::timeout_at(deadline, told).await {
            Ok(Ok(address)) => address,
            Ok(Err(_)) => bail!("{} closed its output before it listened{}", self.name, self.log_end()),
            Err(_) => bail!("{} does not listen{}", self.name, self.log_end()),
        };
        let mut process = Process { launch: self, child, pid, address };
        let mut answer = String::from("no answer");
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        while tokio::time::Instant::now() < deadline {
            if let Some(status) = process.child.try_wait()? {
                bail!("{} ended: {status}{}", process.launch.name, process.launch.log_end());
            }
            match http.get(process.url()?.join("health/ready")?).send().await {
                Ok(response) if response.status().is_success() => return Ok(process),
                Ok(response) => {
                    answer = format!("{} {}", response.status(), response.text().await.unwrap_or_default());
                }
                Err(error) => answer = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("{} is not ready: {answer}{}", process.launch.name, process.launch.log_end())
    }

    fn spawn(&self, stdout: Stdio) -> Result<Child> {
        let machine = KEPT.iter().filter_map(|name| Some((name.to_string(), std::env::var(name).ok()?)));
        Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .envs(machine)
            .envs(self.env.iter().cloned())
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(self.log()?)
            // A terminal's Ctrl-C is for us; we stop our processes in our own way.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("can't start {}", self.program.display()))
    }

    fn log_path(&self) -> PathBuf {
        self.dir.join(format!("{}.log", self.name))
    }

    fn log(&self) -> Result<File> {
        Ok(OpenOptions::new().create(true).append(true).open(self.log_path())?)
    }

    fn log_end(&self) -> String {
        log_end(&self.log_path())
    }
}

fn log_end(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(20)..].join("\n  ");
    if end.is_empty() { String::new() } else { format!(". Its log ends:\n  {end}") }
}

impl Process {
    /// Its id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its root.
    ///
    /// # Errors
    /// Never for a socket address that was parsed.
    pub fn url(&self) -> Result<Url> {
        Ok(Url::parse(&format!("http://{}/", self.address))?)
    }

    /// `kill -9`, and how to start it again.
    ///
    /// # Errors
    /// When it had ended before.
    pub async fn kill(mut self) -> Result<Launch> {
        if let Some(status) = self.child.try_wait()? {
            bail!("{} ended by itself: {status}{}", self.launch.name, self.launch.log_end());
        }
        self.child.kill().await?;
        Ok(self.launch)
    }

    /// Asks it to stop; kills it if it does not.
    ///
    /// # Errors
    /// When it had ended before, had to be killed, or ends with failure.
    pub async fn stop(mut self) -> Result<()> {
        let name = &self.launch.name;
        if let Some(status) = self.child.try_wait()? {
            bail!("{name} had ended before: {status}{}", self.launch.log_end());
        }
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(pid, Signal::TERM)?;
        let status: ExitStatus = match tokio::time::timeout(STOP_DEADLINE, self.child.wait()).await {
            Ok(status) => status?,
            Err(_) => {
                self.child.kill().await?;
                bail!("{name} had to be killed");
            }
        };
        ensure!(status.success(), "{name} stopped with {status}{}", self.launch.log_end());
        Ok(())
    }
}

/// Waits until we are asked to stop, by the terminal or by a signal.
///
/// # Errors
/// When the system does not tell of signals.
pub async fn interrupted() -> Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => Ok(result?),
        _ = terminated.recv() => Ok(()),
    }
}

/// Copies the output to the log, line by line, and tells the address when it is said. Goes on to the end:
/// a full pipe would stop the process.
async fn keep_log(output: impl AsyncRead + Unpin, mut log: File, tell: oneshot::Sender<SocketAddr>) {
    let mut tell = Some(tell);
    let mut lines = BufReader::new(output).split(b'\n');
    while let Ok(Some(mut line)) = lines.next_segment().await {
        if let (Some(address), true) = (listening_address(&line), tell.is_some())
            && let Some(tell) = tell.take()
        {
            // Nobody waits any more when the deadline has passed.
            tell.send(address).ok();
        }
        line.push(b'\n');
        log.write_all(&line).ok();
    }
}

/// The address in the log line that says so; the fields may be at the top or under `fields`.
fn listening_address(line: &[u8]) -> Option<SocketAddr> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let fields = line.get("fields").unwrap_or(&line);
    if fields.get("message")? != "listening" {
        return None;
    }
    fields.get("address")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_flat_and_nested_log_lines() {
        let address = Some("127.0.0.1:4711".parse().unwrap());
        let flat = br#"{"level":"INFO","message":"listening","address":"127.0.0.1:4711"}"#;
        let nested =
            br#"{"level":"INFO","fields":{"message":"listening","address":"127.0.0.1:4711"},"target":"botica"}"#;
        assert_eq!(listening_address(flat), address);
        assert_eq!(listening_address(nested), address);
        assert_eq!(listening_address(br#"{"message":"starting","address":"127.0.0.1:4711"}"#), None);
        assert_eq!(listening_address(b"thread 'main' panicked"), None);
    }

    #[tokio::test]
    async fn a_process_that_ends_instead_of_listening_shows_its_last_words() {
        let dir = tempfile::tempdir().unwrap();
        let launch = Launch {
            name: "unlucky".to_owned(),
            program: "/bin/sh".into(),
            args: vec!["-c".to_owned(), "echo no database in $DATABASE_URL; exit 3".to_owned()],
            env: vec![("DATABASE_URL".to_owned(), "nowhere".to_owned())],
            dir: dir.path().to_owned(),
        };
        let error = launch.clone().start().await.err().unwrap().to_string();
        assert!(error.contains("no database in nowhere"), "{error}");
        let error = launch.finish().await.unwrap_err().to_string();
        assert!(error.contains("no database in nowhere") && error.contains('3'), "{error}");
    }
}
