//! The hosts, and what runs on each.

use std::collections::BTreeMap;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use testkit::broker::PrivateBroker;
use testkit::checker;
use testkit::journal::{self, Journal};
use testkit::network::Network;
use testkit::postgres::PrivatePostgres;
use testkit::product::{Product, Start, command};
use testkit::sql::connect;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::faults::storm::clients::{Clients, Token, impatient};
use crate::hospital::{ADMIN, BINARY, PASSWORD, SOON, answer, id};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");
/// Where the environment files have Botica listen, and HAProxy people.
const PORT: u16 = 8000;
const PEOPLE: u16 = 8443;

pub(super) struct Site {
    processes: BTreeMap<&'static str, Product>,
    balancer: Option<Child>,
    broker: PrivateBroker,
    _postgres: PrivatePostgres,
    pub(super) database_url: String,
    folder: tempfile::TempDir,
    pub(super) network: Network,
    /// Which unit runs on which host.
    units: Vec<(&'static str, &'static str)>,
    token: String,
    dispenser: Uuid,
    medications: [Uuid; 2],
}

impl Site {
    /// A broker's host, a consumer's, and one of backend and publisher together.
    pub(super) async fn of_three_hosts() -> Site {
        Site::of(vec![("backend", "backend"), ("consumer", "consumer")]).await
    }

    /// Two publishers, two backends and two consumers, each on a host of its own.
    pub(super) async fn of_two_of_each() -> Site {
        let units = ["backend-1", "backend-2", "publisher-1", "publisher-2", "consumer-1", "consumer-2"];
        Site::of(units.into_iter().map(|name| (name, name.split('-').next().unwrap())).collect()).await
    }

    async fn of(units: Vec<(&'static str, &'static str)>) -> Site {
        let hosts: Vec<&str> = units.iter().map(|(name, _)| *name).chain(["broker", "database", "balancer"]).collect();
        let network = Network::new(&hosts).unwrap();
        let broker = PrivateBroker::start_on(network.host("broker")).await.unwrap();
        let postgres = PrivatePostgres::start_on(network.host("database")).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut site = Site {
            processes: BTreeMap::new(),
            balancer: None,
            database_url: postgres.url(),
            broker,
            _postgres: postgres,
            folder,
            network,
            units,
            token: String::new(),
            dispenser: Uuid::nil(),
            medications: [Uuid::nil(); 2],
        };
        site.write_secrets();
        site.create_admin();
        for (name, _) in site.units.clone() {
            site.start(name).await;
        }
        site.start_balancer();
        site.is_ready().await;
        site.fill().await;
        site
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// As docs/deploy.md lists them, a file each.
    fn write_secrets(&self) {
        let key = || rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
        let certified = rcgen::generate_simple_self_signed(["botica.hospital.example".to_owned()]).unwrap();
        for (name, text) in [
            ("database_url", self.database_url.clone()),
            ("amqp_url", self.broker.url()),
            ("token_key.pem", key()),
            ("audit_key.pem", key()),
            ("certificate.pem", certified.cert.pem() + &certified.signing_key.serialize_pem()),
        ] {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.create_new(true).write(true).mode(0o600).open(self.secret(name)).unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        }
    }

    fn create_admin(&self) {
        std::fs::write(self.secret("password"), PASSWORD).unwrap();
        let mut create = command(BINARY.as_ref());
        create.args(["admin", "create", "--name", "Administração", "--email", ADMIN, "--password-file"]);
        create.arg(self.secret("password")).env("DATABASE_URL_FILE", self.secret("database_url"));
        assert!(create.status().unwrap().success());
    }

    /// Starts what runs on this host, with its environment file and what its unit adds.
    pub(super) async fn start(&mut self, name: &'static str) {
        let unit = self.units.iter().find(|(host, _)| *host == name).unwrap().1;
        let mut start = Start::plain(BINARY).args(["serve"]).on(self.network.host(name));
        let files = [format!("{unit}.env"), format!("botica@{unit}.service.d/secrets.conf")];
        for file in files {
            let text = std::fs::read_to_string(Path::new(DEPLOY).join("systemd").join(file)).unwrap();
            for line in text.lines().filter(|line| !line.starts_with(['#', '[']) && !line.is_empty()) {
                let line = line.strip_prefix("Environment=").unwrap_or(line);
                if let Some((setting, value)) = line.split_once('=').filter(|(setting, _)| *setting != "LoadCredential")
                {
                    start = start.env(setting, value.replace("%d", self.folder.path().to_str().unwrap()));
                }
            }
        }
        let data = self.folder.path().join(format!("data-{name}"));
        start = start
            .env("BOTICA_DATA_DIR", data.to_str().unwrap())
            .env("BOTICA_TRUSTED_PROXIES", self.network.host("balancer").address())
            // One administrator places more than any person would.
            .env("BOTICA_ORDERS_PER_ACCOUNT", "0")
            .env("BOTICA_ORDERS_PER_ADDRESS", "0");
        if unit == "publisher" {
            let backend = self.network.host("backend-2").address();
            start = start.env("BOTICA_JWKS_URL", format!("http://{backend}:{PORT}/.well-known/jwks.json"));
        }
        let started = tokio::task::spawn_blocking(move || start.start()).await.unwrap().unwrap();
        self.processes.insert(name, started);
    }

    pub(super) fn kill(&mut self, name: &str) {
        self.processes.remove(name).unwrap().kill();
    }

    /// As in an upgrade: told to stop, and started again.
    pub(super) async fn restart(&mut self, name: &'static str) {
        let mut process = self.processes.remove(name).unwrap();
        let status = tokio::task::spawn_blocking(move || process.stop(SOON)).await.unwrap().unwrap();
        assert!(status.success(), "{name}: {status}");
        self.start(name).await;
    }

    pub(super) async fn restart_broker(&mut self) {
        self.broker.restart().await.unwrap();
    }

    /// The configuration that ships; where there is one server of a kind, without the line of the second.
    fn start_balancer(&mut self) {
        let shipped = std::fs::read_to_string(Path::new(DEPLOY).join("haproxy/haproxy.cfg")).unwrap();
        let address = |name: &str| {
            let is_there = self.units.iter().any(|(host, _)| *host == name);
            is_there.then(|| format!("{}:{PORT}", self.network.host(name).address()))
        };
        let together = address("backend");
        let mut config = String::new();
        for line in shipped.lines() {
            let is_second = line.contains("_2}\"");
            if !(is_second && together.is_some()) {
                config.push_str(line);
                config.push('\n');
            }
        }
        let file = self.folder.path().join("haproxy.cfg");
        std::fs::write(&file, config).unwrap();
        let mut haproxy = self.network.host("balancer").command(Path::new("haproxy"));
        haproxy.arg("-db").arg("-f").arg(&file).env("CERTIFICATE", self.secret("certificate.pem"));
        for (variable, name) in [
            ("PUBLISHER_1", "publisher-1"),
            ("PUBLISHER_2", "publisher-2"),
            ("BACKEND_1", "backend-1"),
            ("BACKEND_2", "backend-2"),
        ] {
            if let Some(address) = address(name).or_else(|| together.clone()) {
                haproxy.env(variable, address);
            }
        }
        let log = std::fs::File::create(self.folder.path().join("haproxy.log")).unwrap();
        haproxy.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.balancer = Some(haproxy.spawn().unwrap());
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}:{PEOPLE}{path}", self.network.host("balancer").address())
    }

