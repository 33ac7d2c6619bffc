//! Measures Botica beside what others would use, all in one run: several rounds in turn, so that what the machine
//! does meanwhile hits all alike. Prints the tables, and writes them as Markdown and as JSON.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use bench::figures::Figures;
use bench::measure::{Ground, consume, embedded, end_to_end, footprint, publish, reading};
use bench::process::interrupted;
use bench::rivals::Python;
use clap::{Parser, ValueEnum};
use testkit::broker::PrivateBroker;
use testkit::postgres::PrivatePostgres;

/// Measures Botica beside what others would use.
#[derive(Parser)]
struct Args {
    /// Only these parts, not all
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// How often everything is measured
    #[arg(long, default_value_t = 3, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    rounds: usize,
    /// How long one load lasts
    #[arg(long, default_value = "3s", value_parser = humantime::parse_duration)]
    during: Duration,
    /// With how many orders to read
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000])]
    orders: Vec<usize>,
    /// A regulator's register to search in; without it, names are made up
    #[arg(long, default_value = "../shared/data/anvisa/DADOS_ABERTOS_MEDICAMENTOS_2023.xlsx")]
    register: PathBuf,
    /// The Python services to compare with
    #[arg(long, default_value = "../shared/bench/baseline")]
    python: PathBuf,
    /// Where to write bench.md and bench.json [default: the folder of the build]
    #[arg(long)]
    out: Option<PathBuf>,
    /// The product's program [default: botica in the folder of this program]
    #[arg(long)]
    botica: Option<PathBuf>,
    /// A disk for all files of broker, database and products [default: the system's folder for temporary files]
    #[arg(long)]
    disk: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Publish,
    Consume,
    EndToEnd,
    Embedded,
    Reading,
    /// Last: it holds against their goals what the others have found of memory
    Footprint,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // What is dropped by it ends its processes and files.
    let measured = tokio::select! {
        measured = run(&args) => measured,
        asked = interrupted() => asked.and_then(|()| Err(anyhow::anyhow!("interrupted"))),
    };
    match measured {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("measure: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Whether all that must be reached was.
async fn run(args: &Args) -> Result<bool> {
    let beside = |name: &str| -> Result<PathBuf> { Ok(std::env::current_exe()?.with_file_name(name)) };
    let program = args.botica.clone().map_or_else(|| beside("botica"), Ok)?;
    let program = program.canonicalize().with_context(|| {
        format!("there is no product at {}: build it (make build) or give --botica", program.display())
    })?;
    let out = args.out.clone().map_or_else(|| beside(""), Ok)?;
    let disk = args.disk.clone().unwrap_or_else(std::env::temp_dir);
    let dir = tempfile::Builder::new().prefix("botica-measure-").tempdir_in(&disk)?;

    say("starting a broker and a database");
    let (broker, postgres) = (in_folder(dir.path(), "broker")?, in_folder(dir.path(), "postgres")?);
    let python = Python::prepare(&args.python, &out.join("bench-python")).await.map_err(|error| format!("{error:#}"));
    let ground = Ground {
        program,
        broker: PrivateBroker::start_in(&broker).await?,
        postgres: PrivatePostgres::start_in(&postgres).await?,
        dir: dir.path().to_owned(),
        python,
        rounds: args.rounds,
        during: args.during,
    };
    let (mut figures, mut is_whole) = (Figures::default(), true);
    for part in Part::value_variants() {
        if !args.parts.is_empty() && !args.parts.contains(part) {
            continue;
        }
        say(&format!("measuring: {part:?}"));
        let began = Instant::now();
        let measured = match part {
            Part::Publish => publish::measure(&ground, &mut figures).await,
            Part::Consume => consume::measure(&ground, &mut figures).await,
            Part::EndToEnd => end_to_end::measure(&ground, &mut figures).await,
            Part::Embedded => embedded::measure(&ground, &mut figures).await,
            Part::Reading => reading::measure(&ground, &mut figures, &args.orders, &args.register).await,
            Part::Footprint => footprint::measure(&ground, &mut figures).await,
        };
        if let Err(error) = measured {
            // What the other parts find is worth having.
            is_whole = false;
            say(&format!("  failed: {error:#}"));
            figures.leave_out(&format!("{part:?} or a part of it"), &format!("{error:#}"));
        }
        say(&format!("  {:.0} s", began.elapsed().as_secs_f64()));
    }
    let text = figures.to_markdown();
    say(&format!("\n{text}"));
    std::fs::write(out.join("bench.md"), &text)?;
    std::fs::write(out.join("bench.json"), serde_json::to_vec_pretty(&figures)?)?;
    say(&format!("written to {} and bench.json", out.join("bench.md").display()));
    Ok(is_whole && figures.are_all_reached())
}

fn in_folder(dir: &Path, name: &str) -> Result<PathBuf> {
    let folder = dir.join(name);
    std::fs::create_dir(&folder)?;
    Ok(folder)
}

fn say(line: &str) {
    // Nobody reads any more when it fails.
    writeln!(io::stdout(), "{line}").ok();
}
