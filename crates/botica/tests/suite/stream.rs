//! The stream: each event once and in order, whatever happens to readers, writers and backends.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::{Value, json};
use testkit::product::Product;

use crate::hospital::{Hospital, SOON, answer, id};

/// One event as it came.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<i64>,
    pub(crate) data: Value,
}

/// Reads a stream.
pub(crate) struct Reader {
    answer: Response,
    /// What came and was not read yet; a chunk may end within a letter.
    bytes: Vec<u8>,
}

impl Reader {
    pub(crate) async fn open(product: &Product, token: &str, query: &str, last: Option<i64>) -> Reader {
        // Without a time-out: a stream has no end.
        let client = reqwest::Client::new();
        let mut request = client.get(product.url(&format!("/orders/stream{query}"))).bearer_auth(token);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        Reader::of(request.send().await.unwrap())
    }

    pub(crate) fn of(answer: Response) -> Reader {
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Reader { answer, bytes: vec![] }
    }

    /// The next event, also a sign of life; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.bytes.windows(2).position(|pair| pair == b"\n\n") {
                let chunk = String::from_utf8(self.bytes.drain(..end + 2).collect()).unwrap();
                let field = |name: &str| chunk.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                let Some(data) = field("data") else { continue };
                return Some(Event {
                    name: field("event").unwrap_or("message").to_owned(),
                    id: field("id").map(|id| id.parse().unwrap()),
                    data: serde_json::from_str(data).unwrap(),
                });
            }
            let chunk = tokio::time::timeout(SOON, self.answer.chunk()).await.expect("a sign of life").ok()??;
            self.bytes.extend(chunk);
        }
    }

    /// The next event of an order. Signs of life go on for ever where it does not come.
    pub(crate) async fn next_of_order(&mut self) -> Event {
        let told = async {
            loop {
                let event = self.next().await.expect("the stream goes on");
                if event.name == "message" {
                    return event;
                }
            }
        };
        tokio::time::timeout(SOON, told).await.expect("an order is told of")
    }

    /// The numbers of events up to `last`, and the names of the events between.
    pub(crate) async fn numbers_until(&mut self, last: i64) -> (Vec<i64>, Vec<String>) {
        let (mut numbers, mut names) = (vec![], vec![]);
        while numbers.last() != Some(&last) {
            let event = self.next().await.expect("the stream goes on");
            match event.id {
                Some(id) if event.name == "message" => {
                    assert_eq!(event.data["seq"], id);
                    numbers.push(id);
                }
                _ => names.push(event.name),
            }
        }
        (numbers, names)
    }
}

#[tokio::test]
async fn an_order_is_on_the_stream_within_a_second() {
    within_a_second(&Hospital::embedded().await).await;
}

pub(crate) async fn within_a_second(hospital: &Hospital) {
    let technician = hospital.someone("technician", 1).await;
    let backend = hospital.backend.as_ref().unwrap();
    let mut reader = Reader::open(backend, &technician, "", None).await;
    assert_eq!(reader.next().await.unwrap().name, "hello");
    for _ in 0..5 {
        let order = hospital.order();
        let began = Instant::now();
        hospital.place(&order).await;
        let event = reader.next_of_order().await;
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        assert_eq!((&event.data["kind"], &event.data["order"]["id"]), (&json!("requested"), &order["id"]));
        answer(hospital.step(&technician, &order, "accept", &Value::Null).await).await;
        let event = reader.next_of_order().await;
        assert_eq!((&event.data["kind"], &event.data["order"]["status"]), (&json!("accepted"), &json!("accepted")));
    }
}

#[tokio::test]
async fn who_comes_back_after_nobody_watched_misses_nothing() {
    let hospital = Hospital::embedded().await;
    let technician = hospital.someone("technician", 1).await;
    let backend = hospital.backend.as_ref().unwrap();
    let mut last = Reader::open(backend, &technician, "", None).await.next().await.unwrap().id;
    for _ in 0..3 {
        let missed = [hospital.order(), hospital.order()];
        for order in &missed {
            hospital.place(order).await;
            hospital.stored(&id(order), SOON).await;
        }
        let mut reader = Reader::open(backend, &technician, "", last).await;
        let live = hospital.order();
        hospital.place(&live).await;
        for order in missed.iter().chain([&live]) {
            let event = reader.next_of_order().await;
            assert_eq!(event.data["order"]["id"], order["id"]);
            last = event.id;
        }
    }
}

