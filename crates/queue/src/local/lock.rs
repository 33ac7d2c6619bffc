//! Which process has a queue for itself.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::OpenError;

/// Held as long as it lives; the system gives it back when the process dies, however it dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the queue at `path`. It is a file beside the queue: SQLite takes and gives back locks
    /// on its own as it reads and writes.
    pub(super) fn take(path: &Path) -> Result<Lock, OpenError> {
        let named = || path.display().to_string();
        let io = |error: std::io::Error| OpenError::Io { path: named(), source: error.into() };
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let file = File::options().create(true).truncate(false).write(true).open(Path::new(&beside)).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(named())),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }
}
