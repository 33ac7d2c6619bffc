//! Which process has a queue for itself.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

use super::OpenError;

/// Held as long as it lives; the system gives it back when the process dies, however it dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the queue at `path`. It is a file beside the queue: SQLite takes and gives back locks
    /// on its own as it reads and writes.
    ///
    /// # Errors
    /// Another process has it, or the file can't be made.
    pub fn take(path: &Path) -> Result<Lock, OpenError> {
        let named = || path.display().to_string();
        let io = |error: std::io::Error| OpenError::Io { path: named(), source: error.into() };
        let file = File::options().create(true).truncate(false).write(true).open(Lock::file_of(path)).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(named())),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }

    /// The file beside the queue at `path`.
    pub(super) fn file_of(path: &Path) -> PathBuf {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        PathBuf::from(beside)
    }
}
