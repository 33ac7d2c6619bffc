//! What a restore leaves for the next starts: up to where the database was put back.
//!
//! Streams go on after a number that the client has. Numbers of events that a restore took away are given again,
//! to other events: a client that comes back with one would miss those before it.

use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

const FILE: &str = "put-back.json";

#[derive(Serialize, Deserialize)]
struct PutBack {
    last_seq: i64,
    at: DateTime<Utc>,
}

/// Notes in the data folder that its database was put back up to `last_seq`.
pub(super) fn note(folder: &Path, last_seq: i64) -> anyhow::Result<()> {
    let text = serde_json::to_string(&PutBack { last_seq, at: Utc::now() })?;
    std::fs::write(folder.join(FILE), format!("{text}\n")).with_context(|| format!("can't write {FILE}"))
}

/// The last event of a database that was put back, for as long as a device stays signed in: so long somebody can
/// come back with a number from before.
pub(crate) fn put_back(settings: &Settings) -> anyhow::Result<Option<i64>> {
    let file = settings.data_dir.join(FILE);
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
    let put_back: PutBack = serde_json::from_str(&text)
        .with_context(|| format!("{} is not as `botica restore` left it: it may be deleted", file.display()))?;
    let age = (Utc::now() - put_back.at).to_std().unwrap_or_default();
    Ok((age < settings.session_life.0).then_some(put_back.last_seq))
}
