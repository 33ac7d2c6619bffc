//! `botica doctor` beside set-ups that are broken: its first line names the fault and what to do.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{CertificateParams, CertifiedKey, KeyPair, generate_simple_self_signed};
use testkit::product::command;
use testkit::small_disk::SmallDisk;
use testkit::sql;

use crate::hospital::{BINARY, Hospital};

/// A data folder, and what is set beside it.
struct Host {
    folder: tempfile::TempDir,
    set: Vec<(&'static str, String)>,
}

impl Host {
    fn new() -> Host {
        Host { folder: tempfile::tempdir().unwrap(), set: vec![] }
    }

    /// One whose database is up to date.
    fn migrated() -> Host {
        let host = Host::new();
        assert!(host.run(&["migrate"]).status.success());
        host
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Host {
        self.set.push((name, value.into()));
        self
    }

    fn file(&self, name: &str, text: &str) -> String {
        let file = self.folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn run(&self, args: &[&str]) -> std::process::Output {
        let mut botica = command(BINARY.as_ref());
        // Nobody else's port; what is set goes before it.
        botica.args(args).env("BOTICA_LISTEN", "127.0.0.1:0").env("BOTICA_DATA_DIR", self.folder.path());
        botica.envs(self.set.iter().map(|(name, value)| (*name, value.as_str()))).output().unwrap()
    }

    /// That the doctor finds something wrong, and its first line has all of `words`.
    #[track_caller]
    fn is_told(&self, words: &[&str]) {
        let output = self.run(&["doctor"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let first = said.lines().next().unwrap_or_default();
        assert!(!output.status.success() && first.starts_with("WRONG  "), "{said}\n{output:?}");
        for word in words {
            assert!(first.contains(word), "{word:?} is not in the first line of:\n{said}");
        }
        assert!(!said.contains("verborgen"), "a password was shown: {said}");
    }

    #[track_caller]
    fn is_well(&self) {
        let output = self.run(&["doctor"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// An address that nobody listens on.
fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Answers every request with this text, until the test ends.
fn stranger(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let length = answer.len();
            // Who asked may have gone.
            drop(stream.read(&mut [0; 4096]));
            drop(write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"));
        }
    });
    address
}

#[test]
fn a_name_that_is_no_setting() {
    let host = Host::migrated();
    host.is_well();
    host.with("BOTICA_DATA_DIRR", "/x").is_told(&["BOTICA_DATA_DIRR is no setting", "did you mean BOTICA_DATA_DIR?"]);
}

#[test]
fn a_data_folder_that_can_not_be_written() {
    let host = Host::new();
    let file = host.file("file", "");
    host.with("BOTICA_DATA_DIR", format!("{file}/data")).is_told(&["disk", "can't make", "BOTICA_DATA_DIR"]);
}

#[test]
fn a_disk_that_is_nearly_full() {
    if !SmallDisk::is_possible() {
        return;
    }
    let disk = SmallDisk::new(8).unwrap();
    Host::new()
        .with("BOTICA_DATA_DIR", disk.path().to_str().unwrap())
        .is_told(&["MiB free, less than 512", "make room"]);
}

#[test]
fn a_port_that_another_program_has() {
    let taken = stranger("{}");
    Host::migrated().with("BOTICA_LISTEN", taken.to_string()).is_told(&["taken by another program", "BOTICA_LISTEN"]);
}

#[tokio::test]
async fn two_processes_on_one_data_folder_or_one_port() {
    let hospital = Hospital::embedded().await;
    let running = hospital.backend.as_ref().unwrap().address();
    let there = || Host::new().with("BOTICA_DATA_DIR", hospital.folder.path().to_str().unwrap());
    there().with("BOTICA_LISTEN", running.to_string()).is_well();
    there().with("BOTICA_LISTEN", nobody().to_string()).is_told(&["in use by another Botica", "BOTICA_DATA_DIR"]);
    Host::migrated()
        .with("BOTICA_LISTEN", running.to_string())
        .is_told(&["taken by another Botica, which does not use"]);
}

#[test]
fn a_token_key_that_is_missing_open_to_others_or_none() {
    let host = Host::migrated();
    let missing = host.folder.path().join("nowhere.pem").display().to_string();
    let host = host.with("BOTICA_TOKEN_KEY_FILE", &missing);
    host.is_told(&["token key", "nowhere.pem", "No such file", "BOTICA_TOKEN_KEY_FILE"]);
    host.file("nowhere.pem", &KeyPair::generate().unwrap().serialize_pem());
    host.is_told(&["no Ed25519 private key", "openssl genpkey -algorithm ed25519"]);

    let host = Host::migrated();
    // Makes a good one.
    assert!(host.run(&["audit", "key"]).status.success());
    let key = host.folder.path().join("audit-key.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let key = key.display().to_string();
    host.is_told(&["audit key", "mode 0644", "chmod 600"]);
    host.with("BOTICA_TOKEN_KEY_FILE", &key).is_told(&["token key", "mode 0644", "chmod 600"]);
}

#[test]
fn a_certificate_that_has_expired_or_is_of_another_key() {
    let host = Host::migrated();
    let (certificate, key) = (host.file("certificate.pem", ""), host.file("tls-key.pem", ""));
    let host = host.with("BOTICA_TLS_CERTIFICATE", &certificate).with("BOTICA_TLS_KEY", &key);
    host.is_told(&["holds no certificate", "it must hold"]);

    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    host.file("certificate.pem", &cert.pem());
    host.file("tls-key.pem", &KeyPair::generate().unwrap().serialize_pem());
    host.is_told(&["tls", "can't be used with the key", "give the key that the certificate was made for"]);
    host.file("tls-key.pem", &signing_key.serialize_pem());
    host.is_well();

    let mut old = CertificateParams::new(["localhost".to_owned()]).unwrap();
    old.not_before = rcgen::date_time_ymd(2020, 1, 1);
    old.not_after = rcgen::date_time_ymd(2021, 1, 1);
    host.file("certificate.pem", &old.self_signed(&signing_key).unwrap().pem());
    host.is_told(&["expired on 2021-01-01", "put a renewed one there"]);
}

/// A publisher whose broker is not looked at: what comes before it is wrong.
fn publisher(jwks: String) -> Host {
    Host::new()
        .with("BOTICA_ROLE", "publisher")
        .with("AMQP_URL", format!("amqp://guest:verborgen@{}/%2f", nobody()))
        .with("BOTICA_JWKS_URL", jwks)
}

#[test]
fn token_keys_that_can_not_be_fetched_or_are_none() {
    let to = |address| publisher(format!("http://{address}/.well-known/jwks.json"));
    to(nobody()).is_told(&["token keys", "nothing answers there", "start the backend, or correct BOTICA_JWKS_URL"]);
    to(stranger("<html>")).is_told(&["not a JSON Web Key Set", "BOTICA_JWKS_URL is"]);
    to(stranger("{\"keys\":[]}")).is_told(&["has no Ed25519 key", "BOTICA_JWKS_URL is"]);
}

#[test]
fn a_database_that_does_not_answer() {
    let url = format!("postgres://botica:verborgen@{}/botica", nobody());
    Host::new().with("DATABASE_URL", url).is_told(&[
        "database",
        "does not answer at 127.0.0.1:",
        "start it, or correct",
    ]);
}

#[test]
fn a_schema_that_is_behind() {
    Host::new().is_told(&["database", "migration(s) behind", "botica migrate"]);
}

#[tokio::test]
async fn a_schema_that_is_newer() {
    let host = Host::migrated();
    let file = format!("sqlite://{}", host.folder.path().join("botica.db").display());
    let later = "INSERT INTO seaql_migrations VALUES ('m9999_later', 0)";
    sql::connect(&file).await.unwrap().execute(later).await.unwrap();
    host.is_told(&["a newer Botica wrote this database (it has m9999_later)", "start that version"]);
}

#[test]
fn a_broker_that_does_not_answer() {
    let url = format!("amqp://guest:verborgen@{}/%2f", nobody());
    Host::migrated().with("AMQP_URL", url).is_told(&["broker", "connection refused", "Check AMQP_URL"]);
}

mod postgres {
    use testkit::postgres::PrivatePostgres;
    use testkit::services::PostgresDatabase;

    use super::*;

    #[tokio::test]
    async fn a_role_or_a_database_that_is_not_there() {
        let database = PostgresDatabase::create().await.unwrap();
        let (server, name) = database.url().rsplit_once('/').unwrap();
        let address = server.rsplit_once('@').unwrap().1;
        let strange = format!("postgres://botica_nobody@{address}/{name}");
        Host::new().with("DATABASE_URL", strange).is_told(&["\"botica_nobody\"", "does not exist", "CREATE ROLE"]);
        let missing = format!("{server}/botica_nowhere");
        Host::new().with("DATABASE_URL", missing).is_told(&["no database \"botica_nowhere\"", "CREATE DATABASE"]);
    }

    #[tokio::test]
    async fn a_clock_that_is_apart() {
        let database = PostgresDatabase::create().await.unwrap();
        let host = Host::new().with("DATABASE_URL", database.url());
        assert!(host.run(&["migrate"]).status.success());
        host.is_well();
        // To this database it is an hour later.
        let name = database.url().rsplit_once('/').unwrap().1;
        let mut sql = sql::connect(database.url()).await.unwrap();
        let later = "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS \
                     'SELECT pg_catalog.clock_timestamp() + interval ''1 hour'''";
        sql.execute(later).await.unwrap();
        sql.execute(&format!("ALTER DATABASE \"{name}\" SET search_path = public, pg_catalog")).await.unwrap();
        host.is_told(&["clock", "s apart", "NTP"]);
    }

    #[tokio::test]
    async fn a_password_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        // The server's own user has to get in.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let server = PrivatePostgres::start_in(folder.path()).await.unwrap();
        server.execute("CREATE ROLE locked LOGIN PASSWORD 'right'").await.unwrap();
        let rules = find(folder.path(), "pg_hba.conf").unwrap();
        let trusting = std::fs::read_to_string(&rules).unwrap();
        std::fs::write(&rules, format!("host all locked 127.0.0.1/32 scram-sha-256\n{trusting}")).unwrap();
        server.execute("SELECT pg_reload_conf()").await.unwrap();
        let url = format!("postgres://locked:verborgen@{}/postgres", server.address());
        let host = Host::new().with("DATABASE_URL", url);
        let deadline = std::time::Instant::now() + crate::hospital::SOON;
        // The server takes its rules up a moment later.
        while !String::from_utf8_lossy(&host.run(&["doctor"]).stdout).contains("password") {
            assert!(std::time::Instant::now() < deadline, "{:?}", host.run(&["doctor"]));
        }
        host.is_told(&["refuses the password of the user \"locked\"", "correct the password in DATABASE_URL"]);
    }

    fn find(folder: &Path, name: &str) -> Option<std::path::PathBuf> {
        std::fs::read_dir(folder).ok()?.find_map(|entry| {
            let path = entry.ok()?.path();
            if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) }
        })
    }
}

mod rabbitmq {
    use queue::Publish;
    use queue::rabbitmq::{RabbitOptions, RabbitQueue};
    use testkit::product::Start;
    use testkit::services::FreshQueue;

    use super::*;

    #[test]
    fn a_password_that_is_wrong() {
        let address = testkit::services::amqp_url().rsplit_once('@').unwrap().1.to_owned();
        let host = Host::migrated().with("AMQP_URL", format!("amqp://guest:verborgen@{address}"));
        host.is_told(&["broker", "refused the user, its password", "Check AMQP_URL"]);
    }

    #[tokio::test]
    async fn a_queue_that_was_declared_otherwise() {
        let queue = FreshQueue::new();
        let host = Host::migrated().with("AMQP_URL", queue.url()).with("BOTICA_AMQP_QUEUE", queue.name());
        host.is_well();
        let otherwise =
            RabbitOptions { queue: queue.name().to_owned(), max_length: Some(7), ..RabbitOptions::new(queue.url()) };
        let otherwise = RabbitQueue::new(otherwise).unwrap();
        let publisher = otherwise.publisher();
        tokio::time::timeout(crate::hospital::SOON, publisher.link().up()).await.unwrap();
        otherwise.close().await;
        host.is_told(&["exists with other settings", "delete it, and it is made anew"]);
    }

    #[tokio::test]
    async fn a_spool_that_is_full_or_old() {
        let queue = FreshQueue::new();
        let host = Host::new();
        let key = host.file("public.pem", &String::from_utf8(host.run(&["audit", "key"]).stdout).unwrap());
        let args = ["--role", "publisher", "--token-public-key-file", &key, "--data-dir"];
        let away = format!("amqp://guest:guest@{}/%2f", nobody());
        let folder = host.folder.path().to_owned();
        // Makes the spool, and is gone.
        let start = Start::serve(BINARY).args(args).args([folder.to_str().unwrap()]).env("AMQP_URL", away);
        start.start().unwrap().kill();
        let host = host
            .with("BOTICA_ROLE", "publisher")
            .with("BOTICA_TOKEN_PUBLIC_KEY_FILE", &key)
            .with("AMQP_URL", queue.url())
            .with("BOTICA_AMQP_QUEUE", queue.name());
        host.is_well();
        let mut spool = sql::connect(&format!("sqlite://{}", folder.join("spool.db").display())).await.unwrap();
        let hour_ago = "INSERT INTO messages (body, placed_at) VALUES (x'00', (unixepoch() - 3600) * 1000)";
        spool.execute(hour_ago).await.unwrap();
        host.is_told(&["spool", "1 orders wait, the oldest for 1h", "handed on once"]);
        spool.execute(hour_ago).await.unwrap();
        let host = host.with("BOTICA_SPOOL_CAPACITY", "2");
        host.is_told(&["spool", "2 of at most 2 orders wait", "raise BOTICA_SPOOL_CAPACITY"]);
    }
}
