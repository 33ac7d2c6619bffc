//! A folder that appears under its name only once all of it is on the disk.

use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A folder that is being filled. Removed with all that is in it, unless it is finished; where the process is
/// killed it stays, under a name that nobody takes for a finished one.
pub(super) struct Unfinished(Option<PathBuf>);

impl Unfinished {
    /// Makes it, for its owner alone. One of that name that is there already is not touched, whatever it holds.
    pub(super) fn make(folder: PathBuf) -> anyhow::Result<Unfinished> {
        let made = std::fs::DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| format!("can't make {}", folder.display()))?;
        Ok(Unfinished(Some(folder)))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }

    /// Syncs it and gives it its name, which may be that of an empty folder.
    pub(super) fn finish(mut self, name: &Path) -> anyhow::Result<()> {
        sync_all(self.path())?;
        std::fs::rename(self.path(), name)
            .with_context(|| format!("can't rename {} to {}", self.path().display(), name.display()))?;
        self.0 = None;
        sync_folder_of(name)
    }

    /// Syncs it and lets it change places with the folder `other`, in one step; that one goes to `aside`.
    pub(super) fn finish_in_place_of(mut self, other: &Path, aside: &Path) -> anyhow::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        sync_all(self.path())?;
        renameat_with(CWD, self.path(), CWD, other, RenameFlags::EXCHANGE)
            .with_context(|| format!("can't put {} in place of {}", self.path().display(), other.display()))?;
        let Some(old) = self.0.take() else { return Ok(()) };
        // From here on this name means what was there before, which nobody may remove.
        std::fs::rename(&old, aside)
            .with_context(|| format!("all is in place; the folder that was there is now {}", old.display()))?;
        sync_folder_of(other)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // What can't be removed is not taken for a finished one.
            drop(std::fs::remove_dir_all(folder));
        }
    }
}

fn sync_all(folder: &Path) -> anyhow::Result<()> {
    let sync = || -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            File::open(entry?.path())?.sync_all()?;
        }
        File::open(folder)?.sync_all()
    };
    sync().with_context(|| format!("can't sync {}", folder.display()))
}

fn sync_folder_of(path: &Path) -> anyhow::Result<()> {
    let parent = parent_of(path);
    File::open(parent)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("can't sync the folder {}", parent.display()))
}

/// The folder that `path` is in.
pub(super) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
