//! A catalogue file, read and with who speaks in it: the same for the command and for the job.

use domain::FileRow;
use store::Source;

use crate::catalogue_file::{self, CatalogueFile, Dialect, UnreadableFile};

/// A file that can be taken over.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadCatalogue {
    /// What it is.
    pub dialect: Dialect,
    /// Whose word it is.
    pub source: Source,
    /// Its rows, in its order.
    pub rows: Vec<FileRow>,
}

/// Reads a file off the threads that serve requests: a large one takes seconds.
///
/// # Errors
/// When it can't be read, with what to do.
pub async fn read_catalogue(bytes: Vec<u8>) -> Result<ReadCatalogue, UnreadableFile> {
    let read = tokio::task::spawn_blocking(move || catalogue_file::read(bytes)).await;
    // The reader has fallen over something that it should have refused.
    let fell = |error: tokio::task::JoinError| {
        tracing::error!(error = %error, "a catalogue file could not be read");
        UnreadableFile::NotATable
    };
    let CatalogueFile { dialect, rows } = read.map_err(fell)??;
    let source = match dialect {
        Dialect::AnvisaRegister | Dialect::CmedList => Source::Regulator,
        Dialect::Own | Dialect::Marks => Source::Hospital,
    };
    Ok(ReadCatalogue { dialect, source, rows })
}
