//! Measures how long people wait for what they look for in a large catalogue: loads it over HTTP, then types.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use bench::client::Api;
use bench::names::{made_up, typed};
use bench::product::Product;
use clap::{Parser, ValueEnum};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use url::Url;

/// What 99 of 100 answers must not take longer than.
const TARGET: Duration = Duration::from_millis(10);
/// How often a search right after a change is measured.
const CHANGES: usize = 50;

/// Loads a catalogue into a product of its own and measures searches in it.
#[derive(Parser)]
struct Args {
    /// Names of medications, one a line, instead of made-up ones
    #[arg(long)]
    names: Option<PathBuf>,
    /// How many medications
    #[arg(long, default_value_t = 31_000)]
    medications: usize,
    /// How many searches
    #[arg(long, default_value_t = 1000, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    searches: usize,
    /// How to run the product
    #[arg(long, value_enum, default_value_t = Mode::Embedded)]
    mode: Mode,
    /// The product's program [default: botica in the folder of this program]
    #[arg(long)]
    botica: Option<PathBuf>,
    /// A PostgreSQL server, for a database of our own
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    postgres: Url,
    /// A RabbitMQ server, for a queue of our own
    #[arg(long, default_value = "amqp://guest:guest@127.0.0.1:5672/%2f")]
    amqp: Url,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// One process with SQLite
    Embedded,
    /// Services apart, with PostgreSQL and RabbitMQ
    Distributed,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("search: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Whether the answers came in time.
async fn run(args: &Args) -> Result<bool> {
    let names = names(args)?;
    let dir = tempfile::Builder::new().prefix("botica-search-").tempdir()?;
    let mut product = product(args, dir.path()).await?;
    let result = match product.start().await {
        Ok(api) => measure(&api, &names, args.searches).await,
        Err(error) => Err(error),
    };
    for broken in product.stop().await.into_iter().filter_map(|check| check.broken) {
        say(&broken);
    }
    result
}

async fn product(args: &Args, dir: &Path) -> Result<Product> {
    let program = match &args.botica {
        Some(program) => program.clone(),
        None => std::env::current_exe()?.with_file_name("botica"),
    };
    let program = program.canonicalize().with_context(|| {
        format!("there is no product at {}: build it (cargo build --release) or give --botica", program.display())
    })?;
    let dir = dir.to_owned();
    Ok(match args.mode {
        Mode::Embedded => Product::embedded(program, dir, vec![]),
        Mode::Distributed => Product::distributed(program, dir, vec![], args.postgres.clone(), args.amqp.clone()),
    })
}

fn names(args: &Args) -> Result<Vec<String>> {
    let Some(file) = &args.names else { return Ok(made_up(args.medications)) };
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let names = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(args.medications);
    let names: Vec<_> = names.map(ToOwned::to_owned).collect();
    ensure!(!names.is_empty(), "{} has no names", file.display());
    Ok(names)
}

/// Loads, types, prints, and says whether the answers came in time.
async fn measure(api: &Api, names: &[String], searches: usize) -> Result<bool> {
    let began = Instant::now();
    let loading = stream::iter(names).map(|name| api.create_medication(name)).buffer_unordered(16);
    loading.try_for_each(|_| std::future::ready(Ok(()))).await?;
    say(&format!("loaded {} medications in {:.1} s", names.len(), began.elapsed().as_secs_f64()));

    let (_, first) = api.search("dipirona").await?;
    say(&format!("the first search, which reads the names: {}", milliseconds(first)));
    let (mut times, mut empty) = (Vec::new(), 0);
    for text in typed(names, searches) {
        let (found, took) = api.search(&text).await?;
        times.push(took);
        empty += usize::from(found == 0);
    }
    let p99 = report(&format!("{searches} searches, {empty} of them in vain"), times)?;

    let mut times = Vec::new();
    for number in 0..CHANGES {
        let name = format!("Zzz criado agora {number}");
        api.create_medication(&name).await?;
        let (found, took) = api.search(&name).await?;
        ensure!(found > 0, "{name} is not found right after it was created");
        times.push(took);
    }
    report(&format!("{CHANGES} searches right after a change"), times)?;
    Ok(p99 <= TARGET)
}

/// Prints the percentiles of `times`, and gives the 99th.
fn report(what: &str, mut times: Vec<Duration>) -> Result<Duration> {
    times.sort_unstable();
    let Some(longest) = times.last().copied() else { bail!("nothing was measured") };
    let percentile = |hundredths: usize| times[(times.len() * hundredths).div_ceil(100).max(1) - 1];
    let [p50, p99] = [50, 99].map(percentile);
    let [middle, high, longest] = [p50, p99, longest].map(milliseconds);
    say(&format!("{what}: p50 {middle}, p99 {high}, longest {longest}"));
    Ok(p99)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
}

fn say(line: &str) {
    // Nobody reads any more when it fails.
    writeln!(io::stdout(), "{line}").ok();
}
