//! `botica restore`: puts a backup back, all of it or nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::Utc;
use queue::local::Lock;
use store::Schema;

use super::manifest::{AUDIT_KEY, CHECKPOINTS, DATABASE, Manifest, QUEUES};
use super::synced::{Unfinished, parent_of};
use super::{put_back, stamp};
use crate::audit::{self, Verdict};
use crate::settings::Settings;

/// A backup that was put back.
pub(crate) struct Restored {
    manifest: Manifest,
    folder: PathBuf,
    verdict: String,
    aside: Option<PathBuf>,
}

/// Puts the backup in `source` in place of the data folder, which must be missing or empty unless it
/// `is_replacing`; then the old one is moved aside.
pub(crate) async fn restore(settings: &Settings, source: &Path, is_replacing: bool) -> anyhow::Result<Restored> {
    if settings.database_url.is_some() {
        bail!(
            "a backup of `botica backup` goes into a data folder, and DATABASE_URL names a database elsewhere: \
             take it out of the environment, or, for PostgreSQL, use scripts/restore-postgres (docs/backup.md)"
        );
    }
    let own_checkpoints = settings.checkpoint_file.as_ref().filter(|_| settings.audit_key_file.is_none());
    if let Some(file) = own_checkpoints.filter(|file| file.exists()) {
        bail!(
            "{} holds checkpoints of the record before this restore: move it aside and keep it, a new one is begun",
            file.display()
        );
    }
    let manifest = Manifest::verified(source)?;
    let folder = settings.data_dir.clone();
    let name = folder.file_name().with_context(|| format!("{} has no name of its own", folder.display()))?;
    let name = name.to_string_lossy();
    std::fs::create_dir_all(parent_of(&folder))
        .with_context(|| format!("can't make the folder {}", parent_of(&folder).display()))?;
    let is_full = folder.exists() && std::fs::read_dir(&folder)?.next().is_some();
    // Held until the new folder is in place.
    let _locks = locks(&folder)?;
    if is_full && !is_replacing {
        bail!("{} is not empty: --replace moves it aside and keeps it", folder.display());
    }

    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    // Beside it, since only within one file system a folder can take another's place in one step.
    let unfinished = Unfinished::make(folder.with_file_name(format!(".{name}.restoring-{}", stamp(Utc::now()))))?;
    let to = unfinished.path();
    for file in &manifest.files {
        std::fs::copy(source.join(&file.name), to.join(&file.name))
            .with_context(|| format!("can't copy {}", file.name))?;
    }
    let verdict = verify(settings, &manifest, to).await?;
    put_back::note(to, manifest.last_seq)?;
    let aside = is_full.then(|| folder.with_file_name(format!("{name}-before-restore-{}", stamp(Utc::now()))));
    match &aside {
        Some(aside) => unfinished.finish_in_place_of(&folder, aside),
        None => unfinished.finish(&folder),
    }
    .with_context(|| format!("if {} is a mount point, give a folder within it as --data-dir", folder.display()))?;
    Ok(Restored { manifest, folder, verdict: verdict.to_string(), aside })
}

/// The locks of a data folder that is there; one that another process holds is an error that says so.
fn locks(folder: &Path) -> anyhow::Result<Vec<Lock>> {
    let queues = QUEUES.iter().map(|queue| folder.join(queue)).filter(|queue| queue.exists());
    Ok(queues.map(|queue| Lock::take(&queue)).collect::<Result<_, _>>()?)
}

/// Looks at what was copied to `folder` as closely as can be, and leaves it ready to be started on.
async fn verify(settings: &Settings, manifest: &Manifest, folder: &Path) -> anyhow::Result<Verdict> {
    let contents = store::examine_copy(&folder.join(DATABASE)).await.context("botica.db of the backup is not sound")?;
    if let Schema::Newer(unknown) = contents.schema() {
        bail!("a newer Botica made this backup (it has {}): restore it with that version", unknown.join(", "));
    }
    if !manifest.fits(&contents) {
        bail!("botica.db does not hold what the manifest of the backup says: take another backup");
    }
    for queue in QUEUES.iter().filter(|queue| folder.join(queue).exists()) {
        store::check_copy(&folder.join(queue)).await.with_context(|| format!("{queue} of the backup is not sound"))?;
    }
    let there =
        Settings { data_dir: folder.to_owned(), checkpoint_file: None, audit_key_file: None, ..settings.clone() };
    let store = crate::application::connect(&there).await?;
    store.migrate().await?;
    store.close().await;
    let key = folder.join(AUDIT_KEY);
    let verdict = audit::verify(&there, &[], key.exists().then_some(&key)).await?;
    if !verdict.is_well() {
        bail!("{verdict} Nothing was restored");
    }
    // The checkpoints to come are signed with a key of their own; these stay, to be verified against.
    let until = stamp(manifest.made_at);
    let renamed =
        [(CHECKPOINTS, format!("{CHECKPOINTS}-until-{until}")), (AUDIT_KEY, format!("audit-key-until-{until}.pem"))];
    for (name, kept) in renamed.iter().filter(|(name, _)| folder.join(name).exists()) {
        std::fs::rename(folder.join(name), folder.join(kept)).with_context(|| format!("can't rename {name}"))?;
    }
    Ok(verdict)
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The backup of {} is in {}.", self.manifest.made_at, self.folder.display())?;
        writeln!(f, "It holds {}.", self.manifest)?;
        writeln!(f, "{}", self.verdict)?;
        if let Some(aside) = &self.aside {
            writeln!(f, "What was there before is in {}.", aside.display())?;
        }
        write!(
            f,
            "Keys are in no backup: the next start makes new ones, and everybody's access is checked anew. Who was \
             shut out since the backup has to be shut out again."
        )
    }
}
