//! What the storm strikes: the processes, the connections between them, the broker and the database.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use testkit::broker::PrivateBroker;
use testkit::postgres::PrivatePostgres;
use testkit::product::{Product, Start};
use testkit::relay::Relay;
use testkit::small_disk::SmallDisk;
use testkit::sql::SqlConnection;
use tokio::time::{Instant, sleep};

use super::schedule::{Fault, Place, Way, Who};
use crate::hospital::Hospital;

/// A service manager starts a process until it stays; the database it waits for may be away.
const START: Duration = Duration::from_secs(120);
/// Told to stop, a process is out within 10 s; a busy machine gets some more.
const STOP: Duration = Duration::from_secs(15);
/// What the broker is told it must keep free, so that it says in time that its disk is full.
const BROKER_RESERVE: &str = "50MB";
const BROKER_ROOM: u64 = 20 << 20;
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// A process, and the relays between it and all others.
pub(super) struct Station {
    pub(super) who: Who,
    start: Start,
    product: Option<Product>,
    clients: Relay,
    broker: Option<Relay>,
    database: Option<Relay>,
    disk: Option<SmallDisk>,
    log: PathBuf,
}

/// All of it. What could not be undone or broke a promise by itself stands in `broken`.
pub(super) struct Field {
    /// Its folder, names and logins; its own processes are ended.
    pub(super) hospital: Hospital,
    pub(super) stations: Vec<Station>,
    pub(super) broken: Vec<String>,
    /// Messages that nobody can read, which were put into the queue.
    pub(super) strangers: usize,
    locked: Option<SqlConnection>,
    pub(super) broker: Option<PrivateBroker>,
    pub(super) postgres: Option<PrivatePostgres>,
    disks: Disks,
}

/// Disks that can be filled, where this machine lets us have them.
#[derive(Default)]
struct Disks {
    broker: Option<SmallDisk>,
    database: Option<SmallDisk>,
}

impl Field {
    /// Everything runs. Logs go to `folder`.
    pub(super) async fn new(place: Place, folder: &Path) -> Field {
        match place {
            Place::Embedded => Field::embedded(folder).await,
            Place::Distributed => Field::distributed(folder).await,
        }
    }

    async fn embedded(folder: &Path) -> Field {
        let mut hospital = Hospital::embedded().await;
        hospital.backend.take().unwrap().kill();
        let disk = SmallDisk::is_possible().then(|| SmallDisk::new(2000).unwrap());
        let data = match &disk {
            Some(disk) => {
                let data = disk.path().join("data");
                let from = hospital.folder.path();
                let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(&data).status().unwrap();
                assert!(copied.success());
                data
            }
            None => hospital.folder.path().to_owned(),
        };
        let start = crate::hospital::serve().args(["--data-dir", data.to_str().unwrap()]);
        let station = Station::new(Who::All, start, folder, [None, None], disk).await;
        let mut field = Field::of(hospital, vec![station], None, None, Disks::default());
        field.restart(Who::All).await;
        field
    }

