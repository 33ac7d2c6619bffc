//! Starting, dying and stopping, in embedded mode.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;
use testkit::product::Start;

use crate::hospital::{BINARY, Hospital, SOON};

/// As with `botica serve 2>&1 | head`: a service must not depend on who reads its log.
#[tokio::test]
async fn told_to_stop_it_ends_cleanly_although_nobody_reads_its_log_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let (log, writer) = std::io::pipe().unwrap();
    let mut child = testkit::product::command(BINARY.as_ref())
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "debug", "--data-dir", folder.path().to_str().unwrap()])
        .stdout(writer.try_clone().unwrap())
        .stderr(writer)
        .spawn()
        .unwrap();
    let is_listening = BufReader::new(log).lines().any(|line| line.unwrap().contains("listening"));
    assert!(is_listening, "and from here on nobody reads");
    let told = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    let deadline = Instant::now() + SOON;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                child.kill().unwrap();
                panic!("it did not end");
            }
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn ready_says_what_it_looked_at_and_metrics_and_docs_need_no_token() {
    let hospital = Hospital::embedded().await;
    let backend = hospital.backend.as_ref().unwrap();
    let get = async |path: &str| {
        let answer = hospital.client.get(backend.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    };
    assert!(get("/health/live").await.contains("alive"));
    let ready: Value = serde_json::from_str(&get("/health/ready").await).unwrap();
    let mut checks: Vec<_> = ready["checks"].as_object().unwrap().keys().cloned().collect();
    checks.sort();
    assert_eq!(checks, ["database", "queue_consumer", "queue_publisher", "token_keys"]);
    hospital.place(&hospital.order()).await;
    let metrics = get("/metrics").await;
    assert!(metrics.contains("botica_orders_accepted_total{priority=\"urgent\"} 1"), "{metrics}");
    // What is measured by looking comes with the next look.
    let deadline = Instant::now() + SOON;
    let wanted = [
        "botica_orders_waiting{priority=\"urgent\"} 1",
        "botica_orders_oldest_waiting_seconds{priority=\"stat\"} 0",
        "botica_dead_letters_waiting 0",
        "botica_queue_messages{state=\"ready\"} 0",
        "botica_stream_clients 0",
        "botica_database_connections{state=\"busy\"}",
        "botica_password_checks_waiting 0",
        "botica_order_stored_seconds_count 1",
    ];
    loop {
        let metrics = get("/metrics").await;
        let Some(missing) = wanted.iter().find(|line| !metrics.contains(*line)) else { break };
        assert!(Instant::now() < deadline, "{missing} is not in {metrics}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let api: Value = serde_json::from_str(&get("/openapi.json").await).unwrap();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    let docs = get("/docs/").await;
    assert!(!docs.contains("https://"), "nothing is fetched from elsewhere: {docs}");
    let jwks: Value = serde_json::from_str(&get("/.well-known/jwks.json").await).unwrap();
    let key = &jwks["keys"][0];
    assert_eq!((&key["kty"], &key["crv"]), (&"OKP".into(), &"Ed25519".into()));
    assert!(key.get("d").is_none(), "only the public half");
}

#[tokio::test]
async fn secrets_are_not_logged() {
    let mut hospital = Hospital::embedded().await;
    let token = hospital.token.clone();
    hospital.place(&hospital.order()).await;
    let backend = hospital.backend.as_mut().unwrap();
    backend.stop(Duration::from_secs(10)).unwrap();
    let log = backend.log().join("\n");
    assert!(log.contains("signed in"));
    for secret in [token.as_str(), crate::hospital::PASSWORD, "$argon2id$"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn the_demo_hospital_prints_logins_that_work_and_keeps_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start::serve(BINARY).args(["--demo", "--data-dir", folder.path().to_str().unwrap()]);
    let client = reqwest::Client::builder().timeout(SOON).build().unwrap();
    let mut dispensers = Vec::new();
    for _ in 0..2 {
        let mut demo = start.start().unwrap();
        let printed = demo.log().join("\n");
        for (role, email) in [
            ("nurse", "enfermagem@demo.example"),
            ("technician", "farmacia@demo.example"),
            ("manager", "gestao@demo.example"),
            ("admin", "admin@demo.example"),
        ] {
            let line = printed.lines().find(|line| line.contains(email)).unwrap();
            let password = line.split_whitespace().last().unwrap();
            let body = serde_json::json!({ "email": email, "password": password });
            let answer = client.post(demo.url("/login")).json(&body).send().await.unwrap();
            let signed_in: Value = answer.json().await.unwrap();
            assert_eq!(signed_in["user"]["role"], role);
            assert_eq!(signed_in["user"]["may_order_controlled"], role == "nurse");
            if role == "nurse" {
                let token = signed_in["access_token"].as_str().unwrap();
                let list = client.get(demo.url("/dispensers?limit=200")).bearer_auth(token).send().await.unwrap();
                dispensers.push(list.json::<Value>().await.unwrap()["items"].clone());
                let url = demo.url("/medications?search=morfina");
                let found: Value = client.get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap();
                assert_eq!(found["items"][0]["controlled_list"], "A1");
            }
        }
    }
    assert!(dispensers[0].as_array().unwrap().len() >= 8);
    assert_eq!(dispensers[0], dispensers[1], "the second start fills nothing in again");
}
