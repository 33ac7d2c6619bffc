//! `botica backup`: a copy of all that one host keeps, taken while it goes on working.

mod manifest;
mod put_back;
mod restore;
mod synced;

use std::fmt;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use queue::{crash, local};
use tokio::time::{Instant, interval_at};

use self::manifest::{AUDIT_KEY, CHECKPOINTS, DATABASE, Manifest, QUEUES};
pub(crate) use self::put_back::put_back;
pub(crate) use self::restore::restore;
use self::synced::Unfinished;
use crate::audit::CheckpointFile;
use crate::settings::Settings;

/// How often a long copy says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// A backup that is complete and on the disk.
pub(crate) struct Backup {
    folder: PathBuf,
    manifest: Manifest,
}

/// Copies into a new folder under `target`, which appears once it is complete.
///
/// The queue comes first, then the checkpoints, then the database. An order moves from the queue to the database:
/// in this order it can be in both copies, which has one effect, and never in neither. And no checkpoint vouches
/// for what the copy of the database does not have yet.
pub(crate) async fn backup(settings: &Settings, target: &Path) -> anyhow::Result<Backup> {
    let url = settings.database_url();
    if !url.starts_with("sqlite:") {
        bail!("{}", instead(settings));
    }
    if settings.database_url.is_none() && !settings.data_dir.join(DATABASE).exists() {
        bail!("there is no {DATABASE} in {}: name the folder by --data-dir", settings.data_dir.display());
    }
    // What is copied names people and holds hashes of passwords: for its owner alone.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let made_at = Utc::now();
    let mut make = std::fs::DirBuilder::new();
    make.recursive(true).mode(0o700);
    make.create(target).with_context(|| format!("can't make {}", target.display()))?;
    let name = format!("botica-backup-{}", stamp(made_at));
    let folder = target.join(&name);
    if folder.exists() {
        bail!("{} is there already", folder.display());
    }
    let unfinished = Unfinished::make(target.join(format!(".{name}.unfinished")))?;
    let to = unfinished.path();

    let mut waiting = 0;
    for queue in QUEUES {
        let from = settings.data_dir.join(queue);
        if from.exists() {
            local::copy(&from, &to.join(queue)).await?;
            waiting += local::depth_of(&to.join(queue)).await?.messages;
        }
    }
    crash::at("backup.after_queue");
    copy_checkpoints(settings, to)?;
    copy_database(&url, &to.join(DATABASE)).await?;
    crash::at("backup.after_database");
    let contents = store::examine_copy(&to.join(DATABASE)).await.context("the copy of the database is not sound")?;
    let manifest = Manifest::write(to, made_at, &contents, waiting)?;
    crash::at("backup.before_rename");
    unfinished.finish(&folder)?;
    Ok(Backup { folder, manifest })
}

/// An instant as it stands in names of files.
fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H-%M-%SZ").to_string()
}

/// Copies the signed checkpoints, and the public key that they are checked with.
fn copy_checkpoints(settings: &Settings, to: &Path) -> anyhow::Result<()> {
    let file = settings.checkpoint_file();
    if !file.exists() || !settings.audit_key_file().exists() {
        return Ok(());
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
    // One that is being written is none yet.
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let key = CheckpointFile::open(settings)?.public_key().to_pem();
    for (name, text) in [(CHECKPOINTS, whole), (AUDIT_KEY, key.as_str())] {
        std::fs::write(to.join(name), text).with_context(|| format!("can't write {}", to.join(name).display()))?;
    }
    Ok(())
}

async fn copy_database(url: &str, to: &Path) -> anyhow::Result<()> {
    let size = store::sqlite_size(url).await?;
    let mut copying = std::pin::pin!(store::copy_sqlite(url, to));
    let mut tell = interval_at(Instant::now() + TELL_EVERY, TELL_EVERY);
    loop {
        tokio::select! {
            copied = &mut copying => return copied.context("the database can't be copied"),
            _ = tell.tick() => {
                let done = std::fs::metadata(to).map_or(0, |copy| copy.len());
                // Nobody may be there to read it.
                drop(writeln!(std::io::stderr(), "copied {} of about {} MiB", done >> 20, size >> 20));
            }
        }
    }
}

/// What to do where the data is not on this host.
fn instead(settings: &Settings) -> String {
    let database = settings.database_url.as_ref().map(|url| url.without_password()).unwrap_or_default();
    let mut text = format!(
        "this Botica keeps its orders in PostgreSQL: back that up, on any host that reaches it\n\n    \
         pg_dump --format=custom --file=botica.dump '{database}'\n    pg_restore --list botica.dump > /dev/null\n"
    );
    if let Some(broker) = &settings.amqp_url {
        text.push_str(&format!(
            "\nand the definitions of RabbitMQ, on the host of {}\n\n    rabbitmqctl export_definitions - \
             > rabbitmq-definitions.json\n",
            broker.without_password()
        ));
    }
    text.push_str("\nscripts/backup-postgres does both and checks what it made. See docs/backup.md");
    text
}

impl fmt::Display for Backup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The backup is in {}", self.folder.display())?;
        write!(f, "It holds {}.", self.manifest)
    }
}
