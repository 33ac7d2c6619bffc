//! A disk that is small enough to be filled. Only root can have one.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tempfile::TempDir;

/// A file system in memory with a fixed size. It is gone when this is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Makes one of so many megabytes.
    ///
    /// # Errors
    /// When we may not: see [`SmallDisk::is_possible`].
    pub fn new(megabytes: u32) -> anyhow::Result<SmallDisk> {
        let folder = tempfile::Builder::new().prefix("botica-disk-").tempdir()?;
        let size = format!("size={megabytes}m,mode=0755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output()?;
        ensure!(mounted.status.success(), "mount: {}", String::from_utf8_lossy(&mounted.stderr));
        Ok(SmallDisk { folder })
    }

    /// Whether this machine lets us mount one.
    pub fn is_possible() -> bool {
        SmallDisk::new(1).is_ok()
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes up all that is free, but so many bytes.
    ///
    /// # Errors
    /// When it can't be written to for another reason than being full.
    pub fn fill(&self, but: u64) -> anyhow::Result<()> {
        let mut file = File::options().create(true).append(true).open(self.ballast())?;
        let block = vec![0; 64 * 1024];
        loop {
            match file.write(&block) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => return Err(error).context("the small disk can't be filled"),
            }
        }
        let length = file.metadata()?.len();
        Ok(file.set_len(length.saturating_sub(but))?)
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// When it had not been filled.
    pub fn empty(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.ballast())?)
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process that still has a file open must not keep it mounted for ever.
        drop(Command::new("umount").arg("--lazy").arg(self.folder.path()).status());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_takes_nothing_more_until_it_is_emptied() {
        if !SmallDisk::is_possible() {
            return;
        }
        let disk = SmallDisk::new(1).unwrap();
        let write = || std::fs::write(disk.path().join("file"), [0; 100_000]);
        disk.fill(0).unwrap();
        assert_eq!(write().unwrap_err().kind(), ErrorKind::StorageFull);
        disk.empty().unwrap();
        write().unwrap();
    }
}
