//! Secrets stay secret: they are in no log and in no answer but the one that gives them out, however much is
//! logged; and no answer tells of the program's inside.

use std::collections::BTreeMap;
use std::process::Output;
use std::time::Duration;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use testkit::product::{Start, command};

use crate::hospital::{ADMIN, BINARY, Hospital, PASSWORD, SOON, id};

/// What no answer says: where the program was built, what it is made of, what it asks its database.
const INSIDE: [&str; 12] = [
    ".rs:",
    "panicked",
    "stack backtrace",
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "sqlx",
    "sea_orm",
    "lapin",
    "/src/",
    "/tmp/",
    "$argon2",
];

/// What was said and heard.
#[derive(Default)]
struct Heard {
    /// By name.
    secrets: BTreeMap<String, String>,
    answers: Vec<String>,
}

impl Heard {
    fn secret(&mut self, name: &str, value: impl Into<String>) -> String {
        let value = value.into();
        assert!(value.len() >= 8, "{name}: what is as short as this is found by chance");
        self.secrets.insert(name.to_owned(), value.clone());
        value
    }

    async fn answer(&mut self, answer: Response) -> String {
        let (head, url) = (format!("{:?}", answer.headers()), answer.url().path().to_owned());
        let body = answer.text().await.unwrap();
        self.answers.push(format!("{url} {head} {body}"));
        body
    }

