//! Replays a recording of real arrivals at a hospital's pharmacy as orders, through HTTP, into a running
//! product, and then compares what was promised with what is there. Ends with failure if anything was lost,
//! is there twice, was never sent, was refused or differs.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bench::client::{Api, Login};
use bench::events::{self, Event, Pace};
use bench::load::{self, Catalogue, Progress};
use bench::process::interrupted;
use bench::product::{Check, Product};
use clap::{Parser, ValueEnum};
use testkit::checker::{self, Verdict};
use testkit::journal::{self, Journal};
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

/// From the last answer until everything that was acknowledged must be stored.
const STORING_DEADLINE: Duration = Duration::from_secs(60);
const EVERY_SECOND: Duration = Duration::from_secs(1);

/// Replays recorded arrivals at a hospital's pharmacy as orders and checks that each becomes exactly one.
#[derive(Parser)]
struct Args {
    /// The recording: a CSV with the columns unit, priority and startOfVerifQueu
    #[arg(long, default_value = "../shared/data/load/dispensing_events_2019.csv")]
    events: PathBuf,
    /// Replay only the first N events
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// How long the whole replay takes
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration, conflicts_with = "speed")]
    duration: Duration,
    /// How many times faster than it was, instead of a duration
    #[arg(long)]
    speed: Option<f64>,
    /// Silences of the recording (nights, weeks) count as this long at most
    #[arg(long, default_value = "1h", value_parser = humantime::parse_duration)]
    longest_silence: Duration,
    /// How many requests are under way at most
    #[arg(long, default_value_t = 32, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=4096))]
    connections: usize,
    /// Where to keep the journal of attempts and answers; otherwise it is kept only if something is wrong
    #[arg(long)]
    journal: Option<PathBuf>,

    /// How to run the product
    #[arg(long, value_enum, default_value_t = Mode::Embedded)]
    mode: Mode,
    /// The product's program [default: release/botica beside the folder of this program]
    #[arg(long)]
    botica: Option<PathBuf>,
    /// A setting for the product's processes; may be given several times
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = setting)]
    env: Vec<(String, String)>,
    /// A PostgreSQL server, for a database of the replay's own
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    postgres: Url,
    /// A RabbitMQ server, for a queue of the replay's own
    #[arg(long, default_value = "amqp://guest:guest@127.0.0.1:5672/%2f")]
    amqp: Url,
    /// Kill the consumer twice and cut the broker's connections once while it runs
    #[arg(long)]
    faults: bool,

    /// A product that runs already and that nobody else uses meanwhile, instead of one of our own
    #[arg(long, conflicts_with_all = ["mode", "botica", "env", "faults"], requires_all = ["email", "password_file"])]
    url: Option<Url>,
    /// An admin of that product
    #[arg(long)]
    email: Option<String>,
    /// A file with that admin's password
    #[arg(long)]
    password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// One process, files in a temporary directory
    Embedded,
    /// Publisher, backend and consumer apart, with PostgreSQL and RabbitMQ
    Distributed,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// What a replay found.
