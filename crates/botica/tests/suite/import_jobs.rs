//! Catalogue files sent over HTTP: imported in the background, watched, called off, and cut by a kill.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use testkit::form::{FormPart, form, import_form};
use testkit::product::{Product, Start};
use testkit::sql::SqlConnection;

use crate::hospital::{ADMIN, BINARY, Hospital, PASSWORD, SOON, answer, id, problem};
use crate::import::register;

/// Enough rows that an import can be met in the middle of its writing.
const MANY: u32 = 20_000;

fn many() -> String {
    register((0..MANY).map(|number| (100_000_000 + number, "Produto", "VÁLIDO")))
}

async fn send(hospital: &Hospital, (kind, body): (String, Vec<u8>)) -> Response {
    let request = hospital.request(Method::POST, "/medications/import").header("content-type", kind);
    request.body(body).send().await.unwrap()
}

/// Starts an import; its address.
async fn start(hospital: &Hospital, name: &str, file: &str, is_dry_run: bool) -> String {
    let sent = send(hospital, import_form(name, file.as_bytes(), is_dry_run)).await;
    let (status, location) = (sent.status(), sent.headers().get("location").cloned());
    let started = answer(sent).await;
    assert_eq!((status, &started["status"]), (StatusCode::ACCEPTED, &json!("running")), "{started}");
    let address = format!("/medications/imports/{}", id(&started));
    assert_eq!(location.unwrap(), address);
    address
}