    async fn distributed(folder: &Path) -> Field {
        let mut disks = Disks::default();
        let (broker, postgres);
        if SmallDisk::is_possible() {
            // Its log of messages alone may take half a gigabyte.
            let (for_broker, for_database) = (SmallDisk::new(3000).unwrap(), SmallDisk::new(4000).unwrap());
            broker = PrivateBroker::start_in(for_broker.path()).await.unwrap();
            // The server has it to itself, under another user.
            let inner = for_database.path().join("server");
            std::fs::create_dir(&inner).unwrap();
            postgres = PrivatePostgres::start_in(&inner).await.unwrap();
            broker.control(&["set_disk_free_limit", BROKER_RESERVE]).await.unwrap();
            disks = Disks { broker: Some(for_broker), database: Some(for_database) };
        } else {
            broker = PrivateBroker::start().await.unwrap();
            postgres = PrivatePostgres::start().await.unwrap();
        }
        let mut hospital = Hospital::distributed_on(&postgres, &broker).await;
        for product in [&mut hospital.publisher, &mut hospital.consumer, &mut hospital.backend] {
            product.take().unwrap().kill();
        }
        let database_url = hospital.database.as_ref().unwrap().url().to_owned();
        let database = async || Relay::start(postgres.address()).await.unwrap();
        let to_broker = async || Relay::start(broker.address()).await.unwrap();
        let serve = |role: &str, number: usize| {
            let data = folder.join(format!("data-{role}-{number}"));
            crate::hospital::serve().args(["--role", role, "--data-dir", data.to_str().unwrap()])
        };
        let queue = hospital.queue.as_ref().unwrap().name().to_owned();

        let relay = database().await;
        let start = serve("backend", 0).env("DATABASE_URL", through(&database_url, &relay));
        let backend = Station::new(Who::Backend, start, folder, [None, Some(relay)], None).await;
        let keys = format!("http://{}/.well-known/jwks.json", backend.clients.address());
        let mut stations = vec![backend];
        for number in 0..2 {
            let relay = to_broker().await;
            let disk = SmallDisk::is_possible().then(|| SmallDisk::new(64).unwrap());
            let start = serve("publisher", number)
                .args(["--jwks-url", &keys])
                .env("AMQP_URL", through(&broker.url(), &relay))
                .env("BOTICA_AMQP_QUEUE", queue.as_str());
            let start = match &disk {
                Some(disk) => start.env("BOTICA_DATA_DIR", disk.path().join("data").to_str().unwrap()),
                None => start,
            };
            stations.push(Station::new(Who::Publisher(number), start, folder, [Some(relay), None], disk).await);
        }
        for number in 0..2 {
            let relays = [Some(to_broker().await), Some(database().await)];
            let [Some(broker_relay), Some(database_relay)] = &relays else { unreachable!() };
            let start = serve("consumer", number)
                .env("AMQP_URL", through(&broker.url(), broker_relay))
                .env("DATABASE_URL", through(&database_url, database_relay))
                .env("BOTICA_AMQP_QUEUE", queue.as_str());
            stations.push(Station::new(Who::Consumer(number), start, folder, relays, None).await);
        }
        let whos: Vec<Who> = stations.iter().map(|station| station.who).collect();
        let mut field = Field::of(hospital, stations, Some(broker), Some(postgres), disks);
        for who in whos {
            field.restart(who).await;
        }
        field
    }

    fn of(
        hospital: Hospital,
        stations: Vec<Station>,
        broker: Option<PrivateBroker>,
        postgres: Option<PrivatePostgres>,
        disks: Disks,
    ) -> Field {
        Field { hospital, stations, broken: vec![], strangers: 0, locked: None, broker, postgres, disks }
    }

    /// Where clients place orders, one root for each publisher.
    pub(super) fn publishers(&self) -> Vec<String> {
        let takes_orders = |station: &&Station| matches!(station.who, Who::Publisher(_) | Who::All);
        self.stations.iter().filter(takes_orders).map(Station::root).collect()
    }

    /// Where clients do all else.
    pub(super) fn backend(&self) -> String {
        let is_backend = |station: &&Station| matches!(station.who, Who::Backend | Who::All);
        self.stations.iter().find(is_backend).map(Station::root).unwrap()
    }

    /// To read the database behind the product's back.
    pub(super) fn database_url(&self) -> String {
        match (&self.hospital.database, &self.stations[0].disk) {
            (Some(database), _) => database.url().to_owned(),
            (None, Some(disk)) => format!("sqlite://{}", disk.path().join("data/botica.db").display()),
            (None, None) => format!("sqlite://{}", self.hospital.folder.path().join("botica.db").display()),
        }
    }

    fn station(&mut self, who: Who) -> &mut Station {
        self.stations.iter_mut().find(|station| station.who == who).unwrap()
    }

    fn relay(&mut self, who: Who, way: Way) -> &Relay {
        let station = self.station(who);
        match way {
            Way::Clients => &station.clients,
            Way::Broker => station.broker.as_ref().unwrap(),
            Way::Database => station.database.as_ref().unwrap(),
        }
    }

    async fn restart(&mut self, who: Who) {
        if let Err(error) = self.station(who).start(&[]).await {
            self.broken.push(format!("{who:?} can't be started: {error:#}"));
        }
    }