    /// A client that waits for an answer as long as it takes: a stream has no end.
    pub(super) fn patient(&self) -> Client {
        Client::builder().tls_danger_accept_invalid_certs(true).build().unwrap()
    }

    /// Waits until the balancer has somebody to ask.
    pub(super) async fn is_ready(&self) {
        let http = impatient().tls_danger_accept_invalid_certs(true).build().unwrap();
        let deadline = Instant::now() + 2 * SOON;
        loop {
            // Without a token: 401 comes from a publisher and from a backend, 503 from the balancer.
            let place = http.post(self.url("/orders")).json(&json!({})).send().await;
            let list = http.get(self.url("/orders")).send().await;
            let is_there =
                |answer: &Result<reqwest::Response, _>| answer.as_ref().is_ok_and(|answer| answer.status() == 401);
            if is_there(&place) && is_there(&list) {
                return;
            }
            assert!(Instant::now() < deadline, "nobody answers: {place:?} {list:?}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn fill(&mut self) {
        let http = impatient().tls_danger_accept_invalid_certs(true).build().unwrap();
        let login = json!({ "email": ADMIN, "password": PASSWORD });
        let signed_in = answer(http.post(self.url("/login")).json(&login).send().await.unwrap()).await;
        signed_in["access_token"].as_str().unwrap().clone_into(&mut self.token);
        let make = async |path: &str, body: Value| -> Uuid {
            let made = http.post(self.url(path)).bearer_auth(&self.token).json(&body).send().await.unwrap();
            id(&answer(made).await).parse().unwrap()
        };
        let first = make("/medications", json!({ "name": "Dipirona 500 mg" })).await;
        let second = make("/medications", json!({ "name": "Glicose 5% 500 mL" })).await;
        let dispenser = make("/dispensers", json!({ "name": "UTI 1", "ward": "UTI Adulto" })).await;
        (self.medications, self.dispenser) = ([first, second], dispenser);
    }

    pub(super) fn clients(&self) -> Arc<Clients> {
        Arc::new(Clients {
            seed: 1,
            http: impatient().tls_danger_accept_invalid_certs(true).build().unwrap(),
            publishers: vec![self.url("")],
            backend: self.url(""),
            dispenser: self.dispenser,
            medications: self.medications,
            journal: Journal::create(&self.journal()).unwrap(),
            accepted: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
            most_attempts: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            token: Token::new(self.token.clone()),
        })
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal.jsonl")
    }

    /// Waits until all that was accepted is stored, and finds nothing lost, doubled, made up, refused or spoilt.
    pub(super) async fn all_is_stored(&self, clients: &Clients, within: Duration) {
        let accepted = i64::try_from(clients.accepted.load(Ordering::Relaxed)).unwrap();
        let deadline = Instant::now() + within;
        while connect(&self.database_url).await.unwrap().count("orders").await.unwrap() < accepted {
            assert!(Instant::now() < deadline, "not all that was accepted is stored");
            sleep(Duration::from_millis(100)).await;
        }
        let stored = testkit::stored::orders(&self.database_url).await.unwrap();
        let verdict = checker::check(&journal::read(&self.journal()).unwrap(), &stored);
        assert!(verdict.is_good(), "{verdict:?}");
        assert_eq!(connect(&self.database_url).await.unwrap().count("dead_letters").await.unwrap(), 0);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut balancer) = self.balancer.take() {
            // Either fails only when it has ended already.
            drop(balancer.kill());
            drop(balancer.wait());
        }
    }
}
