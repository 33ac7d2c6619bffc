//! `botica audit`: whether the record is as it was written, and signed checkpoints of it outside the database.

mod checkpoint_file;

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::Utc;
use http::PublicKey;
use store::{Broken, Checkpoint, Store};
use tokio_util::sync::CancellationToken;

pub(crate) use self::checkpoint_file::CheckpointFile;
use self::checkpoint_file::{CheckpointReader, own_reader};
use crate::application::connect;
use crate::settings::Settings;

/// How often a long verification says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// What `botica audit verify` found.
pub(crate) enum Verdict {
    /// Nothing wrong up to this row; so many checkpoints vouch for it.
    Holds(Checkpoint, usize),
    Broken(Broken),
}

/// Reads the whole record. `files` are further files with checkpoints; `public_key` is that of the host which
/// signed them, where that is not this one.
pub(crate) async fn verify(
    settings: &Settings,
    files: &[PathBuf],
    public_key: Option<&PathBuf>,
) -> anyhow::Result<Verdict> {
    let reader = match public_key {
        Some(file) => {
            let pem = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
            let key = PublicKey::from_pem(&pem)
                .with_context(|| format!("{} is no Ed25519 public key (PEM)", file.display()))?;
            Some(CheckpointReader::new(&key)?)
        }
        None => own_reader(settings)?,
    };
    let own = settings.checkpoint_file();
    let mut checkpoints = Vec::new();
    let of_this_host = (files.is_empty() && own.exists()).then_some(&own);
    for file in files.iter().chain(of_this_host) {
        let reader = reader.as_ref().context(
            "there are checkpoints, and no key to check them with: give --public-key, or the data folder of the \
             host that signed them",
        )?;
        checkpoints.extend(reader.read(file)?);
    }
    let store = connect(settings).await?;
    store.require_current_schema().await?;
    let mut told = Instant::now();
    let tell = |done: i64, of: i64| {
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            // Nobody may be there to read it.
            drop(writeln!(std::io::stderr(), "verified {done} of {of} rows"));
        }
    };
    let verified = store.verify_record(&checkpoints, tell).await?;
    store.close().await;
    Ok(match verified {
        Ok(end) => Verdict::Holds(end, checkpoints.len()),
        Err(broken) => Verdict::Broken(broken),
    })
}

impl Verdict {
    pub(crate) fn is_well(&self) -> bool {
        matches!(self, Verdict::Holds(..))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Holds(end, 0) => write!(
                f,
                "The record holds, up to row {}. No checkpoint vouches for it, so it is not seen if its end was cut off.",
                end.seq
            ),
            Verdict::Holds(end, checkpoints) => {
                write!(
                    f,
                    "The record holds, up to row {}, and reaches every checkpoint ({checkpoints} of them).",
                    end.seq
                )
            }
            Verdict::Broken(Broken { seq: Some(seq), what }) => write!(f, "The record is broken at row {seq}: {what}."),
            Verdict::Broken(Broken { seq: None, what }) => write!(f, "The record is broken: {what}."),
        }
    }
}

/// Signs where the record stands now; the line to keep elsewhere.
pub(crate) async fn checkpoint(settings: &Settings) -> anyhow::Result<String> {
    let file = CheckpointFile::open(settings)?;
    let store = connect(settings).await?;
    store.require_current_schema().await?;
    let line = file.append(&store.checkpoint().await?, Utc::now());
    store.close().await;
    line
}

/// The key that this host's checkpoints are checked with, as PEM.
pub(crate) fn public_key(settings: &Settings) -> anyhow::Result<String> {
    Ok(CheckpointFile::open(settings)?.public_key().to_pem())
}

/// Signs a checkpoint at the start, then as often as the settings say when the record has grown, and at the
/// end.
pub(crate) async fn keep_checkpoints(
    store: Store,
    file: CheckpointFile,
    every: Duration,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let file = Arc::new(file);
    let mut last = match file.last()? {
        Some(last) if last.seq > store.checkpoint().await?.seq => {
            tracing::error!(
                vouched = last.seq,
                "the record ends before its last checkpoint: a backup was put back, or its end was cut off"
            );
            None
        }
        last => last,
    };
    let mut is_failing = false;
    loop {
        match advance(&store, &file, last).await {
            Ok(at) => (last, is_failing) = (Some(at), false),
            Err(error) => {
                // Once an outage.
                if !is_failing {
                    tracing::warn!(error = format!("{error:#}"), "no checkpoint of the record could be kept");
                }
                is_failing = true;
            }
        }
        if stop.is_cancelled() {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn advance(store: &Store, file: &Arc<CheckpointFile>, last: Option<Checkpoint>) -> anyhow::Result<Checkpoint> {
    let now = store.checkpoint().await?;
    if last != Some(now) {
        let file = Arc::clone(file);
        tokio::task::spawn_blocking(move || file.append(&now, Utc::now())).await??;
    }
    Ok(now)
}
