//! `botica doctor`: looks at what Botica needs and says, for each thing that is wrong, what to do.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{TimeDelta, Utc};
use queue::rabbitmq::{RabbitOptions, RabbitQueue};
use store::{Schema, Store};

use crate::application::connect;
use crate::settings::Settings;

/// How long each look may take.
const LOOK: Duration = Duration::from_secs(6);

/// Below this, the next busy day may fill the disk.
const LEAST_FREE_MIB: u64 = 512;

/// Clocks further apart than this spoil tokens and the order of events.
const MOST_APART: TimeDelta = TimeDelta::seconds(5);

/// What was found: the faults first.
pub(crate) struct Findings(Vec<(&'static str, Result<String, String>)>);

impl Findings {
    /// Whether nothing is wrong.
    pub(crate) fn is_well(&self) -> bool {
        self.0.iter().all(|(_, found)| found.is_ok())
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (well, ill): (Vec<_>, Vec<_>) = self.0.iter().partition(|(_, found)| found.is_ok());
        for (subject, found) in ill.iter().chain(&well) {
            match found {
                Ok(text) => writeln!(f, "ok     {subject}: {text}")?,
                Err(text) => writeln!(f, "WRONG  {subject}: {text}")?,
            }
        }
        write!(f, "{}", if ill.is_empty() { "All is well." } else { "Something is wrong." })
    }
}

/// Looks at everything that the settings name.
pub(crate) async fn examine(settings: &Settings) -> Findings {
    let mut findings = vec![("disk", disk(&settings.data_dir))];
    match tokio::time::timeout(LOOK, connect(settings)).await {
        Ok(Ok(store)) => {
            findings.push(("database", in_time(database(&store)).await));
            findings.push(("clock", in_time(clock(&store)).await));
        }
        Ok(Err(error)) => findings.push(("database", Err(format!("{error:#}")))),
        Err(_) => findings.push(("database", Err(no_answer()))),
    }
    if settings.amqp_url.is_some() {
        findings.push(("broker", in_time(broker(settings)).await));
    }
    Findings(findings)
}

/// Asks a running Botica whether it is ready.
///
/// # Errors
/// It is not, or does not answer.
pub(crate) async fn ask_running(settings: &Settings) -> anyhow::Result<String> {
    let address = settings.listen;
    let scheme = if settings.tls_certificate.is_some() { "https" } else { "http" };
    // The certificate names the host that people ask for, not this address; nothing secret is said or learnt.
    let client = reqwest::Client::builder().timeout(LOOK).tls_danger_accept_invalid_certs(true).build()?;
    let answer = client
        .get(format!("{scheme}://{address}/health/ready"))
        .send()
        .await
        .with_context(|| format!("nothing answers on {address}: is Botica running there?"))?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("not ready: {text}");
    }
    Ok(text)
}

async fn in_time(look: impl Future<Output = Result<String, String>>) -> Result<String, String> {
    tokio::time::timeout(LOOK, look).await.unwrap_or_else(|_| Err(no_answer()))
}

fn no_answer() -> String {
    format!("no answer within {} s: is it running, and does a firewall stand between?", LOOK.as_secs())
}

fn disk(folder: &Path) -> Result<String, String> {
    let path = folder.display();
    std::fs::create_dir_all(folder).map_err(|error| format!("can't make {path}: {error}"))?;
    let probe = folder.join(".doctor");
    std::fs::write(&probe, b"x")
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|error| format!("can't write in {path}: {error}. Give the folder to the user that runs Botica"))?;
    let disk = rustix::fs::statvfs(folder).map_err(|error| format!("can't look at the disk of {path}: {error}"))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / (1 << 20);
    if free < LEAST_FREE_MIB {
        return Err(format!("{path} has {free} MiB free, less than {LEAST_FREE_MIB}: make room"));
    }
    Ok(format!("{path} can be written and has {free} MiB free"))
}

async fn database(store: &Store) -> Result<String, String> {
    let warnings = match store.require_durability().await {
        Ok(warnings) => warnings,
        Err(error) if error.is_transient() => vec![],
        Err(error) => return Err(error.to_string()),
    };
    let remarks: String = warnings.iter().map(|warning| format!("; {warning}")).collect();
    match store.schema().await {
        Ok(Schema::Current) => Ok(format!("answers, and its schema is up to date{remarks}")),
        Ok(_) => store.require_current_schema().await.map(|()| String::new()).map_err(|error| error.to_string()),
        Err(error) => Err(format!("{error}. Check DATABASE_URL, and that the server is up")),
    }
}

async fn clock(store: &Store) -> Result<String, String> {
    let before = Utc::now();
    let theirs = store.clock().await.map_err(|error| error.to_string())?;
    let apart = (theirs - before).abs();
    if apart > MOST_APART {
        return Err(format!(
            "this machine's clock and the database's are {} s apart: let both follow NTP",
            apart.num_seconds()
        ));
    }
    Ok("agrees with the database's".to_owned())
}

async fn broker(settings: &Settings) -> Result<String, String> {
    let Some(url) = &settings.amqp_url else { return Ok(String::new()) };
    let options = RabbitOptions { queue: settings.amqp_queue.clone(), ..RabbitOptions::new(url.reveal()) };
    let queue = RabbitQueue::new(options).map_err(|error| error.to_string())?;
    let depth = queue.depth().await.map_err(|error| format!("{error}. Check AMQP_URL, and that RabbitMQ is up"));
    queue.close().await;
    let depth = depth?;
    Ok(format!("answers; {} orders wait, {} were given up", depth.ready, depth.dead))
}
