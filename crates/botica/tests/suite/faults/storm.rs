//! A storm of faults over a hospital that goes on ordering, and the books afterwards: Jepsen's total-queue.
//!
//! `BOTICA_FAULTS_SEED` says which storm: one seed has the same orders and the same faults at the same counts
//! of accepted orders. What the machine makes of them in between is its own.

pub(crate) mod board;
pub(crate) mod clients;
mod field;
mod schedule;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use testkit::checker::{self, Verdict};
use testkit::journal::{self, Journal};
use testkit::small_disk::SmallDisk;
use testkit::sql::connect;
use tokio::time::{Instant, sleep, timeout};

use self::clients::{Clients, Token, impatient};
use self::field::Field;
use self::schedule::{Place, Step, draw};
use super::size;

/// From the end of the storm until everything that was accepted is stored.
const CALM: Duration = Duration::from_secs(120);
/// Steps that end later than their orders hold up nobody for ever.
const LONGEST: Duration = Duration::from_secs(3 * 3600);
const WORKERS: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_in_a_storm() {
    let (orders, faults) = size((1_000, 6), (10_000, 40), (50_000, 120));
    storm(Place::Embedded, orders, faults, 400).await;
}

mod distributed {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_lost_in_a_storm() {
        let (orders, faults) = size((2_000, 8), (20_000, 50), (200_000, 120));
        storm(Place::Distributed, orders, faults, 400).await;
    }
}

fn seed() -> u64 {
    std::env::var("BOTICA_FAULTS_SEED").map_or(1, |seed| seed.parse().expect("BOTICA_FAULTS_SEED is a number"))
}

/// Where the books of this storm are kept until the next with the same seed.
fn folder(place: Place, seed: u64) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("storm-{place:?}-{seed}").to_lowercase());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

async fn storm(place: Place, orders: usize, faults: usize, rate: u32) {
    let (seed, began) = (seed(), Instant::now());
    let folder = folder(place, seed);
    let steps = draw(seed, place, faults, orders, SmallDisk::is_possible());
    let mut field = Field::new(place, &folder).await;
    let id = |text: &String| text.parse().unwrap();
    let clients = Arc::new(Clients {
        seed,
        http: impatient().build().unwrap(),
        publishers: field.publishers(),
        backend: field.backend(),
        dispenser: id(&field.hospital.dispenser),
        medications: [id(&field.hospital.medications[0]), id(&field.hospital.medications[1])],
        journal: Journal::create(&folder.join("journal.jsonl")).unwrap(),
        accepted: AtomicUsize::new(0),
        failed: AtomicUsize::new(0),
        most_attempts: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
        token: Token::new(field.hospital.token.clone()),
    });
    let (all_shown, shown) = tokio::sync::watch::channel(None);
    let watching = tokio::spawn(board::watch(reqwest::Client::new(), Arc::clone(&clients), shown));

    let placing = {
        let clients = Arc::clone(&clients);
        tokio::spawn(async move { clients.place_orders(WORKERS, rate, orders).await })
    };
    timeout(LONGEST, strike(&mut field, &clients, &steps, &folder.join("diary.txt"))).await.expect("the storm ends");
    clients.is_over.store(true, Ordering::Relaxed);
    placing.await.unwrap();
    let sent = began.elapsed();

    let accepted = clients.accepted.load(Ordering::Relaxed);
    let url = field.database_url();
    let storing = Instant::now();
    while connect(&url).await.unwrap().count("orders").await.unwrap() < i64::try_from(accepted).unwrap() {
        if storing.elapsed() > CALM {
            field.broken.push(format!("after {CALM:?} not all is stored"));
            break;
        }
        field.look_after().await;
        sleep(Duration::from_millis(200)).await;
    }
    let stored_in = storing.elapsed();
    let numbers = testkit::stored::event_numbers(&url).await.unwrap();
    all_shown.send_replace(numbers.last().copied());
    let seen = timeout(CALM, watching).await.expect("the board is shown everything").unwrap();
    field.stop().await;

    let stored = testkit::stored::orders(&url).await.unwrap();
    let verdict = checker::check(&journal::read(&folder.join("journal.jsonl")).unwrap(), &stored);
    let mut sql = connect(&url).await.unwrap();
    let letters = sql.count("dead_letters").await.unwrap();
    let mut broken = std::mem::take(&mut field.broken);
    let mut expect = |is_so: bool, otherwise: String| {
        if !is_so {
            broken.push(otherwise);
        }
    };
    expect(letters == i64::try_from(field.strangers).unwrap(), format!("{letters} dead letters"));
    if let Some(queue) = &field.hospital.queue {
        let waiting = queue.waiting().await.unwrap();
        expect(waiting == 0, format!("{waiting} messages are left in the queue"));
    }
    let missing = seen.missing(&testkit::stored::event_numbers(&url).await.unwrap());
    expect(missing.is_empty(), format!("the board was not shown {missing:?}"));
    expect(seen.wrong.is_empty(), format!("the board was shown twice or late {:?}", seen.wrong));

    let mut report = report(place, seed, &steps, &verdict);
    writeln!(report, "strangers in the queue: {}, dead letters: {letters}", field.strangers).unwrap();
    writeln!(report, "board: {} changes over {} connections", seen.numbers.len(), seen.connections).unwrap();
    writeln!(report, "sent in {:.0} s, the rest stored in {:.1} s", sent.as_secs_f64(), stored_in.as_secs_f64())
        .unwrap();
    for one in &broken {
        writeln!(report, "BROKEN: {one}").unwrap();
    }
    std::fs::write(folder.join("report.txt"), &report).unwrap();
    let is_good = verdict.is_good() && broken.is_empty();
    assert!(is_good, "the seed was {seed}; journal, schedule and logs are in {}\n{report}", folder.display());
    assert!(verdict.acknowledged >= orders);
    // Big and, when all is well, of no use.
    std::fs::remove_file(folder.join("journal.jsonl")).unwrap();
    tell(&report);
}