/// The import, once it is as it should be.
async fn until(hospital: &Hospital, address: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + 2 * SOON;
    loop {
        let import = hospital.get(address).await;
        if is_it(&import) {
            return import;
        }
        assert!(Instant::now() < deadline, "{import}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn ended(hospital: &Hospital, address: &str) -> Value {
    until(hospital, address, |import| import["status"] != "running").await
}

async fn cancel(hospital: &Hospital, address: &str) -> Response {
    hospital.request(Method::POST, &format!("{address}/cancel")).send().await.unwrap()
}

async fn sql(hospital: &Hospital) -> SqlConnection {
    let url = match &hospital.database {
        Some(database) => database.url().to_owned(),
        None => format!("sqlite://{}", hospital.folder.path().join("botica.db").display()),
    };
    testkit::sql::connect(&url).await.unwrap()
}

async fn medications(hospital: &Hospital) -> i64 {
    sql(hospital).await.count("medications").await.unwrap()
}

#[tokio::test]
async fn a_file_is_taken_over_in_the_background() {
    taken_over(&Hospital::embedded().await).await;
}

/// What both databases promise.
pub(crate) async fn taken_over(hospital: &Hospital) {
    let file = register([(104_540_166, "Dipirona", "VÁLIDO"), (104_540_167, "Antiga", "CADUCO/CANCELADO")])
        + "curta\r\n"
        + "outra\r\n";
    let dry = start(hospital, "registro.csv", &file, true).await;
    let told = ended(hospital, &dry).await;
    assert_eq!((&told["status"], &told["is_dry_run"]), (&json!("done"), &json!(true)), "{told}");
    assert_eq!(medications(hospital).await, 2, "a dry run changes nothing");

    let address = start(hospital, "C:\\dados\\registro.csv", &file, false).await;
    let import = ended(hospital, &address).await;
    assert_eq!((&import["status"], &import["dialect"]), (&json!("done"), &json!("anvisa_register")), "{import}");
    assert_eq!(import["counts"], json!({ "new": 2, "changed": 0, "same": 0, "duplicate": 0, "rejected": 2 }));
    assert_eq!((&import["counts"], &import["file_name"]), (&told["counts"], &json!("registro.csv")));
    assert_eq!(import["progress"], json!({ "done": 2, "of": 2 }));
    assert_eq!((&import["by"]["name"], &import["reason"]), (&json!("Administração"), &Value::Null));
    assert_eq!(medications(hospital).await, 4);
    assert_eq!(hospital.get("/medications?search=dipirona").await["items"][0]["registration"], "104540166");
    let record = hospital.get("/audit?kind=catalogue").await["items"][0].clone();
    assert_eq!((&record["subject_id"], &record["by"]["id"]), (&import["id"], &import["by"]["id"]));
    assert_eq!(record["data"], json!({ "file": "registro.csv", "rows": import["counts"] }));

    let lines = async |which: &str| -> Vec<(u64, String)> {
        let (mut lines, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = hospital.get(&format!("{address}/rows?limit=1{which}{cursor}")).await;
            let row = |row: &Value| (row["line"].as_u64().unwrap(), row["verdict"].as_str().unwrap().to_owned());
            lines.extend(page["items"].as_array().unwrap().iter().map(row));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return lines,
            }
        }
    };
    let [new, rejected] = ["new", "rejected"].map(ToOwned::to_owned);
    let (taken, refused) = ([(2, new.clone()), (3, new)], [(4, rejected.clone()), (5, rejected)]);
    assert_eq!(lines("").await, [&taken[..], &refused[..]].concat());
    assert_eq!(lines("&verdict=new").await, taken);
    assert_eq!(lines("&with_remarks=true").await, refused);
    let sheet = hospital.request(Method::GET, &format!("{address}/remarks.csv")).send().await.unwrap();
    let disposition = sheet.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(disposition.starts_with("attachment; filename=\"import-2"), "{disposition}");
    let sheet = sheet.text().await.unwrap();
    let begin = "\u{feff}line;verdict;remarks\r\n4;rejected;";
    assert!(sheet.starts_with(begin) && sheet.lines().count() == 3, "{sheet}");

    let list = hospital.get("/medications/imports?limit=1").await;
    assert_eq!(list["items"][0], import);
    let cursor = list["next_cursor"].as_str().unwrap();
    assert_eq!(hospital.get(&format!("/medications/imports?cursor={cursor}")).await["items"], json!([told]));
    let too_late = cancel(hospital, &address).await;
    assert_eq!(problem(too_late).await.1, "import_has_ended");
}

#[tokio::test]
async fn what_is_wrong_with_a_form_or_its_file_is_told() {
    let hospital = Hospital::embedded().await;
    let part = |name, bytes| FormPart { name, file_name: Some("a.csv"), bytes };
    let file = part("file", b"nome\nDipirona\n");
    for (parts, pointer) in [
        (vec![], "/file"),
        (vec![part("dry_run", b"true")], "/file"),
        (vec![part("file", b"")], "/file"),
        (vec![file, file], "/file"),
        (vec![file, part("dry_run", b"maybe")], "/dry_run"),
        (vec![file, part("dry_run", b"true"), part("dry_run", b"true")], "/dry_run"),
        (vec![file, part("colour", b"red")], "/colour"),
    ] {
        let refused = problem(send(&hospital, form(&parts)).await).await;
        assert_eq!(refused, (422, "invalid_input".to_owned(), vec![pointer.to_owned()]));
    }
    let json = problem(hospital.send(Method::POST, "/medications/import", &json!({})).await).await;
    assert_eq!((json.0, &*json.1), (415, "unsupported_media_type"));
    let (kind, _) = import_form("", b"", false);
    let broken = problem(send(&hospital, (kind.clone(), b"nothing of the kind".to_vec())).await).await;
    assert_eq!((broken.0, &*broken.1), (400, "invalid_multipart"));
    // One byte more than what it takes is refused before it is sent.
    let mut large = TcpStream::connect(hospital.backend.as_ref().unwrap().address()).unwrap();
    large.set_read_timeout(Some(SOON)).unwrap();
    let head = format!(
        "POST /medications/import HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: {kind}\r\n\
         content-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        hospital.token,
        (64 << 20) + 16 * 1024 + 1
    );
    large.write_all(head.as_bytes()).unwrap();
    let mut told = String::new();
    large.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 413 ") && told.contains("body_too_large"), "{told}");

    assert_eq!(hospital.get("/medications/imports").await["items"], json!([]), "none of it was begun");
    for (bytes, hint) in [(&b" \n "[..], "empty"), (b"\x00\x01\x02\x03", "CSV"), (b"a;b\n1;2\n", "header")] {
        let sent = answer(send(&hospital, import_form("x", bytes, false)).await).await;
        let failed = ended(&hospital, &format!("/medications/imports/{}", id(&sent))).await;
        let reason = failed["reason"].as_str().unwrap_or_default();
        assert!(failed["status"] == "failed" && reason.contains(hint), "{failed}");
    }
    assert_eq!(medications(&hospital).await, 2);
}

#[tokio::test]
async fn an_import_that_is_called_off_leaves_nothing() {
    let hospital = Hospital::embedded().await;
    let file = many();
    let address = start(&hospital, "registro.csv", &file, false).await;
    // While it holds the one connection that writes.
    until(&hospital, &address, |import| import["progress"]["done"].as_u64() > Some(0)).await;
    let second = send(&hospital, import_form("b.csv", b"nome\nDipirona\n", false)).await;
    let (status, told) = (second.status(), second.json::<Value>().await.unwrap());
    assert_eq!((status, &told["code"]), (StatusCode::CONFLICT, &json!("import_is_running")), "{told}");
    assert_eq!(address, format!("/medications/imports/{}", told["import_id"].as_str().unwrap()));
    for _ in 0..2 {
        let asked = answer(cancel(&hospital, &address).await).await;
        assert!(asked["status"] == "cancelled" || asked["is_cancel_requested"] == true, "{asked}");
    }
    let cancelled = ended(&hospital, &address).await;
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    assert_eq!(answer(cancel(&hospital, &address).await).await, cancelled);
    assert_eq!(medications(&hospital).await, 2);
    assert_eq!(hospital.get(&format!("{address}/rows")).await["items"], json!([]));
    let nowhere = problem(cancel(&hospital, "/medications/imports/00000000-0000-0000-0000-000000000000").await).await;
    assert_eq!((nowhere.0, &*nowhere.1), (404, "not_found"));
}

#[tokio::test]
async fn an_import_that_is_killed_is_interrupted_and_leaves_nothing() {
    let mut hospital = Hospital::embedded().await;
    let file = many();
    for is_told in [true, false] {
        let address = start(&hospital, "registro.csv", &file, false).await;
        until(&hospital, &address, |import| import["progress"]["done"].as_u64() > Some(0)).await;
        let mut backend = hospital.backend.take().unwrap();
        if is_told {
            let status = backend.stop(Duration::from_secs(10)).unwrap();
            assert!(status.success(), "{status}");
        } else {
            backend.kill();
        }
        assert_eq!(medications(&hospital).await, 2);
        hospital.start_backend();
        hospital.token = hospital.login(ADMIN, PASSWORD).await;
        let import = hospital.get(&address).await;
        assert_eq!(import["status"], "interrupted", "{import}");
        let words = if is_told { "was stopped" } else { "ended while" };
        assert!(import["reason"].as_str().unwrap().contains(words), "{import}");
    }
    let address = start(&hospital, "registro.csv", &file, false).await;
    let import = ended(&hospital, &address).await;
    assert_eq!((&import["status"], &import["counts"]["new"]), (&json!("done"), &json!(MANY)), "{import}");
    assert_eq!(medications(&hospital).await, i64::from(MANY) + 2);
}

/// A backend beside the first, with the same keys.
fn another_backend(hospital: &Hospital) -> Product {
    let folder = hospital.folder.path().to_str().unwrap();
    let database = hospital.database.as_ref().unwrap().url();
    let start = Start::serve(BINARY).args(["--role", "backend", "--data-dir", folder]);
    start.env("DATABASE_URL", database).start().unwrap()
}

/// Whatever wants to change the catalogue waits until this connection is dropped.
async fn lock_the_catalogue(hospital: &Hospital) -> SqlConnection {
    let mut lock = sql(hospital).await;
    lock.execute("BEGIN").await.unwrap();
    lock.execute("LOCK TABLE medications IN SHARE MODE").await.unwrap();
    lock
}

pub(crate) async fn seen_and_called_off_from_another_backend(mut hospital: Hospital) {
    let lock = lock_the_catalogue(&hospital).await;
    let file = register([(104_540_166, "Dipirona", "VÁLIDO")]);
    let address = start(&hospital, "registro.csv", &file, false).await;
    let first = hospital.backend.replace(another_backend(&hospital)).unwrap();
    let seen = until(&hospital, &address, |import| import["dialect"] == "anvisa_register").await;
    assert_eq!(seen["status"], "running");
    let second = send(&hospital, import_form("b.csv", file.as_bytes(), false)).await;
    let (status, told) = (second.status(), second.json::<Value>().await.unwrap());
    assert_eq!(
        (status, &told["code"], &told["import_id"]),
        (StatusCode::CONFLICT, &json!("import_is_running"), &seen["id"])
    );
    let asked = answer(cancel(&hospital, &address).await).await;
    assert!(asked["status"] == "cancelled" || asked["is_cancel_requested"] == true, "{asked}");
    let cancelled = ended(&hospital, &address).await;
    assert_eq!(cancelled["status"], "cancelled", "while the catalogue is still locked: {cancelled}");
    drop(lock);
    assert_eq!(medications(&hospital).await, 2);

    // And how far one is, that writes: up to its last row, which waits for this test.
    let mut hold = sql(&hospital).await;
    hold.execute("SELECT pg_advisory_lock(42)").await.unwrap();
    hold.execute(
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NEW; END $$",
    )
    .await
    .unwrap();
    hold.execute(
        "CREATE TRIGGER wait BEFORE INSERT ON medications FOR EACH ROW \
         WHEN (NEW.registration = '100002999') EXECUTE FUNCTION wait()",
    )
    .await
    .unwrap();
    let other = hospital.backend.replace(first).unwrap();
    let file = register((0..3000).map(|number| (100_000_000 + number, "Produto", "VÁLIDO")));
    let address = start(&hospital, "registro.csv", &file, false).await;
    let first = hospital.backend.replace(other).unwrap();
    let part = until(&hospital, &address, |import| import["progress"]["done"] == 2000).await;
    assert_eq!((&part["status"], &part["progress"]["of"]), (&json!("running"), &json!(3000)), "{part}");
    drop(hold);
    let import = ended(&hospital, &address).await;
    assert_eq!((&import["status"], &import["counts"]["new"]), (&json!("done"), &json!(3000)), "{import}");
    drop(first);
}

pub(crate) async fn found_dead_by_another_backend(mut hospital: Hospital) {
    let lock = lock_the_catalogue(&hospital).await;
    let file = register([(104_540_166, "Dipirona", "VÁLIDO")]);
    let address = start(&hospital, "registro.csv", &file, false).await;
    until(&hospital, &address, |import| import["dialect"] == "anvisa_register").await;
    let another = another_backend(&hospital);
    hospital.backend.replace(another).unwrap().kill();
    assert_eq!(hospital.get(&address).await["status"], "running", "its process may only be slow");
    let half_a_minute = "UPDATE imports SET beat_at = beat_at - interval '31 seconds'";
    sql(&hospital).await.execute(half_a_minute).await.unwrap();
    drop(lock);
    // Whoever asks next finds it dead, also who only wants to begin another.
    let next = start(&hospital, "registro.csv", &file, false).await;
    assert_eq!(ended(&hospital, &next).await["status"], "done");
    assert_eq!(hospital.get(&address).await["status"], "interrupted");
    assert_eq!(medications(&hospital).await, 3);
}
