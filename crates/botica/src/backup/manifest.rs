//! What a backup says of itself, and whether it is still so.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::Contents;

use crate::openapi;

/// The copy of the database.
pub(super) const DATABASE: &str = "botica.db";

/// Copies of the queues: the one between publisher and consumer, and a publisher's spool.
pub(super) const QUEUES: [&str; 2] = ["order_queue.db", "spool.db"];

/// The signed checkpoints of the record.
pub(super) const CHECKPOINTS: &str = "audit-checkpoints";

/// The public key that they are checked with.
pub(super) const AUDIT_KEY: &str = "audit-key-public.pem";

const MANIFEST: &str = "manifest.json";

/// SHA-256 of every other file, as `sha256sum --check` reads it.
const SUMS: &str = "SHA256SUMS";

/// All that may be in a backup, and what each is.
const FILES: [(&str, &str); 5] = [
    (DATABASE, "the database: orders, the record, users, catalogue"),
    (QUEUES[0], "orders that were accepted and may not have been stored yet"),
    (QUEUES[1], "orders that were accepted while the broker was away"),
    (CHECKPOINTS, "signed checkpoints of the record"),
    (AUDIT_KEY, "the public key that the checkpoints are checked with"),
];

/// The newest form of a backup that this version knows.
const FORM: u32 = 1;

/// What a backup says of itself.
#[derive(Serialize, Deserialize)]
pub(super) struct Manifest {
    form: u32,
    /// The version of Botica that made it.
    version: String,
    pub(super) made_at: DateTime<Utc>,
    /// The migrations that the database has.
    schema: Vec<String>,
    pub(super) orders: i64,
    pub(super) events: i64,
    pub(super) administrative_changes: i64,
    pub(super) last_seq: i64,
    /// Messages in the copies of the queues. Some of their orders may be in the database, too.
    pub(super) waiting: u64,
    pub(super) files: Vec<Entry>,
}

/// A file of a backup.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) name: String,
    bytes: u64,
    sha256: String,
    holds: String,
}

impl Manifest {
    /// Writes the manifest and the checksums of what is in `folder`.
    pub(super) fn write(
        folder: &Path,
        made_at: DateTime<Utc>,
        contents: &Contents,
        waiting: u64,
    ) -> anyhow::Result<Manifest> {
        let mut files = Vec::new();
        for (name, holds) in FILES.into_iter().filter(|(name, _)| folder.join(name).exists()) {
            let (sha256, bytes) = sum(&folder.join(name))?;
            files.push(Entry { name: name.to_owned(), bytes, sha256, holds: holds.to_owned() });
        }
        let manifest = Manifest {
            form: FORM,
            version: openapi::ABOUT.version.to_owned(),
            made_at,
            schema: contents.schema.clone(),
            orders: contents.orders,
            events: contents.events,
            administrative_changes: contents.changes,
            last_seq: contents.last_seq,
            waiting,
            files,
        };
        let write = |name: &str, text: String| {
            std::fs::write(folder.join(name), text).with_context(|| format!("can't write {name}"))
        };
        write(MANIFEST, format!("{}\n", serde_json::to_string_pretty(&manifest)?))?;
        let mut sums: String = manifest.files.iter().map(|file| format!("{}  {}\n", file.sha256, file.name)).collect();
        sums.push_str(&format!("{}  {MANIFEST}\n", sum(&folder.join(MANIFEST))?.0));
        write(SUMS, sums)?;
        Ok(manifest)
    }

    /// Reads what the backup in `folder` says of itself, once every file is as it was written.
    ///
    /// # Errors
    /// It is no backup, was damaged (which file), or is of a newer form.
    pub(super) fn verified(folder: &Path) -> anyhow::Result<Manifest> {
        let at = folder.display();
        if !folder.join(SUMS).exists() {
            bail!("{at} is no complete backup: it has no {SUMS}");
        }
        let sums = std::fs::read_to_string(folder.join(SUMS)).with_context(|| format!("can't read {SUMS} in {at}"))?;
        let sums: Option<Vec<(&str, &str)>> = sums.lines().map(|line| line.split_once("  ")).collect();
        let sums = sums.with_context(|| format!("{SUMS} in {at} was damaged: take another backup"))?;
        for (expected, name) in &sums {
            // Nothing outside the folder is read, whatever stands there.
            if *name != MANIFEST && !FILES.iter().any(|(known, _)| known == name) {
                bail!("{SUMS} in {at} names {name:?}, which is no file of a backup: take another backup");
            }
            let (found, _) = sum(&folder.join(name))?;
            if found != *expected {
                bail!("{name} in {at} was damaged: its SHA-256 is not that in {SUMS}. Take another backup");
            }
        }
        if !sums.iter().any(|(_, name)| *name == MANIFEST) {
            bail!("{SUMS} in {at} was damaged: it does not name {MANIFEST}. Take another backup");
        }
        let text = std::fs::read_to_string(folder.join(MANIFEST)).with_context(|| format!("can't read {MANIFEST}"))?;
        let value: serde_json::Value = serde_json::from_str(&text).context("the manifest is no JSON")?;
        if value["form"].as_u64().is_none_or(|form| form > u64::from(FORM)) {
            bail!("a newer Botica made this backup ({}): restore it with that version", value["version"]);
        }
        let manifest: Manifest = serde_json::from_value(value).context("the manifest can't be read")?;
        let missing = |file: &&Entry| !sums.iter().any(|(_, name)| *name == file.name);
        if let Some(file) = manifest.files.iter().find(missing) {
            bail!("{SUMS} in {at} was damaged: it does not name {}. Take another backup", file.name);
        }
        if !manifest.files.iter().any(|file| file.name == DATABASE) {
            bail!("the backup in {at} has no {DATABASE}");
        }
        Ok(manifest)
    }

    /// Whether the database of the backup holds what the manifest says.
    pub(super) fn fits(&self, contents: &Contents) -> bool {
        let Contents { schema, orders, events, changes, last_seq } = contents;
        (schema, orders, events, changes, last_seq)
            == (&self.schema, &self.orders, &self.events, &self.administrative_changes, &self.last_seq)
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} orders with {} events and {} administrative changes, up to row {} of the record, and {} messages \
             of the order queue",
            self.orders, self.events, self.administrative_changes, self.last_seq, self.waiting
        )
    }
}

/// SHA-256 in hexadecimal, and the size.
fn sum(file: &Path) -> anyhow::Result<(String, u64)> {
    let read = || -> std::io::Result<(String, u64)> {
        let (mut reader, mut hash, mut bytes) = (BufReader::new(File::open(file)?), Sha256::new(), 0);
        let mut block = vec![0; 1 << 16];
        loop {
            match reader.read(&mut block)? {
                0 => break,
                count => {
                    hash.update(&block[..count]);
                    bytes += count as u64;
                }
            }
        }
        Ok((hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), bytes))
    };
    read().with_context(|| format!("can't read {}", file.display()))
}
