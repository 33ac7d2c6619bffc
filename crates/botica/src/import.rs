//! `botica import`: takes a catalogue file over.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use backend::catalogue_file::{Dialect, MAX_BYTES};
use backend::{ReadCatalogue, read_catalogue};
use chrono::Utc;
use store::{Act, ImportEnd, Imported, Progress, RowVerdict, Verdict};

use crate::application::connect;
use crate::settings::Settings;

/// How often a long import says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// How many rows with something to look at are printed; a file takes all.
const PRINTED: usize = 20;

/// What is asked for.
pub(crate) struct Request {
    pub(crate) file: PathBuf,
    pub(crate) is_dry_run: bool,
    /// Where all rows with something to look at go, as CSV.
    pub(crate) remarks: Option<PathBuf>,
}

/// What an import did.
pub(crate) struct Report {
    dialect: Dialect,
    imported: Imported,
    is_dry_run: bool,
    remarks: Option<PathBuf>,
}

/// Reads the file and takes it over, all of it or nothing. Ctrl+C calls it off.
pub(crate) async fn import(settings: &Settings, request: Request) -> anyhow::Result<Report> {
    let Request { file, is_dry_run, remarks } = request;
    let size = std::fs::metadata(&file).with_context(|| format!("can't read {}", file.display()))?.len();
    if size > MAX_BYTES as u64 {
        bail!("{} has {size} bytes; a catalogue may have {MAX_BYTES}: split it", file.display());
    }
    let bytes = std::fs::read(&file).with_context(|| format!("can't read {}", file.display()))?;
    let read = read_catalogue(bytes).await.with_context(|| format!("{} can't be taken over", file.display()))?;
    let ReadCatalogue { dialect, source, rows } = read;

    let store = connect(settings).await?;
    if settings.no_migrate {
        store.require_current_schema().await?;
    } else {
        store.migrate().await?;
    }
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let cancel = Arc::clone(&is_cancelled);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.store(true, Ordering::Relaxed);
        }
    });
    let mut told = Instant::now();
    let go_on = |progress: Progress| {
        if progress.of > 0 && told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            // Nobody may be there to read it.
            drop(writeln!(std::io::stderr(), "{} of {} rows are written", progress.done, progress.of));
        }
        !is_cancelled.load(Ordering::Relaxed)
    };
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let act = Act::of_the_host("botica import", Utc::now());
    let end = store.import(&name, source, rows, is_dry_run, &act, go_on).await?;
    store.close().await;
    let ImportEnd::Done(imported) = end else { bail!("called off: nothing was changed") };
    if let Some(file) = &remarks {
        write_remarks(file, &imported).with_context(|| format!("can't write {}", file.display()))?;
    }
    Ok(Report { dialect, imported, is_dry_run, remarks })
}

fn write_remarks(file: &Path, imported: &Imported) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_path(file)?;
    table.write_record(["line", "verdict", "remarks"])?;
    for row in with_remarks(imported) {
        table.write_record([&row.line.to_string(), row.verdict.as_str(), &row.remarks.join("; ")])?;
    }
    Ok(table.flush()?)
}

fn with_remarks(imported: &Imported) -> impl Iterator<Item = &RowVerdict> {
    imported.rows.iter().filter(|row| !row.remarks.is_empty())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.dialect {
            Dialect::AnvisaRegister => "ANVISA's register",
            Dialect::CmedList => "CMED's list",
            Dialect::Own => "a table of your own",
            Dialect::Marks => "a table of marks by substance",
        };
        writeln!(f, "It is {what}, with {} rows.", self.imported.rows.len())?;
        for verdict in Verdict::ALL {
            let count = self.imported.counts.get(&verdict).copied().unwrap_or_default();
            writeln!(f, "  {:<10} {count:>7}", verdict.as_str())?;
        }
        let looked_at = with_remarks(&self.imported).count();
        for row in with_remarks(&self.imported).take(PRINTED) {
            writeln!(f, "line {}, {}: {}", row.line, row.verdict.as_str(), row.remarks.join("; "))?;
        }
        if looked_at > PRINTED && self.remarks.is_none() {
            writeln!(f, "and {} more; --remarks FILE writes all", looked_at - PRINTED)?;
        }
        match self.is_dry_run {
            true => f.write_str("Nothing was changed: it was a dry run."),
            false => f.write_str("All of it is in the catalogue."),
        }
    }
}
