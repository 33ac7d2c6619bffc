//! `botica backup` and `botica restore`, in embedded mode.

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use testkit::product::{Start, command};

use crate::audit::{botica, said};
use crate::hospital::{BINARY, Hospital, SOON, hex, id};

/// Takes a backup of the running hospital; the folder that appeared.
fn back_up(hospital: &Hospital, target: &Path) -> PathBuf {
    let taken = botica(hospital, &["backup", target.to_str().unwrap()]);
    assert!(taken.status.success(), "{}", said(&taken));
    let [folder] = visible(target).try_into().unwrap();
    folder
}

/// What is in a folder and not hidden.
fn visible(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.')).collect()
}

fn restore(backup: &Path, data: &Path, args: &[&str]) -> Output {
    let mut restore = command(BINARY.as_ref());
    restore.arg("restore").arg(backup).args(args).arg("--data-dir").arg(data).output().unwrap()
}

fn manifest(backup: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(backup.join("manifest.json")).unwrap()).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Orders placed all the time by several clients, and those that were accepted.
struct Load {
    accepted: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    clients: tokio::task::JoinSet<()>,
}

impl Load {
    fn on(hospital: &Hospital) -> Load {
        let (accepted, stop) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (accepted, stop, order) = (Arc::clone(&accepted), Arc::clone(&stop), hospital.order());
            let request = hospital.request(Method::POST, "/orders");
            clients.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let mut order = order.clone();
                    order["id"] = uuid::Uuid::now_v7().to_string().into();
                    let answer = request.try_clone().unwrap().json(&order).send().await.unwrap();
                    assert_eq!(answer.status(), StatusCode::ACCEPTED);
                    accepted.lock().unwrap().push(id(&order));
                }
            });
        }
        Load { accepted, stop, clients }
    }

    fn accepted(&self) -> Vec<String> {
        self.accepted.lock().unwrap().clone()
    }

    async fn until(&self, count: usize) {
        let deadline = std::time::Instant::now() + SOON;
        while self.accepted.lock().unwrap().len() < count {
            assert!(std::time::Instant::now() < deadline, "{} orders", self.accepted.lock().unwrap().len());
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    async fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(client) = self.clients.join_next().await {
            client.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_before_a_backup_under_load_is_there_once_after_the_restore() {
    let mut hospital = Hospital::embedded_with(&["--checkpoint-every", "1s"]).await;
    let load = Load::on(&hospital);
    let target = tempfile::tempdir().unwrap();
    for round in 1..=3 {
        load.until(round * 150).await;
        let before = load.accepted();
        let backup = back_up(&hospital, &target.path().join(round.to_string()));
        assert!(load.accepted().len() >= before.len());
        let manifest = manifest(&backup);
        assert_eq!(mode(&backup), 0o700);
        for file in std::fs::read_dir(&backup).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains("PRIVATE KEY"), "a key is in {}", path.display());
        }
        let sums =
            std::process::Command::new("sha256sum").args(["--check", "SHA256SUMS"]).current_dir(&backup).output();
        assert!(sums.unwrap().status.success());

        let elsewhere = tempfile::tempdir().unwrap();
        let data = elsewhere.path().join("data");
        let restored = restore(&backup, &data, &[]);
        assert!(restored.status.success(), "{}", said(&restored));
        assert!(said(&restored).contains("The record holds, up to row"), "{}", said(&restored));
        let file = format!("sqlite://{}", data.join("botica.db").display());
        let mut sql = testkit::sql::connect(&file).await.unwrap();
        for (table, key) in
            [("orders", "orders"), ("order_events", "events"), ("admin_changes", "administrative_changes")]
        {
            assert_eq!(manifest[key], sql.count(table).await.unwrap(), "{table}");
        }
        assert_eq!(
            manifest["last_seq"],
            sql.count("(SELECT 1 FROM order_events UNION ALL SELECT 1 FROM admin_changes)").await.unwrap()
        );

        // What the queue held is stored by the first start.
        let mut product = Start::serve(BINARY).args(["--data-dir", data.to_str().unwrap()]).start().unwrap();
        drained(&data).await;
        assert!(product.stop(SOON).unwrap().success());
        let stored = testkit::stored::orders(&file).await.unwrap();
        let once: HashSet<String> =
            stored.iter().filter(|order| order.placing_events == 1).map(|order| order.id.to_string()).collect();
        assert_eq!(once.len(), stored.len(), "each order has one effect");
        let lost: Vec<_> = before.iter().filter(|id| !once.contains(*id)).collect();
        assert!(lost.is_empty(), "{} of {} lost: {lost:?}", lost.len(), before.len());
        let verified = command(BINARY.as_ref()).args(["audit", "verify", "--data-dir"]).arg(&data).output().unwrap();
        assert!(verified.status.success(), "{}", said(&verified));
    }
    load.end().await;
    assert!(hospital.backend.as_mut().unwrap().stop(SOON).unwrap().success());
}

#[tokio::test]
async fn what_moves_to_the_database_while_a_backup_is_taken_is_in_one_of_its_copies() {
    // Small batches, so that backups fall between them.
    let mut hospital = Hospital::embedded_with(&["--batch-size", "10"]).await;
    hospital.backend.take().unwrap().kill();
    let orders: Vec<Value> = (0..5000).map(|_| hospital.order()).collect();
    let rows = orders.iter().map(|order| format!("(x'{}')", hex(&hospital.message(order)))).collect::<Vec<_>>();
    let queue = format!("sqlite://{}", hospital.folder.path().join("order_queue.db").display());
    let mut sql = testkit::sql::connect(&queue).await.unwrap();
    sql.execute(&format!("INSERT INTO messages (body) VALUES {}", rows.join(","))).await.unwrap();
    // They are stored, a batch at a time, from now on.
    hospital.start_backend();
    let target = tempfile::tempdir().unwrap();
    let mut backups: Vec<PathBuf> = vec![];
    // As long as orders move.
    while backups.last().is_none_or(|backup| manifest(backup)["waiting"] != 0) {
        backups.push(back_up(&hospital, &target.path().join(backups.len().to_string())));
        let manifest = manifest(backups.last().unwrap());
        let (waiting, stored) = (manifest["waiting"].as_u64().unwrap(), manifest["orders"].as_u64().unwrap());
        assert!(waiting + stored >= 5000, "{waiting} wait and {stored} are stored");
    }
    assert!(backups.len() > 1, "the first backup came too late");
    let backup = &backups[0];
    hospital.backend.take().unwrap().kill();

    hospital.folder = tempfile::tempdir().unwrap();
    let restored = restore(backup, hospital.folder.path(), &[]);
    assert!(restored.status.success(), "an empty folder is taken: {}", said(&restored));
    hospital.start_backend();
    drained(hospital.folder.path()).await;
    let file = format!("sqlite://{}", hospital.folder.path().join("botica.db").display());
    let stored = testkit::stored::orders(&file).await.unwrap();
    assert!(stored.iter().all(|order| order.placing_events == 1));
    let stored: HashSet<String> = stored.iter().map(|order| order.id.to_string()).collect();
    let lost = orders.iter().filter(|order| !stored.contains(&id(order))).count();
    assert_eq!((lost, stored.len()), (0, 5000));
}

/// Waits until the local queue of this data folder is empty.
async fn drained(data: &Path) {
    let url = format!("sqlite://{}", data.join("order_queue.db").display());
    let mut queue = testkit::sql::connect(&url).await.unwrap();
    let deadline = std::time::Instant::now() + SOON;
    while queue.count("messages").await.unwrap() > 0 {
        assert!(std::time::Instant::now() < deadline, "the queue is not drained");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_interrupted_backup_leaves_nothing_that_looks_complete() {
    let hospital = Hospital::embedded().await;
    for point in ["backup.after_queue", "backup.after_database", "backup.before_rename"] {
        let target = tempfile::tempdir().unwrap();
        let mut backup = command(BINARY.as_ref());
        backup.arg("backup").arg(target.path()).arg("--data-dir").arg(hospital.folder.path());
        let died = backup.env("BOTICA_CRASH_AT", point).output().unwrap();
        assert!(!died.status.success(), "{point}");
        assert!(visible(target.path()).is_empty(), "{point}: {:?}", visible(target.path()));
        let [left] = std::fs::read_dir(target.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        if point != "backup.before_rename" {
            let refused = restore(&left, &target.path().join("data"), &[]);
            assert!(!refused.status.success() && said(&refused).contains("no complete backup"), "{}", said(&refused));
        }
    }
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_the_file_is_named() {
    let hospital = Hospital::embedded_with(&["--checkpoint-every", "1s"]).await;
    hospital.place(&hospital.order()).await;
    let target = tempfile::tempdir().unwrap();
    let backup = back_up(&hospital, target.path());
    let data = target.path().join("data");
    for name in ["botica.db", "order_queue.db", "audit-checkpoints", "audit-key-public.pem", "manifest.json"] {
        let file = backup.join(name);
        let whole = std::fs::read(&file).unwrap();
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0x20;
        std::fs::write(&file, &damaged).unwrap();
        let refused = restore(&backup, &data, &[]);
        let text = said(&refused);
        assert!(!refused.status.success() && text.contains(&format!("{name} in ")), "{name}: {text}");
        assert!(text.contains("was damaged"), "{name}: {text}");
        std::fs::remove_file(&file).unwrap();
        let refused = restore(&backup, &data, &[]);
        assert!(!refused.status.success() && said(&refused).contains(name), "{name}: {}", said(&refused));
        std::fs::write(&file, &whole).unwrap();
    }
    assert!(!data.exists());
    let [left] = visible(target.path()).try_into().unwrap();
    assert_eq!(left, backup, "and nothing is left of the attempts");
    assert!(restore(&backup, &data, &[]).status.success());
}

#[tokio::test]
async fn a_restore_takes_no_folder_that_is_in_use_and_keeps_what_was_there() {
    let mut hospital = Hospital::embedded().await;
    let order = hospital.order();
    hospital.place(&order).await;
    hospital.stored(&id(&order), SOON).await;
    let target = tempfile::tempdir().unwrap();
    let backup = back_up(&hospital, target.path());
    let data = target.path().join("data");
    let start = || Start::serve(BINARY).args(["--data-dir", data.to_str().unwrap()]);
    let mut first = start().start().unwrap();
    for args in [&[][..], &["--replace"]] {
        let refused = restore(&backup, &data, args);
        assert!(!refused.status.success() && said(&refused).contains("in use"), "{}", said(&refused));
    }
    assert!(first.stop(SOON).unwrap().success());
    std::fs::write(data.join("mark"), "old").unwrap();
    let refused = restore(&backup, &data, &[]);
    assert!(!refused.status.success() && said(&refused).contains("--replace"), "{}", said(&refused));
    let replaced = restore(&backup, &data, &["--replace"]);
    assert!(replaced.status.success(), "{}", said(&replaced));
    assert!(!data.join("mark").exists());
    let aside = visible(target.path()).into_iter().find(|path| path.join("mark").exists()).unwrap();
    assert!(said(&replaced).contains(aside.to_str().unwrap()), "{}", said(&replaced));

    hospital.backend.take().unwrap().kill();
    let mut product = start().start().unwrap();
    let log = product.log().join("\n");
    assert!(!log.contains("ends before its last checkpoint"), "{log}");
    let login = serde_json::json!({ "email": crate::hospital::ADMIN, "password": crate::hospital::PASSWORD });
    let entered = hospital.client.post(product.url("/login")).json(&login).send().await.unwrap();
    assert_eq!(entered.status(), StatusCode::OK);
    let old = hospital.client.get(product.url("/me")).bearer_auth(&hospital.token).send().await.unwrap();
    assert_eq!(old.status(), StatusCode::UNAUTHORIZED, "what was signed before is not believed any more");
    assert!(product.stop(SOON).unwrap().success());
}

#[tokio::test]
async fn who_comes_back_to_a_stream_after_a_restore_is_told_to_read_anew() {
    let mut hospital = Hospital::embedded().await;
    let target = tempfile::tempdir().unwrap();
    let backup = back_up(&hospital, target.path());
    let end = manifest(&backup)["last_seq"].as_i64().unwrap();
    let order = hospital.order();
    hospital.place(&order).await;
    let last = hospital.stored(&id(&order), SOON).await["events"][0]["seq"].as_i64().unwrap();
    assert!(last > end);
    hospital.backend.take().unwrap().kill();
    hospital.folder = tempfile::tempdir().unwrap();
    let restored = restore(&backup, hospital.folder.path(), &[]);
    assert!(restored.status.success(), "{}", said(&restored));
    hospital.start_backend();
    hospital.token = hospital.login(crate::hospital::ADMIN, crate::hospital::PASSWORD).await;
    // The number that the client has is given again, to another event.
    for _ in 0..2 {
        let other = hospital.order();
        hospital.place(&other).await;
        hospital.stored(&id(&other), SOON).await;
    }
    for (had, first) in [(last, "event: resync"), (end, "data: {\"order_id\"")] {
        let stream = hospital.request(Method::GET, "/orders/stream").header("Last-Event-ID", had);
        let mut stream = stream.send().await.unwrap();
        let mut text = String::new();
        while !text.lines().any(|line| line.starts_with("event: ") || line.starts_with("data: ")) {
            text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
        let line = text.lines().find(|line| line.starts_with("event: ") || line.starts_with("data: ")).unwrap();
        assert!(line.starts_with(first), "after {had}: {text}");
    }
}

#[test]
fn with_postgres_it_says_what_to_do_instead_and_no_password() {
    let mut backup = command(BINARY.as_ref());
    backup.args(["backup", "nowhere"]).env("DATABASE_URL", "postgres://botica:verborgen@db.hospital.example/orders");
    let refused = backup.env("AMQP_URL", "amqp://botica:verborgen@mq.hospital.example/%2f").output().unwrap();
    let text = said(&refused);
    assert!(!refused.status.success() && !text.contains("verborgen"), "{text}");
    for part in [
        "pg_dump --format=custom --file=botica.dump 'postgres://botica@db.hospital.example/orders'",
        "rabbitmqctl export_definitions",
        "mq.hospital.example",
        "scripts/backup-postgres",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

mod postgres {
    use std::path::Path;
    use std::process::Command;

    use testkit::services::PostgresDatabase;

    use super::*;

    fn script(name: &str, database: &str) -> Command {
        let mut script = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts").join(name));
        script.env("DATABASE_URL", database);
        script
    }

    fn on(database: &PostgresDatabase, args: &[&str], folder: &Path) -> Output {
        command(BINARY.as_ref())
            .args(args)
            .arg("--data-dir")
            .arg(folder)
            .env("DATABASE_URL", database.url())
            .output()
            .unwrap()
    }

    #[tokio::test]
    async fn the_scripts_take_a_database_to_another_and_refuse_what_is_damaged_or_not_empty() {
        let (old, new) = (PostgresDatabase::create().await.unwrap(), PostgresDatabase::create().await.unwrap());
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, "a long password").unwrap();
        assert!(on(&old, &["migrate"], folder.path()).status.success());
        let admin = ["admin", "create", "--name", "Ana", "--email", "ana@hospital.example", "--password-file"];
        let admin = [&admin[..], &[password.to_str().unwrap()]].concat();
        assert!(on(&old, &admin, folder.path()).status.success());

        let target = folder.path().join("target");
        let empty = script("backup-postgres", new.url()).arg("--without-rabbitmq").arg(&target).output().unwrap();
        assert!(!empty.status.success() && said(&empty).contains("none of Botica's"), "{}", said(&empty));
        let taken = script("backup-postgres", old.url()).arg("--without-rabbitmq").arg(&target).output().unwrap();
        assert!(taken.status.success(), "{}", said(&taken));
        let [backup] = visible(&target).try_into().unwrap();
        assert_eq!((mode(&backup), mode(&backup.join("botica.dump"))), (0o700, 0o600));

        let dump = std::fs::read(backup.join("botica.dump")).unwrap();
        let mut damaged = dump.clone();
        damaged[dump.len() / 2] ^= 1;
        std::fs::write(backup.join("botica.dump"), damaged).unwrap();
        let refused = script("restore-postgres", new.url()).arg(&backup).output().unwrap();
        assert!(!refused.status.success() && said(&refused).contains("botica.dump: FAILED"), "{}", said(&refused));
        std::fs::write(backup.join("botica.dump"), dump).unwrap();
        let refused = script("restore-postgres", old.url()).arg(&backup).output().unwrap();
        assert!(!refused.status.success() && said(&refused).contains("not empty"), "{}", said(&refused));
        let restored = script("restore-postgres", new.url()).arg(&backup).output().unwrap();
        assert!(restored.status.success(), "{}", said(&restored));
        assert!(said(&restored).contains("up to row 1 of the record"), "{}", said(&restored));
        let verified = on(&new, &["audit", "verify"], folder.path());
        assert!(verified.status.success() && said(&verified).contains("up to row 1"), "{}", said(&verified));
    }
}
