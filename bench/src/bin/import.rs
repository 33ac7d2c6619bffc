//! Measures how long the whole register takes to come in and how much memory that needs, on both databases; and
//! tries what an import promises: twice is once, and one that is killed leaves nothing.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bench::client::Api;
use bench::product::Product;
use clap::{Parser, ValueEnum};
use serde_json::Value;
use url::Url;

/// How long one import may take, with a program that is not optimised on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(300);
/// How long after a kill its import may still be taken for alive: on PostgreSQL another process could run it.
const DEAD_AFTER: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(10);
const VERDICTS: [&str; 5] = ["new", "changed", "same", "duplicate", "rejected"];

/// Imports a catalogue file into a product of its own, again and again.
#[derive(Parser)]
struct Args {
    /// The file: ANVISA's register, CMED's list or a hospital's own table
    #[arg(default_value = "../shared/data/anvisa/DADOS_ABERTOS_MEDICAMENTOS_2023.xlsx")]
    file: PathBuf,
    /// Only on this database, not on both
    #[arg(long, value_enum)]
    database: Option<Database>,
    /// The product's program [default: botica in the folder of this program]
    #[arg(long)]
    botica: Option<PathBuf>,
    /// A PostgreSQL server, for a database of our own
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    postgres: Url,
    /// A RabbitMQ server, for a queue of our own: services apart need one to start
    #[arg(long, default_value = "amqp://guest:guest@127.0.0.1:5672/%2f")]
    amqp: Url,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    for database in [Database::Sqlite, Database::Postgres] {
        if args.database.is_some_and(|only| only != database) {
            continue;
        }
        if let Err(error) = run(&args, database).await {
            say(&format!("import: {database:?}: {error:#}"));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

async fn run(args: &Args, database: Database) -> Result<()> {
    let file = std::fs::read(&args.file)
        .with_context(|| format!("there is no file {}: name one as the argument", args.file.display()))?;
    let name = args.file.file_name().context("the file has no name")?.to_string_lossy().into_owned();
    say(&format!("{database:?}: {name}, {:.1} MB", megabytes(file.len() as u64)));
    let dir = tempfile::Builder::new().prefix("botica-import-").tempdir()?;
    let mut product = product(args, database, dir.path()).await?;
    let result = match product.start().await {
        Ok(api) => tried(&mut product, api, &name, &file).await,
        Err(error) => Err(error),
    };
    let broken: Vec<_> = product.stop().await.into_iter().filter_map(|check| check.broken).collect();
    result?;
    ensure!(broken.is_empty(), "{}", broken.join("; "));
    Ok(())
}

async fn product(args: &Args, database: Database, dir: &Path) -> Result<Product> {
    let program = match &args.botica {
        Some(program) => program.clone(),
        None => std::env::current_exe()?.with_file_name("botica"),
    };
    let program = program.canonicalize().with_context(|| {
        format!("there is no product at {}: build it (cargo build --release) or give --botica", program.display())
    })?;
    let dir = dir.to_owned();
    Ok(match database {
        Database::Sqlite => Product::embedded(program, dir, vec![]),
        Database::Postgres => Product::distributed(program, dir, vec![], args.postgres.clone(), args.amqp.clone()),
    })
}

/// All that is tried on one database, each in a process of its own, so that its memory is its own too.
async fn tried(product: &mut Product, api: Api, name: &str, file: &[u8]) -> Result<()> {
    let id = api.start_import(name, file, false).await?;
    let half = until(&api, id, DEADLINE, |import| import["progress"]["done"].as_u64() > Some(0)).await?;
    ensure!(half["status"] == "running", "it was over before it could be killed: {half}");
    let api = api.at(product.kill_backend().await?);
    let killed = until(&api, id, DEAD_AFTER, |import| import["status"] != "running").await?;
    ensure!(killed["status"] == "interrupted", "a killed import is not interrupted: {killed}");
    let (done, of) = (&half["progress"]["done"], &half["progress"]["of"]);
    say(&format!("  killed      after {done} of {of} rows: interrupted"));

    let dry = measured(product, &api, "dry run", name, file, true).await?;
    let count = |import: &Value, verdict: &str| import["counts"][verdict].as_u64().unwrap_or(0);
    ensure!(count(&dry, "same") + count(&dry, "changed") == 0, "a killed import has left something");
    let api = api.at(product.kill_backend().await?);
    let first = measured(product, &api, "first", name, file, false).await?;
    ensure!(first["counts"] == dry["counts"], "it did something else than the dry run said");
    let api = api.at(product.kill_backend().await?);
    let second = measured(product, &api, "second", name, file, false).await?;
    ensure!(count(&second, "new") + count(&second, "changed") == 0, "a second time is not the same");
    Ok(())
}

/// Imports, prints what that took, and gives the import as it ended.
async fn measured(
    product: &Product,
    api: &Api,
    what: &str,
    name: &str,
    file: &[u8],
    is_dry_run: bool,
) -> Result<Value> {
    let (_, before) = product.memory("backend")?;
    let began = Instant::now();
    let id = api.start_import(name, file, is_dry_run).await?;
    let import = until(api, id, DEADLINE, |import| import["status"] != "running").await?;
    let took = began.elapsed();
    ensure!(import["status"] == "done", "{what}: {import}");
    let count = |verdict| format!("{verdict} {}", import["counts"][verdict]);
    let counts = VERDICTS.map(count).join(", ");
    let (seconds, (_, peak)) = (took.as_secs_f64(), product.memory("backend")?);
    say(&format!("  {what:<11} {seconds:>6.2} s, peak {peak:>5.0} MiB (before it {before:.0} MiB): {counts}"));
    Ok(import)
}

async fn until(api: &Api, id: uuid::Uuid, within: Duration, is_it: impl Fn(&Value) -> bool) -> Result<Value> {
    let deadline = Instant::now() + within;
    loop {
        let import = api.import(id).await?;
        if is_it(&import) || import["status"] == "failed" {
            return Ok(import);
        }
        ensure!(Instant::now() < deadline, "it takes too long: {import}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn say(line: &str) {
    // Nobody reads any more when it fails.
    writeln!(io::stdout(), "{line}").ok();
}
