//! What happens in a storm, and when: drawn from a seed before it begins, so that one seed is one storm.

use std::time::Duration;

use fastrand::Rng;

/// A process under the storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Who {
    Publisher(usize),
    Consumer(usize),
    Backend,
    /// All three services in one process.
    All,
}

/// A connection that can be cut: of a process with its clients, with the broker, with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Clients,
    Broker,
    Database,
}

/// One thing that goes wrong, for as long as its step lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// `kill -9`, and started again at the end.
    Killed(Who),
    /// Stopped in its tracks.
    Frozen(Who),
    /// Told to stop, as in an upgrade, and started again at the end.
    Stopped(Who),
    /// Started again so that it dies when it passes this point for the n-th time.
    Dies(Who, &'static str, u32),
    /// Started again with a clock that is wrong by so many seconds.
    WrongClock(Who, i64),
    Cut(Who, Way),
    /// Nothing goes through, while connections look open.
    BlackHole(Who, Way),
    /// What the process says arrives, and no answer comes.
    HalfOpen(Who, Way),
    Slow(Who, Way, Duration),
    /// The disk under its own folder is full.
    DiskFull(Who),
    BrokerKilled,
    BrokerStopped,
    BrokerFrozen,
    BrokerInAlarm,
    BrokerClosesConnections,
    BrokerDiskFull,
    /// So many messages that nobody can read are in the queue.
    Strangers(usize),
    DatabaseKilled,
    DatabaseFrozen,
    DatabaseReadOnly,
    /// All its sessions are ended again and again.
    SessionsEnded,
    TableLocked,
    DatabaseDiskFull,
}

/// What a fault befalls; two faults of one step never befall the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Process(Who),
    Connection(Who, Way),
    Broker,
    Database,
}

/// Faults at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// When so many orders are accepted.
    pub(super) after: usize,
    pub(super) faults: Vec<Fault>,
    pub(super) lasting: Duration,
}

/// Where a storm may strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One process.
    Embedded,
    /// Two publishers, a backend, two consumers, a broker and a database.
    Distributed,
}

const POINTS_OF_A_PUBLISHER: [&str; 2] = ["publisher.before_publish", "publisher.after_publish"];
const POINTS_OF_A_CONSUMER: [&str; 4] =
    ["consumer.received", "consumer.before_commit", "consumer.after_commit", "consumer.after_ack"];
const SHORTEST: u64 = 200;
const LONGEST: u64 = 6_000;

/// At least `faults` faults, spread over `orders` accepted orders. `has_small_disks`: whether disks can be filled.
pub(super) fn draw(seed: u64, place: Place, faults: usize, orders: usize, has_small_disks: bool) -> Vec<Step> {
    let mut rng = Rng::with_seed(seed);
    let mut left = faults;
    let mut steps = Vec::new();
    while left > 0 {
        let mut together = Vec::<Fault>::new();
        for _ in 0..rng.usize(1..=3) {
            let fault = one(&mut rng, place);
            let needs_disk = matches!(fault, Fault::DiskFull(_) | Fault::BrokerDiskFull | Fault::DatabaseDiskFull);
            let is_free = together.iter().all(|other| other.victim() != fault.victim());
            if is_free && (has_small_disks || !needs_disk) {
                together.push(fault);
            }
        }
        left = left.saturating_sub(together.len());
        if !together.is_empty() {
            let lasting = Duration::from_millis(rng.u64(SHORTEST..=LONGEST));
            steps.push(Step { after: 0, faults: together, lasting });
        }
    }
    let count = steps.len();
    for (number, step) in steps.iter_mut().enumerate() {
        step.after = orders * (number + 1) / (count + 1);
    }
    steps
}

impl Fault {
    fn victim(self) -> Victim {
        match self {
            Fault::Killed(who)
            | Fault::Frozen(who)
            | Fault::Stopped(who)
            | Fault::Dies(who, ..)
            | Fault::WrongClock(who, _)
            | Fault::DiskFull(who) => Victim::Process(who),
            Fault::Cut(who, way)
            | Fault::BlackHole(who, way)
            | Fault::HalfOpen(who, way)
            | Fault::Slow(who, way, _) => Victim::Connection(who, way),
            Fault::BrokerKilled
            | Fault::BrokerStopped
            | Fault::BrokerFrozen
            | Fault::BrokerInAlarm
            | Fault::BrokerClosesConnections
            | Fault::BrokerDiskFull
            | Fault::Strangers(_) => Victim::Broker,
            Fault::DatabaseKilled
            | Fault::DatabaseFrozen
            | Fault::DatabaseReadOnly
            | Fault::SessionsEnded
            | Fault::TableLocked
            | Fault::DatabaseDiskFull => Victim::Database,
        }
    }

    /// Whether a process is started again at its end.
    pub(super) fn is_of_a_process(self) -> bool {
        matches!(self.victim(), Victim::Process(_))
    }