#[tokio::test]
async fn one_may_watch_a_ward_a_dispenser_or_what_concerns_oneself() {
    let hospital = Hospital::embedded().await;
    let elsewhere = json!({ "name": "Pediatria 1", "ward": "Pediatria" });
    let elsewhere = id(&hospital.post("/dispensers", &elsewhere).await);
    let [nurse, other] = [hospital.someone("nurse", 1).await, hospital.someone("nurse", 2).await];
    let [holder, colleague] = [hospital.someone("technician", 1).await, hospital.someone("technician", 2).await];
    let backend = hospital.backend.as_ref().unwrap();
    let mut ward = Reader::open(backend, &other, "?ward=Pediatria", None).await;
    let mut dispenser = Reader::open(backend, &other, &format!("?dispenser_id={elsewhere}"), None).await;
    let mut mine = Reader::open(backend, &nurse, "?mine=true", None).await;
    let mut held = Reader::open(backend, &holder, "?mine=true", None).await;
    for reader in [&mut ward, &mut dispenser, &mut mine, &mut held] {
        assert_eq!(reader.next().await.unwrap().name, "hello");
    }
    let here = hospital.order();
    let mut there = hospital.order();
    there["dispenser_id"] = json!(elsewhere);
    hospital.place_as(&nurse, &here).await;
    hospital.place_as(&other, &there).await;
    for order in [&here, &there] {
        hospital.stored(&id(order), SOON).await;
    }
    answer(hospital.step(&holder, &there, "accept", &Value::Null).await).await;
    answer(hospital.step(&colleague, &there, "release", &Value::Null).await).await;
    for reader in [&mut ward, &mut dispenser] {
        for kind in ["requested", "accepted", "released"] {
            let event = reader.next_of_order().await;
            assert_eq!((&event.data["order_id"], &event.data["kind"]), (&there["id"], &json!(kind)));
        }
    }
    assert_eq!(mine.next_of_order().await.data["order_id"], here["id"]);
    for kind in ["accepted", "released"] {
        assert_eq!(held.next_of_order().await.data["kind"], kind, "also what a colleague gave back");
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_a_browser_opens_it_with_its_cookie() {
    let hospital = Hospital::embedded().await;
    let nurse = hospital.someone("nurse", 1).await;
    let backend = hospital.backend.as_ref().unwrap();
    // The client keeps the cookie of its last login, the nurse's.
    let by_cookie = hospital.client.get(backend.url("/orders/stream")).timeout(Duration::from_secs(60));
    let mut by_cookie = Reader::of(by_cookie.send().await.unwrap());
    let mut by_token = Reader::open(backend, &nurse, "", None).await;
    for reader in [&mut by_cookie, &mut by_token] {
        assert_eq!(reader.next().await.unwrap().name, "hello");
    }
    let lists = hospital.client.get(backend.url("/orders")).send().await.unwrap();
    assert_eq!(lists.status(), 401, "only the stream takes the cookie of a session");

    let users = hospital.get("/users").await;
    let nurse_id = users["items"].as_array().unwrap().iter().find(|user| user["role"] == "nurse").map(id).unwrap();
    let began = Instant::now();
    let gone = hospital.request(Method::DELETE, &format!("/users/{nurse_id}")).send().await.unwrap();
    assert!(gone.status().is_success());
    for reader in [&mut by_cookie, &mut by_token] {
        let mut last = None;
        while let Some(event) = reader.next().await {
            last = Some(event);
        }
        assert_eq!(last.unwrap().name, "end");
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let anew = hospital.client.get(backend.url("/orders/stream")).send().await.unwrap();
    assert_eq!(anew.status(), 401);
    let order = hospital.order();
    let writes = hospital.step(&nurse, &order, "receive", &Value::Null).await;
    assert_eq!(writes.status(), 401);
}

#[tokio::test]
async fn a_strange_last_id_is_told_and_a_future_one_starts_anew() {
    let hospital = Hospital::embedded().await;
    let stream = || hospital.request(Method::GET, "/orders/stream");
    let wrong = stream().header("Last-Event-ID", "x").send().await.unwrap();
    assert_eq!(crate::hospital::problem(wrong).await.2, ["header/Last-Event-ID"]);
    let mut reader = Reader::of(stream().header("Last-Event-ID", "999999").send().await.unwrap());
    let event = reader.next().await.unwrap();
    assert_eq!((event.name.as_str(), &event.data["after"]), ("resync", &json!(999_999)));
    assert_eq!(event.id, event.data["continues_after"].as_i64());
    assert_eq!(reader.next().await.unwrap().name, "heartbeat");
}