    /// An answer that gives out secrets: they are kept, and it is not.
    async fn given(&mut self, name: &str, answer: Response, pointer: &str) -> String {
        for cookie in answer.headers().get_all("set-cookie") {
            let (cookie, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            // A device cookie grows with each account; its first part is the new one.
            self.secret(&format!("{name}: {cookie}"), value.split('.').next().unwrap());
        }
        let body: Value = answer.json().await.unwrap();
        let value = body.pointer(pointer).unwrap_or_else(|| panic!("{body}")).as_str().unwrap();
        self.secret(name, value)
    }

    fn are_not_in(&self, what: &str, text: &str) {
        for (name, secret) in &self.secrets {
            // Also the start of it: an excerpt is a secret too.
            let start = &secret[..secret.len().min(24)];
            // All tokens of one key begin alike; what tells them apart is their end.
            let part = if secret.starts_with("eyJ") { &secret[secret.len() - 24..] } else { start };
            if let Some(at) = text.find(part) {
                let from = text[..at].rfind('\n').map_or(0, |line| line + 1);
                let line: String = text[from..].lines().next().unwrap().chars().take(2000).collect();
                panic!("{name} is in {what}: {line}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_no_log_and_no_answer_in_one_process() {
    let hospital = Hospital::embedded_with(&["--log", "trace"]).await;
    used(hospital).await;
}

pub(crate) async fn used(mut hospital: Hospital) {
    let mut heard = Heard::default();
    let client = Client::builder().timeout(SOON).cookie_store(true).build().unwrap();
    heard.secret("the password", PASSWORD);
    heard.secret("the first token", hospital.token.clone());
    let key = std::fs::read_to_string(hospital.folder.path().join("token-key.pem")).unwrap();
    heard.secret("the token key", key.lines().nth(1).unwrap());

    // Signing in, rightly and wrongly, with headers and bodies of all kinds.
    let login = hospital.url(&Method::POST, "/login");
    let wrong = heard.secret("a wrong password", "an-almost-right-password");
    for body in [
        json!({ "email": ADMIN, "password": wrong }),
        json!({ "email": "nobody@hospital.example", "password": wrong }),
        json!({ "email": ADMIN, "password": wrong, "more": wrong }),
        json!({ "email": ADMIN, "password": [wrong] }),
        json!(wrong),
    ] {
        let answer = client.post(&login).json(&body).send().await.unwrap();
        heard.answer(answer).await;
    }
    let broken = format!("{{\"email\":\"{ADMIN}\",\"password\":\"{wrong}\"");
    let answer = client.post(&login).header("content-type", "application/json").body(broken).send().await.unwrap();
    heard.answer(answer).await;
    let entered = client.post(&login).json(&json!({ "email": ADMIN, "password": PASSWORD })).send().await.unwrap();
    let token = heard.given("a token", entered, "/access_token").await;
    let refreshed = client.post(hospital.url(&Method::POST, "/login/refresh")).send().await.unwrap();
    heard.given("a refreshed token", refreshed, "/access_token").await;

    // Orders, good and bad, and tokens where they should not be.
    for path in ["/orders", "/publish_order"] {
        for body in [hospital.order(), json!({ "lines": 1 })] {
            let request = client.post(hospital.url(&Method::POST, path)).bearer_auth(&token).json(&body);
            heard.answer(request.send().await.unwrap()).await;
        }
        let forged = format!("{}{}", &token[..token.len() - 30], "A".repeat(30));
        let forged = heard.secret("a forged token", forged);
        let request = client.post(hospital.url(&Method::POST, path)).bearer_auth(forged).json(&hospital.order());
        heard.answer(request.send().await.unwrap()).await;
        let in_query = format!("{}?access_token={token}", hospital.url(&Method::POST, path));
        heard.answer(client.post(in_query).json(&hospital.order()).send().await.unwrap()).await;
    }
    for path in ["/me", "/nothing", "/orders", "/medications", "/orders/12", "/d/12"] {
        let in_query = format!("{}?token={token}&limit={token}", hospital.url(&Method::GET, path));
        heard.answer(client.get(in_query).bearer_auth(&token).send().await.unwrap()).await;
    }
    let basic = client.get(hospital.url(&Method::GET, "/me")).basic_auth(ADMIN, Some(PASSWORD));
    heard.answer(basic.send().await.unwrap()).await;

    // A user with a password, who changes it; a wall screen.
    let (first, second) = (heard.secret("a user's password", "um-segredo-qualquer"), "outro-segredo-melhor");
    let second = heard.secret("the user's next password", second);
    let user = json!({ "name": "Enfermagem", "email": "n@hospital.example", "password": first, "role": "nurse" });
    let user = heard.answer(hospital.send(Method::POST, "/users", &user).await).await;
    let user = id(&serde_json::from_str(&user).unwrap());
    let bad = json!({ "name": "", "email": "x", "password": first, "role": "root" });
    heard.answer(hospital.send(Method::POST, "/users", &bad).await).await;
    let body = json!({ "email": "n@hospital.example", "password": first });
    let entered = client.post(&login).json(&body).send().await.unwrap();
    let nurse = heard.given("a user's token", entered, "/access_token").await;
    let change = json!({ "current_password": first, "new_password": second });
    let request = client.put(hospital.url(&Method::PUT, "/me/password")).bearer_auth(nurse).json(&change);
    heard.answer(request.send().await.unwrap()).await;
    let third = heard.secret("the user's last password", "terceiro-segredo-bom");
    let patch = json!({ "password": third });
    heard.answer(hospital.send(Method::PATCH, &format!("/users/{user}"), &patch).await).await;
    let board = hospital.send(Method::POST, "/boards", &json!({ "name": "UTI" })).await;
    let board = heard.given("a board's token", board, "/token").await;
    let request = client.get(hospital.url(&Method::GET, "/orders")).bearer_auth(&board);
    heard.answer(request.send().await.unwrap()).await;
    let opened = format!("{}?token={board}", hospital.url(&Method::GET, "/orders"));
    heard.answer(client.get(opened).send().await.unwrap()).await;
    for path in ["/users", "/boards", "/audit", "/dead-letters", "/health/ready", "/metrics"] {
        let request = hospital.request(Method::GET, path);
        heard.answer(request.send().await.unwrap()).await;
    }

    // What can't be reached is told of without its password.
    for (what, output) in unreachable(&mut heard, &hospital) {
        assert!(!output.status.success(), "{what}");
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(text.lines().count() > 0, "{what} says nothing: {text}");
        heard.are_not_in(what, &text);
    }
    let log = broker_away(&mut heard, &hospital).await;
    heard.are_not_in("the log of a publisher without its broker", &log);

    for product in [&mut hospital.publisher, &mut hospital.consumer, &mut hospital.backend].into_iter().flatten() {
        product.stop(Duration::from_secs(10)).unwrap();
        let log = product.log().join("\n");
        assert!(log.contains("\"DEBUG\"") || log.contains("\"TRACE\""), "little is logged");
        heard.are_not_in("a log", &log);
    }
    for answer in &heard.answers {
        heard.are_not_in("an answer", answer);
        for inside in INSIDE {
            assert!(!answer.contains(inside), "{inside} is in an answer: {answer}");
        }
    }
    let (answers, secrets) = (heard.answers.len(), heard.secrets.len());
    assert!(answers >= 30 && secrets >= 12, "{answers} answers, {secrets} secrets");
}

/// What is said where a service listens to nobody: what a command ends with.
fn unreachable(heard: &mut Heard, hospital: &Hospital) -> Vec<(&'static str, Output)> {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let database = heard.secret("the database's password", "segredo-do-banco");
    let broker = heard.secret("the broker's password", "segredo-do-coelho");
    let urls = [
        format!("postgres://botica:{database}@{nowhere}/botica"),
        // Not only where nobody listens, also what is no address at all.
        format!("postgres://botica:{database}@host:port/botica"),
        format!("mysql://botica:{database}@{nowhere}/botica"),
    ];
    let run = |args: &[&str], database: &str, amqp: Option<&str>| {
        let mut command = command(BINARY.as_ref());
        command.args(args).args(["--log", "trace", "--database-wait", "1s", "--data-dir"]);
        command.arg(hospital.folder.path().join("nowhere")).env("DATABASE_URL", database);
        command.envs(amqp.map(|url| ("AMQP_URL", url.to_owned()))).output().unwrap()
    };
    let amqp = format!("amqp://botica:{broker}@{nowhere}/%2f");
    let mut outputs = Vec::new();
    outputs.push(("serve without its database", run(&["serve", "--listen", "127.0.0.1:0"], &urls[0], None)));
    for url in &urls[1..] {
        outputs.push(("migrate without its database", run(&["migrate"], url, None)));
    }
    outputs.push(("doctor without anything", run(&["doctor"], &urls[0], Some(&amqp))));
    let bad = format!("amqp://botica:{broker}@host:port/%2f");
    outputs.push((
        "serve with a broker that is none",
        run(&["serve", "--role", "consumer"], "sqlite::memory:", Some(&bad)),
    ));
    outputs
}

/// What a publisher logs whose broker is away.
async fn broker_away(heard: &mut Heard, hospital: &Hospital) -> String {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let broker = heard.secret("the publisher's broker's password", "segredo-da-lebre");
    let jwks = hospital.backend.as_ref().unwrap().url("/.well-known/jwks.json");
    let folder = hospital.folder.path().join("without-broker");
    let start = Start::serve(BINARY)
        .args(["--role", "publisher", "--log", "trace", "--jwks-url", &jwks, "--data-dir", folder.to_str().unwrap()])
        .env("AMQP_URL", format!("amqp://botica:{broker}@{nowhere}/%2f"));
    let mut publisher = start.start().unwrap();
    let placing = hospital.client.post(publisher.url("/orders")).bearer_auth(&hospital.token).json(&hospital.order());
    let refused = placing.send().await.unwrap();
    assert_eq!(refused.status(), reqwest::StatusCode::SERVICE_UNAVAILABLE);
    heard.answer(refused).await;
    let ready = hospital.client.get(publisher.url("/health/ready")).send().await.unwrap();
    heard.answer(ready).await;
    publisher.stop(Duration::from_secs(10)).unwrap();
    publisher.log().join("\n")
}