    /// Its first word: the kind.
    pub(super) fn kind(self) -> String {
        let text = format!("{self:?}");
        text.split('(').next().unwrap_or_default().to_owned()
    }
}

fn one(rng: &mut Rng, place: Place) -> Fault {
    let who = match place {
        Place::Embedded => Who::All,
        Place::Distributed => match rng.u8(0..9) {
            number @ 0..4 => Who::Publisher(usize::from(number % 2)),
            number @ 4..8 => Who::Consumer(usize::from(number % 2)),
            _ => Who::Backend,
        },
    };
    match (place, rng.u8(0..10)) {
        (Place::Embedded, 0..=6) | (Place::Distributed, 0..=2) => of_a_process(rng, who),
        (Place::Embedded, _) | (Place::Distributed, 3..=5) => of_a_connection(rng, who),
        (Place::Distributed, 6..=7) => of_the_broker(rng),
        (Place::Distributed, _) => of_the_database(rng),
    }
}

fn of_a_process(rng: &mut Rng, who: Who) -> Fault {
    let points: &[&str] = match who {
        Who::Publisher(_) => &POINTS_OF_A_PUBLISHER,
        Who::Consumer(_) => &POINTS_OF_A_CONSUMER,
        Who::Backend => &[],
        Who::All if rng.bool() => &["local.after_write"],
        Who::All if rng.bool() => &POINTS_OF_A_PUBLISHER,
        Who::All => &POINTS_OF_A_CONSUMER,
    };
    match rng.u8(0..6) {
        0 => Fault::Frozen(who),
        1 => Fault::Stopped(who),
        2 if !points.is_empty() => Fault::Dies(who, points[rng.usize(..points.len())], rng.u32(1..=40)),
        // A publisher or a backend whose clock is wrong rightly refuses all tokens.
        3 if matches!(who, Who::Consumer(_)) => Fault::WrongClock(who, rng.i64(-7200..=7200)),
        4 if matches!(who, Who::Publisher(_) | Who::All) => Fault::DiskFull(who),
        _ => Fault::Killed(who),
    }
}

fn of_a_connection(rng: &mut Rng, who: Who) -> Fault {
    let ways: &[Way] = match who {
        Who::Publisher(_) => &[Way::Clients, Way::Broker],
        Who::Consumer(_) => &[Way::Broker, Way::Database],
        Who::Backend => &[Way::Clients, Way::Database],
        Who::All => &[Way::Clients],
    };
    let way = ways[rng.usize(..ways.len())];
    match rng.u8(0..4) {
        0 => Fault::Cut(who, way),
        1 => Fault::BlackHole(who, way),
        2 => Fault::HalfOpen(who, way),
        _ => Fault::Slow(who, way, Duration::from_millis(rng.u64(5..=300))),
    }
}

fn of_the_broker(rng: &mut Rng) -> Fault {
    match rng.u8(0..7) {
        0 => Fault::BrokerKilled,
        1 => Fault::BrokerStopped,
        2 => Fault::BrokerFrozen,
        3 => Fault::BrokerInAlarm,
        4 => Fault::BrokerClosesConnections,
        5 => Fault::BrokerDiskFull,
        _ => Fault::Strangers(rng.usize(1..=20)),
    }
}

fn of_the_database(rng: &mut Rng) -> Fault {
    match rng.u8(0..6) {
        0 => Fault::DatabaseKilled,
        1 => Fault::DatabaseFrozen,
        2 => Fault::DatabaseReadOnly,
        3 => Fault::SessionsEnded,
        4 => Fault::TableLocked,
        _ => Fault::DatabaseDiskFull,
    }
}

#[test]
fn one_seed_is_one_storm_and_another_is_another() {
    for place in [Place::Embedded, Place::Distributed] {
        assert_eq!(draw(7, place, 50, 1000, true), draw(7, place, 50, 1000, true));
        assert_ne!(draw(7, place, 50, 1000, true), draw(8, place, 50, 1000, true));
    }
}

#[test]
fn a_long_storm_has_every_kind_of_fault_and_none_befalls_the_same_twice_at_once() {
    let steps = draw(1, Place::Distributed, 400, 1000, true);
    let kinds: std::collections::BTreeSet<String> =
        steps.iter().flat_map(|step| &step.faults).map(|fault| fault.kind()).collect();
    assert_eq!(kinds.len(), 23, "{kinds:?}");
    for step in &steps {
        for (number, fault) in step.faults.iter().enumerate() {
            assert!(step.faults[..number].iter().all(|other| other.victim() != fault.victim()), "{step:?}");
        }
    }
    assert!(steps.iter().map(|step| step.faults.len()).sum::<usize>() >= 400);
    assert!(steps.is_sorted_by_key(|step| step.after));
}
