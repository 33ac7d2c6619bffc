//! Messages that could not be processed: seen, replayed and discarded, over HTTP and by the command.

use std::process::Output;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::hospital::{BINARY, Hospital, SOON, answer, hex, id, problem};

#[tokio::test]
async fn a_dead_letter_is_replayed_or_discarded_by_an_admin() {
    decided(&Hospital::embedded().await).await;
}

#[tokio::test]
async fn the_command_lists_shows_replays_and_discards() {
    by_the_command(&Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn a_dead_letter_is_replayed_or_discarded_by_an_admin() {
        decided(&Hospital::distributed().await).await;
    }

    #[tokio::test]
    async fn the_command_lists_shows_replays_and_discards() {
        by_the_command(&Hospital::distributed().await).await;
    }

    #[tokio::test]
    async fn what_the_broker_gives_up_is_kept_with_what_it_says_and_can_be_replayed() {
        let mut hospital = Hospital::distributed().await;
        hospital.consumer.take().unwrap().kill();
        let order = hospital.order();
        hospital.place(&order).await;
        hospital.queue.as_ref().unwrap().exhaust_first().await.unwrap();
        hospital.start_consumer();
        let letter = one_letter(&hospital, SOON).await;
        assert_eq!(letter["reason"], "the broker gave it up: it was delivered too often without an answer");
        assert_eq!((&letter["message_id"], &letter["kind"]), (&order["id"], &json!("order.placed.v1")));
        let headers = &letter["headers"];
        assert_eq!(headers["x-first-death-reason"], "delivery_limit", "{headers}");
        let death: Value = serde_json::from_str(headers["x-death"].as_str().unwrap()).unwrap();
        assert_eq!((&death[0]["reason"], &death[0]["count"]), (&json!("delivery_limit"), &json!(1)), "{death}");
        assert_eq!(headers["content-type"], "application/json");
        let ids = hospital.stored_ids().await;
        assert!(ids.is_empty(), "the broker gave it up, so it is not stored: {ids:?}");
        hospital.post(&format!("/dead-letters/{}/replay", id(&letter)), &json!({})).await;
        hospital.stored(&id(&order), SOON).await;
        in_state(&hospital, &id(&letter), "replayed", SOON).await;
    }

    #[tokio::test]
    async fn what_a_sender_says_beside_the_message_is_kept() {
        let hospital = Hospital::distributed().await;
        let queue = hospital.queue.as_ref().unwrap();
        queue.put_with_header(b"no order", "ward", "UTI").await.unwrap();
        let letter = one_letter(&hospital, SOON).await;
        assert_eq!(letter["headers"], json!({ "ward": "UTI" }));
    }
}

/// A dead letter as an older program left it, whose one fault is that it needs a reader of this version.
pub(crate) async fn left_by_an_older_program(hospital: &Hospital, body: &[u8], needs_version: u32) -> String {
    let id = Uuid::new_v4();
    let (id_value, body_value) = match hospital.database {
        Some(_) => (format!("'{id}'"), format!("decode('{}', 'hex')", hex(body))),
        None => (format!("x'{}'", id.simple()), format!("x'{}'", hex(body))),
    };
    let at = "'2026-03-09T14:05:00+00:00'";
    let insert = format!(
        "INSERT INTO dead_letters (id, kind, body, reason, first_seen_at, last_seen_at, seen, needs_version) \
         VALUES ({id_value}, 'order.placed.v1', {body_value}, 'the body has a newer version', {at}, {at}, 1, \
         {needs_version})"
    );
    hospital.sql().await.execute(&insert).await.unwrap();
    id.to_string()
}

/// The letter, once it stands in this state.
pub(crate) async fn in_state(hospital: &Hospital, letter: &str, state: &str, within: Duration) -> Value {
    let deadline = Instant::now() + within;
    loop {
        let letter = hospital.get(&format!("/dead-letters/{letter}")).await;
        if letter["state"] == state {
            return letter;
        }
        assert!(Instant::now() < deadline, "not {state} within {within:?}: {letter}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The only open dead letter, once there is one.
async fn one_letter(hospital: &Hospital, within: Duration) -> Value {
    let deadline = Instant::now() + within;
    loop {
        let list = hospital.get("/dead-letters").await;
        match list["items"].as_array().unwrap().as_slice() {
            [letter] => return letter.clone(),
            [] => assert!(Instant::now() < deadline, "no dead letter within {within:?}"),
            more => panic!("{more:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn discard(hospital: &Hospital, letter: &str, body: &Value) -> reqwest::Response {
    hospital.send(Method::POST, &format!("/dead-letters/{letter}/discard"), body).await
}

async fn decided(hospital: &Hospital) {
    hospital.put_into_queue(&[b"no order".to_vec()]).await;
    let letter = one_letter(hospital, SOON).await;
    assert_eq!((&letter["state"], &letter["seen"]), (&json!("waiting"), &json!(1)));
    assert_eq!((&letter["decided_by"], &letter["decided_at"]), (&Value::Null, &Value::Null));
    let letter = id(&letter);
    let path = format!("/dead-letters/{letter}");

    // It is still no order: the same row, back again.
    let replayed = hospital.post(&format!("{path}/replay"), &json!({})).await;
    assert!(["replaying", "replayed"].contains(&replayed["state"].as_str().unwrap()), "{replayed}");
    assert_eq!(replayed["decided_by"]["name"], "Administração");
    let deadline = Instant::now() + SOON;
    let back = loop {
        let letter = hospital.get(&path).await;
        if letter["seen"] == 2 {
            break letter;
        }
        assert!(Instant::now() < deadline, "it did not come back: {letter}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((&back["state"], &back["id"]), (&json!("waiting"), &json!(letter)));

    let long = "x".repeat(501);
    for (body, pointer) in [
        (json!({}), "/reason"),
        (json!({ "reason": "" }), "/reason"),
        (json!({ "reason": " " }), "/reason"),
        (json!({ "reason": long }), "/reason"),
        (json!({ "reason": 1 }), "/reason"),
        (json!({ "reason": "a", "why": "b" }), "/why"),
    ] {
        let told = problem(discard(hospital, &letter, &body).await).await;
        assert_eq!(told, (422, "invalid_input".into(), vec![pointer.to_owned()]), "{body}");
    }
    let reason = json!({ "reason": "a test of the neighbours" });
    for _ in 0..2 {
        let discarded = answer(discard(hospital, &letter, &reason).await).await;
        assert_eq!(discarded["state"], "discarded");
        assert_eq!(discarded["discard_reason"], "a test of the neighbours");
        assert_eq!(discarded["body_text"], "no order", "it stays, to the byte");
    }
    for refused in [
        discard(hospital, &letter, &json!({ "reason": "another" })).await,
        hospital.send(Method::POST, &format!("{path}/replay"), &json!({})).await,
    ] {
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        let body: Value = refused.json().await.unwrap();
        assert_eq!((&body["code"], &body["dead_letter"]["state"]), (&json!("not_waiting"), &json!("discarded")));
        assert_eq!(body["dead_letter"]["decided_by"]["name"], "Administração");
    }
    let unknown = format!("/dead-letters/{}", Uuid::now_v7());
    for (method, path, body) in [
        (Method::GET, unknown.clone(), Value::Null),
        (Method::POST, format!("{unknown}/replay"), json!({})),
        (Method::POST, format!("{unknown}/discard"), reason),
    ] {
        let told = problem(hospital.send(method, &path, &body).await).await;
        assert_eq!((told.0, told.1.as_str()), (404, "not_found"), "{path}");
    }
    let count =
        async |query: &str| hospital.get(&format!("/dead-letters{query}")).await["items"].as_array().unwrap().len();
    assert_eq!((count("").await, count("?state=discarded").await, count("?state=waiting,replayed").await), (0, 1, 0));
    let told = problem(hospital.request(Method::GET, "/dead-letters?state=gone").send().await.unwrap()).await;
    assert_eq!(told.2, ["query/state"]);
    let recorded = hospital.get("/audit?kind=dead_letter").await;
    let kinds: Vec<_> = recorded["items"].as_array().unwrap().iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, ["dead_letter.discarded", "dead_letter.replayed"]);
}

async fn by_the_command(hospital: &Hospital) {
    let botica = |args: &[&str]| -> Output {
        let mut command = testkit::product::command(BINARY.as_ref());
        command.arg("dead-letters").args(args).args(["--data-dir", hospital.folder.path().to_str().unwrap()]);
        if let Some(database) = &hospital.database {
            command.env("DATABASE_URL", database.url());
        }
        command.output().unwrap()
    };
    let out = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let told = |args: &[&str]| {
        let output = botica(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        out(&output)
    };
    let refused = |args: &[&str]| {
        let output = botica(args);
        assert!(!output.status.success(), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(told(&["list"]).trim(), "No dead letters.");
    assert_eq!(told(&["replay", "--all"]).trim(), "No dead letter waits.");
    hospital.put_into_queue(&[b"no \x1b[2Jorder".to_vec(), vec![0, 0xff, b'b', b'o', b't']]).await;
    let deadline = Instant::now() + SOON;
    let letters = loop {
        let letters: Value = serde_json::from_str(&told(&["list", "--json"])).unwrap();
        if letters.as_array().unwrap().len() == 2 {
            break letters;
        }
        assert!(Instant::now() < deadline, "{letters}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let of = |hex: &str| {
        let letter =
            letters.as_array().unwrap().iter().find(|letter| letter["body_hex"].as_str().unwrap().contains(hex));
        id(letter.unwrap())
    };
    let (text, bytes) = (of("6f72646572"), of("00ff"));
    let table = told(&["list"]);
    assert!(table.contains(&text) && table.contains(&bytes) && table.contains("the body is not an order"), "{table}");
    let shown = told(&["show", &bytes]);
    assert!(shown.contains("00000000  00 ff 62 6f 74") && shown.contains("|..bot|"), "{shown}");
    assert!(!told(&["show", &text]).contains('\u{1b}'), "nothing commands the terminal");

    let (none, other) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let error = refused(&["discard", &text, &none, &other, "--reason", "a test"]);
    assert!(error.contains(&none) && error.contains(&other) && !error.contains(&text), "{error}");
    assert!(refused(&["show", &none]).contains(&none));
    assert!(refused(&["discard", &text]).contains("--reason"));
    assert!(refused(&["discard", &text, "--reason", " "]).contains("must not be empty"));
    assert!(refused(&["replay"]).contains("--all"));
    assert!(refused(&["list", "--state", "gone"]).contains("gone"));
    assert_eq!(told(&["list", "--state", "discarded"]).trim(), "No dead letters.", "nothing was done");

    told(&["discard", &text, "--reason", "a test"]);
    told(&["discard", &text, "--reason", "a test"]);
    assert!(told(&["list", "--state", "discarded"]).contains(&text));
    assert!(refused(&["replay", &text]).contains("is discarded already"));
    told(&["replay", "--all"]);
    let deadline = Instant::now() + SOON;
    while hospital.get(&format!("/dead-letters/{bytes}")).await["seen"] != 2 {
        assert!(Instant::now() < deadline, "it was not replayed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let recorded = hospital.get("/audit?kind=dead_letter").await;
    let rows: Vec<_> =
        recorded["items"].as_array().unwrap().iter().map(|row| (&row["kind"], &row["by"]["name"])).collect();
    let name = &json!("botica dead-letters");
    assert_eq!(rows, [(&json!("dead_letter.replayed"), name), (&json!("dead_letter.discarded"), name)]);
}