    /// Lets it happen.
    pub(super) async fn inject(&mut self, fault: Fault) -> anyhow::Result<()> {
        match fault {
            Fault::Killed(who) => self.station(who).kill(),
            Fault::Frozen(who) => self.station(who).signal("STOP")?,
            Fault::Stopped(who) => {
                if let Err(error) = self.station(who).stop().await {
                    self.broken.push(format!("{who:?} told to stop: {error:#}"));
                }
            }
            Fault::Dies(who, point, passing) => {
                let at = format!("{point}:{passing}");
                self.station(who).kill();
                self.station(who).start(&[("BOTICA_CRASH_AT", &at)]).await?;
            }
            Fault::WrongClock(who, seconds) => {
                let offset = format!("{seconds:+}s");
                self.station(who).kill();
                if Path::new(FAKETIME).exists() {
                    let clock =
                        [("LD_PRELOAD", FAKETIME), ("FAKETIME", &offset), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
                    self.station(who).start(&clock).await?;
                }
            }
            Fault::Cut(who, way) => drop(self.relay(who, way).cut()),
            Fault::BlackHole(who, way) => self.relay(who, way).hold(),
            Fault::HalfOpen(who, way) => self.relay(who, way).half_open(),
            Fault::Slow(who, way, delay) => self.relay(who, way).delay(delay),
            Fault::DiskFull(who) => self.station(who).disk.as_ref().unwrap().fill(0)?,
            Fault::BrokerKilled => self.broker.as_mut().unwrap().kill(),
            Fault::BrokerStopped => self.broker.as_ref().unwrap().control(&["stop_app"]).await?,
            Fault::BrokerFrozen => self.broker.as_ref().unwrap().freeze()?,
            Fault::BrokerInAlarm => self.broker.as_ref().unwrap().alarm(true).await?,
            Fault::BrokerClosesConnections => self.broker.as_ref().unwrap().close_connections().await?,
            Fault::BrokerDiskFull => self.disks.broker.as_ref().unwrap().fill(BROKER_ROOM)?,
            Fault::Strangers(count) => {
                for _ in 0..count {
                    let body = format!("stranger {} {}", self.strangers, "\0{]".repeat(self.strangers % 50));
                    self.hospital.queue.as_ref().unwrap().put_raw(body.as_bytes()).await?;
                    self.strangers += 1;
                }
            }
            Fault::DatabaseKilled => self.postgres.as_mut().unwrap().kill(),
            Fault::DatabaseFrozen => self.postgres.as_ref().unwrap().freeze()?,
            Fault::DatabaseReadOnly => self.read_only("on").await?,
            Fault::SessionsEnded => self.postgres.as_ref().unwrap().terminate_connections().await?,
            Fault::TableLocked => {
                let mut sql = self.hospital.sql().await;
                sql.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE").await?;
                self.locked = Some(sql);
            }
            Fault::DatabaseDiskFull => self.disks.database.as_ref().unwrap().fill(0)?,
        }
        Ok(())
    }

    /// Lets the faults last; some must be done again and again.
    pub(super) async fn last(&mut self, faults: &[Fault], lasting: Duration) {
        let until = Instant::now() + lasting;
        while Instant::now() < until {
            if faults.contains(&Fault::SessionsEnded) {
                // It may be too busy with the last one.
                drop(self.postgres.as_ref().unwrap().terminate_connections().await);
            }
            sleep(Duration::from_millis(100).min(until - Instant::now())).await;
        }
    }

    /// Undoes it.
    pub(super) async fn heal(&mut self, fault: Fault) -> anyhow::Result<()> {
        match fault {
            Fault::Killed(who) | Fault::Stopped(who) => self.restart(who).await,
            Fault::Frozen(who) => self.station(who).signal("CONT")?,
            Fault::Dies(who, ..) | Fault::WrongClock(who, _) => {
                self.station(who).kill();
                self.restart(who).await;
            }
            Fault::BlackHole(who, way) | Fault::Slow(who, way, _) => self.relay(who, way).release(),
            Fault::HalfOpen(who, way) => {
                self.relay(who, way).cut();
                self.relay(who, way).release();
            }
            Fault::DiskFull(who) => self.station(who).disk.as_ref().unwrap().empty()?,
            Fault::BrokerKilled => self.restart_broker().await?,
            Fault::BrokerStopped => self.broker.as_ref().unwrap().control(&["start_app"]).await?,
            Fault::BrokerFrozen => self.broker.as_ref().unwrap().thaw()?,
            Fault::BrokerInAlarm => self.broker.as_ref().unwrap().alarm(false).await?,
            Fault::BrokerDiskFull => self.disks.broker.as_ref().unwrap().empty()?,
            Fault::DatabaseKilled => self.postgres.as_mut().unwrap().restart().await?,
            Fault::DatabaseFrozen => self.postgres.as_ref().unwrap().thaw()?,
            Fault::DatabaseReadOnly => self.read_only("off").await?,
            Fault::TableLocked => self.locked = None,
            Fault::DatabaseDiskFull => {
                self.disks.database.as_ref().unwrap().empty()?;
                let postgres = self.postgres.as_mut().unwrap();
                // It ends when it can't write its log; a service manager starts it again.
                if postgres.has_ended() || postgres.execute("SELECT 1").await.is_err() {
                    postgres.restart().await?;
                }
            }
            Fault::Cut(..) | Fault::BrokerClosesConnections | Fault::Strangers(_) | Fault::SessionsEnded => {}
        }
        Ok(())
    }

    async fn restart_broker(&mut self) -> anyhow::Result<()> {
        let broker = self.broker.as_mut().unwrap();
        broker.restart().await?;
        if self.disks.broker.is_some() {
            broker.control(&["set_disk_free_limit", BROKER_RESERVE]).await?;
        }
        Ok(())
    }

    async fn read_only(&self, is_on: &str) -> anyhow::Result<()> {
        self.postgres.as_ref().unwrap().set("default_transaction_read_only", is_on).await
    }

    /// Starts again whoever ended without being told to, and puts that down.
    pub(super) async fn look_after(&mut self) {
        for number in 0..self.stations.len() {
            let station = &mut self.stations[number];
            let ended = station.product.as_mut().and_then(|product| product.end_status().unwrap());
            if let Some(status) = ended {
                let who = station.who;
                self.broken.push(format!("{who:?} ended by itself: {status}"));
                self.restart(who).await;
            }
        }
    }

    /// Stops all processes as an operator does, and keeps their logs.
    pub(super) async fn stop(&mut self) {
        for number in 0..self.stations.len() {
            if let Err(error) = self.stations[number].stop().await {
                self.broken.push(format!("{:?} told to stop: {error:#}", self.stations[number].who));
            }
        }
    }
}

impl Station {
    async fn new(
        who: Who,
        start: Start,
        folder: &Path,
        [broker, database]: [Option<Relay>; 2],
        disk: Option<SmallDisk>,
    ) -> Station {
        let log = folder.join(format!("{who:?}.log").replace(['(', ')'], ""));
        // Aimed at the process once that has a port.
        let clients = Relay::start("127.0.0.1:1".to_owned()).await.unwrap();
        Station { who, start, product: None, clients, broker, database, disk, log }
    }