struct Findings {
    verdict: Verdict,
    checks: Vec<Check>,
    repeated: usize,
    dead_letters: usize,
    /// From the first order to the last answer.
    sending: Duration,
    /// From the last answer until all was stored.
    storing: Duration,
    /// Of each acknowledged order, sorted.
    times: Vec<Duration>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("replay: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Whether all was well.
async fn run(args: &Args) -> Result<bool> {
    ensure!(!args.faults || args.mode == Mode::Distributed, "--faults needs --mode distributed");
    let pace = match args.speed {
        Some(times) if !(times.is_finite() && times > 0.0) => bail!("--speed must be a number above 0"),
        Some(times) => Pace::TimesFaster(times),
        None => Pace::Lasting(args.duration),
    };
    let mut events = events::read(&args.events)?;
    events.truncate(args.limit.unwrap_or(usize::MAX).max(1));

    let mut dir = tempfile::Builder::new().prefix("botica-replay-").tempdir()?;
    let mut product = product(args, dir.path()).await?;
    let result = tokio::select! {
        result = replay(args, &events, pace, product.as_mut(), dir.path()) => result,
        signal = interrupted() => match signal {
            Ok(()) => Err(anyhow::anyhow!("interrupted")),
            Err(error) => Err(error),
        },
    };
    let stopped = match &mut product {
        Some(product) => product.stop().await,
        None => vec![],
    };
    let is_good = match &result {
        Ok(findings) => report(findings, &stopped)?,
        Err(_) => {
            stopped.iter().filter_map(|check| check.broken.as_ref()).for_each(|broken| say(broken));
            false
        }
    };
    if !is_good {
        dir.disable_cleanup(true);
        say(&format!("journal and logs are in {}", dir.path().display()));
    }
    result.map(|_| is_good)
}

async fn product(args: &Args, dir: &Path) -> Result<Option<Product>> {
    if args.url.is_some() {
        return Ok(None);
    }
    let program = match &args.botica {
        Some(program) => program.clone(),
        None => {
            let own = std::env::current_exe()?;
            let target = own.parent().and_then(Path::parent).context("this program is in no folder")?;
            target.join("release").join("botica")
        }
    };
    let program = program.canonicalize().with_context(|| {
        format!("there is no product at {}: build it (cargo build --release) or give --botica", program.display())
    })?;
    let (dir, env) = (dir.to_owned(), args.env.clone());
    Ok(Some(match args.mode {
        Mode::Embedded => Product::embedded(program, dir, env),
        Mode::Distributed => {
            Product::distributed(program, dir, env, args.postgres.clone(), args.amqp.clone()).behind_a_relay().await?
        }
    }))
}

async fn replay(
    args: &Args,
    events: &[Event],
    pace: Pace,
    mut product: Option<&mut Product>,
    dir: &Path,
) -> Result<Findings> {
    let api = Arc::new(match &mut product {
        Some(product) => product.start().await?,
        None => running(args)?,
    });
    let earlier: BTreeSet<Uuid> = api.order_ids().await?.into_iter().collect();
    let earlier_dead_letters = api.dead_letters().await?;
    let tag = format!("replay {:08x}", Uuid::new_v4().as_fields().0);
    let orders = Catalogue::create(&api, events, &tag).await?.orders(events)?;
    let due = events::schedule(events, pace, args.longest_silence);
    let journal_path = args.journal.clone().unwrap_or_else(|| dir.join("journal.jsonl"));
    let journal = Arc::new(Journal::create(&journal_path)?);
    let progress = Arc::new(Progress::default());

    say(&format!("{} orders", orders.len()));
    let started = Instant::now();
    let planned = orders.len();
    let sending = load::send(&api, &journal, due.into_iter().zip(orders).collect(), args.connections, &progress);
    let faults = faults(args.faults, product.as_deref_mut(), &progress, planned);
    let (times, mut checks) = tokio::select! {
        both = async { tokio::try_join!(sending, faults) } => both?,
        never = show(&progress, started, planned) => match never {},
    };
    let sent_in = started.elapsed();

    let acknowledged = progress.acknowledged.load(Ordering::Relaxed);
    let (ids, storing) = stored(&api, &earlier, acknowledged).await?;
    let found = load::read_back(&api, ids, args.connections).await?;
    if let Some(product) = product.as_deref() {
        checks.extend(product.checks());
        if let Some(rows) = product.event_rows().await? {
            let equal = if rows == found.len() { Ok(()) } else { Err(anyhow::anyhow!("{rows} events")) };
            checks.push(Check::new("the database has one event for each order", equal));
        }
    }
    let mut times = times;
    times.sort();
    Ok(Findings {
        verdict: checker::check(&journal::read(&journal_path)?, &found),
        checks,
        repeated: progress.repeated.load(Ordering::Relaxed),
        dead_letters: api.dead_letters().await?.saturating_sub(earlier_dead_letters),
        sending: sent_in,
        storing,
        times,
    })
}

fn running(args: &Args) -> Result<Api> {
    let (Some(url), Some(email), Some(file)) = (&args.url, &args.email, &args.password_file) else {
        bail!("--url needs --email and --password-file");
    };
    let password = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    // Paths are joined to it, and that replaces all behind the last slash.
    let mut root = url.clone();
    if !root.path().ends_with('/') {
        root.set_path(&format!("{}/", url.path()));
    }
    let login = Login { email: email.clone(), password: password.trim_end_matches(['\r', '\n']).to_owned() };
    Api::new(root.clone(), root, login)
}

/// Kills the consumer when a fifth and when seven tenths of the orders are sent, and cuts the broker's
/// connections half-way.
async fn faults(
    is_wanted: bool,
    product: Option<&mut Product>,
    progress: &Progress,
    planned: usize,
) -> Result<Vec<Check>> {
    let Some(product) = product.filter(|_| is_wanted) else { return Ok(vec![]) };
    let sent = async |tenths: usize| {
        while progress.attempted.load(Ordering::Relaxed) * 10 < planned * tenths {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    sent(2).await;
    say("killing the consumer");
    product.kill_consumer().await?;
    sent(5).await;
    let cut = product.cut_broker();
    say(&format!("cutting the connections to the broker: {}", cut.as_ref().copied().unwrap_or_default()));
    sent(7).await;
    say("killing the consumer");
    product.kill_consumer().await?;
    Ok(vec![Check::new("the cut met connections to the broker", cut.map(drop))])
}

/// All orders that are there and were not `earlier`, and how long it took until as many were there as were
/// acknowledged. If they do not all come, the checker will say which are missing.
async fn stored(api: &Api, earlier: &BTreeSet<Uuid>, acknowledged: usize) -> Result<(Vec<Uuid>, Duration)> {
    let started = Instant::now();
    loop {
        let elapsed = started.elapsed();
        let mut ids = api.order_ids().await?;
        ids.retain(|id| !earlier.contains(id));
        let different = ids.iter().collect::<BTreeSet<_>>().len();
        say(&format!("{:4} s  stored {different} of {acknowledged}", elapsed.as_secs()));
        if different >= acknowledged || elapsed > STORING_DEADLINE {
            return Ok((ids, elapsed));
        }
        tokio::time::sleep(EVERY_SECOND).await;
    }
}

async fn show(progress: &Progress, started: Instant, planned: usize) -> std::convert::Infallible {
    let read = |number: &std::sync::atomic::AtomicUsize| number.load(Ordering::Relaxed);
    loop {
        tokio::time::sleep(EVERY_SECOND).await;
        say(&format!(
            "{:4} s  sent {} of {planned}, acknowledged {}, sent again {}",
            started.elapsed().as_secs(),
            read(&progress.attempted),
            read(&progress.acknowledged),
            read(&progress.repeated),
        ));
    }
}

/// Prints the table and says whether all is well.
fn report(findings: &Findings, stopped: &[Check]) -> Result<bool> {
    let verdict = &findings.verdict;
    let mut out = io::stdout().lock();
    let counts = [
        ("attempted", verdict.attempted),
        ("acknowledged", verdict.acknowledged),
        ("stored", verdict.stored),
        ("stored without an answer", verdict.recovered),
        ("sent again", findings.repeated),
    ];
    for (word, count) in counts {
        writeln!(out, "{word:<26}{count:>8}")?;
    }
    for (word, ids) in verdict.faults() {
        write!(out, "{word:<26}{:>8}", ids.len())?;
        ids.iter().take(3).try_for_each(|id| write!(out, "  {id}"))?;
        writeln!(out)?;
    }
    writeln!(out, "{:<26}{:>8}", "dead letters", findings.dead_letters)?;
    let rate = verdict.attempted as f64 / findings.sending.as_secs_f64();
    writeln!(out, "{:<26}{:>8.1} s  ({rate:.0} orders/s)", "sending", findings.sending.as_secs_f64())?;
    writeln!(out, "{:<26}{:>8.1} s", "storing the rest", findings.storing.as_secs_f64())?;
    for (word, percent) in [("answer, half within", 50), ("answer, 99 % within", 99), ("answer, slowest", 100)] {
        let time = percentile(&findings.times, percent).as_secs_f64() * 1000.0;
        writeln!(out, "{word:<26}{time:>8.1} ms")?;
    }
    let checks = findings.checks.iter().chain(stopped);
    for Check { promise, broken } in checks.clone() {
        match broken {
            None => writeln!(out, "ok    {promise}")?,
            Some(broken) => writeln!(out, "FAIL  {promise}: {broken}")?,
        }
    }
    let is_good = verdict.is_good() && findings.dead_letters == 0 && checks.clone().all(|check| check.broken.is_none());
    writeln!(out, "{}", if is_good { "all promises kept" } else { "NOT all promises kept" })?;
    Ok(is_good)
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// For whoever watches; the result goes to standard output. A closed terminal must not stop the clean-up.
fn say(line: &str) {
    writeln!(io::stderr(), "{line}").ok();
}
