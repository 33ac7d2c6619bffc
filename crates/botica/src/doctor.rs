//! `botica doctor`: looks at what Botica needs and says, for each thing that is wrong, what to do.

mod environment;
mod files;
mod host;
mod services;

use std::fmt;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::settings::{Role, Settings};

/// How long each look may take.
const LOOK: Duration = Duration::from_secs(6);

/// What a look finds: how well it is, or what is wrong and what to do.
type Found = Result<String, String>;

/// What was found: the faults first.
pub(crate) struct Findings(Vec<(&'static str, Found)>);

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

/// Looks at everything that the settings name. What others of the list rest on comes first, so that the first
/// fault is the one to mend first.
pub(crate) async fn examine(settings: &Settings) -> Findings {
    let mut findings = vec![
        ("settings", environment::names(std::env::vars_os().map(|(name, _)| name))),
        ("disk", host::disk(&settings.data_dir)),
        ("port", host::port(settings).await),
    ];
    if let (Some(certificate), Some(key)) = (&settings.tls_certificate, &settings.tls_key) {
        findings.push(("tls", files::certificate(certificate, key)));
    }
    if settings.runs(Role::Backend) {
        findings.push(("token key", files::token_key(settings)));
        findings.push(("audit key", files::audit_key(settings)));
    } else if settings.runs(Role::Publisher) {
        findings.push(("token keys", files::public_keys(settings).await));
    }
    if settings.runs(Role::Backend) || settings.runs(Role::Consumer) {
        findings.extend(services::database(settings).await);
    }
    if settings.amqp_url.is_some() {
        findings.push(("broker", in_time(services::broker(settings)).await));
        if settings.runs(Role::Publisher) {
            findings.push(("spool", in_time(services::spool(settings)).await));
        }
    } else {
        findings.push(("queue", in_time(services::local_queue(settings)).await));
    }
    Findings(findings)
}

/// Asks a running Botica whether it is ready.
///
/// # Errors
/// It is not, or does not answer.
pub(crate) async fn ask_running(settings: &Settings) -> anyhow::Result<String> {
    let address = settings.listen;
    let answer = ask(settings, "/health/ready")
        .await
        .with_context(|| format!("nothing answers on {address}: is Botica running there?"))?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("not ready: {text}");
    }
    Ok(text)
}

/// Asks whoever listens where this Botica would.
async fn ask(settings: &Settings, path: &str) -> reqwest::Result<reqwest::Response> {
    let scheme = if settings.tls_certificate.is_some() { "https" } else { "http" };
    // The certificate names the host that people ask for, not this address; nothing secret is said or learnt.
    let client = reqwest::Client::builder().timeout(LOOK).tls_danger_accept_invalid_certs(true).build()?;
    client.get(format!("{scheme}://{}{path}", settings.listen)).send().await
}

async fn in_time(look: impl Future<Output = Found>) -> Found {
    tokio::time::timeout(LOOK, look).await.unwrap_or_else(|_| Err(no_answer()))
}

fn no_answer() -> String {
    format!("no answer within {} s: is it running, and does a firewall stand between?", LOOK.as_secs())
}