    fn root(&self) -> String {
        format!("http://{}", self.clients.address())
    }

    /// Starts it, as often as it takes.
    async fn start(&mut self, env: &[(&str, &str)]) -> anyhow::Result<()> {
        let start = env.iter().fold(self.start.clone(), |start, (name, value)| start.env(name, *value));
        let deadline = Instant::now() + START;
        loop {
            let start = start.clone();
            match tokio::task::spawn_blocking(move || start.start()).await? {
                Ok(product) => {
                    self.clients.aim(product.address().to_string());
                    self.product = Some(product);
                    return Ok(());
                }
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(error) => self.keep_log(&[format!("not started: {error:#}")]),
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    fn kill(&mut self) {
        if let Some(mut product) = self.product.take() {
            self.keep_log(product.log());
            product.kill();
        }
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        self.product.as_ref().map_or(Ok(()), |product| product.signal(name))
    }

    async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut product) = self.product.take() else { return Ok(()) };
        let (product, outcome) = tokio::task::spawn_blocking(move || {
            let outcome = product.stop(STOP);
            (product, outcome)
        })
        .await?;
        self.product = Some(product);
        let outcome = outcome.map(drop);
        self.kill();
        outcome
    }

    fn keep_log(&self, lines: &[String]) {
        let mut file = File::options().create(true).append(true).open(&self.log).unwrap();
        file.write_all(lines.join("\n").as_bytes()).unwrap();
        file.write_all(b"\n").unwrap();
    }
}

/// This URL, with the relay in place of its host.
fn through(url: &str, relay: &Relay) -> String {
    let (before, rest) = url.rsplit_once('@').unwrap();
    let (_, path) = rest.split_once('/').unwrap();
    format!("{before}@{}/{path}", relay.address())
}