/// What a test that passes prints is seen with `--no-capture`.
#[expect(clippy::print_stdout, reason = "the report of a test")]
fn tell(report: &str) {
    println!("{report}");
}

/// Lets each step happen when its count of accepted orders is reached, or when nothing moves any more.
async fn strike(field: &mut Field, clients: &Clients, steps: &[Step], diary: &Path) {
    let (began, mut diary) = (Instant::now(), File::create(diary).unwrap());
    for (number, step) in steps.iter().enumerate() {
        while clients.accepted.load(Ordering::Relaxed) < step.after {
            field.look_after().await;
            sleep(Duration::from_millis(20)).await;
        }
        let accepted = clients.accepted.load(Ordering::Relaxed);
        let said = format!("{:.0?} step {number}, {accepted} accepted: {:?}", began.elapsed(), step.faults);
        writeln!(diary, "{said}, lasting {:?}", step.lasting).unwrap();
        // Processes are struck first and healed last: they may wait for the others when they start.
        let mut faults = step.faults.clone();
        faults.sort_by_key(|fault| !fault.is_of_a_process());
        for fault in &faults {
            if let Err(error) = field.inject(*fault).await {
                field.broken.push(format!("step {number}: {fault:?} can't be: {error:#}"));
            }
        }
        field.last(&faults, step.lasting).await;
        for fault in faults.iter().rev() {
            if let Err(error) = field.heal(*fault).await {
                field.broken.push(format!("step {number}: {fault:?} does not end: {error:#}"));
            }
        }
    }
    writeln!(diary, "{:.0?} the storm is over", began.elapsed()).unwrap();
}

fn report(place: Place, seed: u64, steps: &[Step], verdict: &Verdict) -> String {
    let mut text = format!("storm over one hospital, {place:?}, seed {seed}\n");
    let mut kinds = BTreeMap::<String, usize>::new();
    for fault in steps.iter().flat_map(|step| &step.faults) {
        *kinds.entry(fault.kind()).or_default() += 1;
    }
    let faults: usize = kinds.values().sum();
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    writeln!(text, "{faults} faults in {} steps: {}", steps.len(), kinds.join(", ")).unwrap();
    writeln!(
        text,
        "attempted {}, acknowledged {}, stored {}, of these without an answer {}",
        verdict.attempted, verdict.acknowledged, verdict.stored, verdict.recovered
    )
    .unwrap();
    for (word, ids) in verdict.faults() {
        let shown: Vec<String> = ids.iter().take(3).map(ToString::to_string).collect();
        writeln!(text, "{word}: {} {}", ids.len(), shown.join(" ")).unwrap();
    }
    text
}
