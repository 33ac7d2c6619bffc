//! Who is shut out places no more orders, within 10 s, and nobody else is disturbed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::relay::Relay;

use crate::hospital::{Hospital, PASSWORD, answer, id, problem};

/// What is promised.
const OUT_WITHIN: Duration = Duration::from_secs(10);

const REVOKED: &str = "/.well-known/revoked-sessions.json";

/// A user, signed in.
struct Nurse {
    path: String,
    email: String,
    token: String,
}

impl Nurse {
    async fn new(hospital: &Hospital, number: u32) -> Nurse {
        let email = format!("nurse{number}@hospital.example");
        let user = json!({ "name": "Enfermagem", "email": email, "password": PASSWORD, "role": "nurse" });
        let path = format!("/users/{}", id(&hospital.post("/users", &user).await));
        let token = hospital.login(&email, PASSWORD).await;
        Nurse { path, email, token }
    }

    /// The answer to placing an order, which is accepted or a problem: its status and code.
    async fn place(&self, hospital: &Hospital) -> (u16, String) {
        let placing = hospital.anonymous(Method::POST, "/orders").bearer_auth(&self.token).json(&hospital.order());
        let placed = placing.send().await.unwrap();
        if placed.status() == StatusCode::ACCEPTED {
            return (202, String::new());
        }
        let (status, code, _) = problem(placed).await;
        (status, code)
    }

    async fn places(&self, hospital: &Hospital) {
        assert_eq!(self.place(hospital).await, (202, String::new()));
    }

    /// Waits until their token is refused, which is within 10 s after `since`.
    async fn is_out(&self, hospital: &Hospital, since: Instant) {
        loop {
            match self.place(hospital).await {
                (202, _) => assert!(since.elapsed() < OUT_WITHIN, "orders are taken after {:?}", since.elapsed()),
                refused => {
                    assert_eq!(refused, (401, "invalid_token".to_owned()));
                    return assert!(since.elapsed() < OUT_WITHIN, "{:?}", since.elapsed());
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn deactivate(&self, hospital: &Hospital) -> Instant {
        let gone = hospital.request(Method::DELETE, &self.path).send().await.unwrap();
        assert_eq!(gone.status(), StatusCode::NO_CONTENT);
        Instant::now()
    }
}

#[tokio::test]
async fn who_is_deactivated_demoted_or_signed_out_places_no_more_orders() {
    places_no_more_orders(&Hospital::embedded().await).await;
}

pub(crate) async fn places_no_more_orders(hospital: &Hospital) {
    let [deactivated, demoted, other] =
        [Nurse::new(hospital, 1).await, Nurse::new(hospital, 2).await, Nurse::new(hospital, 3).await];
    // The client keeps the cookie of its last login.
    let left = Nurse::new(hospital, 4).await;
    for nurse in [&deactivated, &demoted, &left, &other] {
        nurse.places(hospital).await;
    }

    let since = deactivated.deactivate(hospital).await;
    deactivated.is_out(hospital, since).await;
    for nurse in [&demoted, &left, &other] {
        nurse.places(hospital).await;
    }

    answer(hospital.send(Method::PATCH, &demoted.path, &json!({ "role": "manager" })).await).await;
    let since = Instant::now();
    demoted.is_out(hospital, since).await;

    let logout = hospital.anonymous(Method::POST, "/logout").send().await.unwrap();
    assert_eq!(logout.status(), StatusCode::NO_CONTENT);
    let since = Instant::now();
    left.is_out(hospital, since).await;

    other.places(hospital).await;
    let again = Nurse { token: hospital.login(&left.email, PASSWORD).await, ..left };
    again.places(hospital).await;
}

#[tokio::test]
async fn however_many_ask_for_the_list_the_database_is_asked_once_a_second() {
    let hospital = Hospital::embedded().await;
    let (began, mut answers) = (Instant::now(), std::collections::HashSet::new());
    for _ in 0..50 {
        let asking = hospital.anonymous(Method::GET, REVOKED);
        answers.insert(asking.send().await.unwrap().text().await.unwrap());
    }
    // Each time that the database is asked has another instant.
    assert!(answers.len() as u64 <= 1 + began.elapsed().as_secs(), "{} answers", answers.len());
}

#[tokio::test]
async fn who_signed_out_a_moment_ago_is_on_the_list_and_nobody_else() {
    let hospital = Hospital::embedded().await;
    let listed = async || {
        let list = answer(hospital.anonymous(Method::GET, REVOKED).send().await.unwrap()).await;
        let as_of: chrono::DateTime<chrono::Utc> = list["as_of"].as_str().unwrap().parse().unwrap();
        assert!((chrono::Utc::now() - as_of).num_seconds() < 10, "{as_of}");
        list["sessions"].as_array().unwrap().clone()
    };
    assert_eq!(listed().await, Vec::<Value>::new());
    let [stays, leaves] = [Nurse::new(&hospital, 1).await, Nurse::new(&hospital, 2).await];
    assert_eq!(hospital.anonymous(Method::POST, "/logout").send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let since = Instant::now();
    // Strangers get the same answer for a second.
    while listed().await.is_empty() {
        assert!(since.elapsed() < Duration::from_secs(3), "a session that ended is not told of");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(listed().await, [session(&leaves.token)]);
    assert_ne!(session(&leaves.token), session(&stays.token));
}

/// Without its backend a publisher goes by what it knows.
pub(crate) async fn goes_by_what_it_knows(mut hospital: Hospital) {
    let [out, good] = [Nurse::new(&hospital, 1).await, Nurse::new(&hospital, 2).await];
    let since = out.deactivate(&hospital).await;
    out.is_out(&hospital, since).await;
    let metrics = hospital.client.get(hospital.publisher.as_ref().unwrap().url("/metrics")).send().await.unwrap();
    assert!(metrics.text().await.unwrap().contains("botica_revocations_learned_timestamp_seconds 1"));
    hospital.backend.take().unwrap().kill();

    let can_not_learn = |line: &Value| line["message"].as_str().is_some_and(|text| text.contains("ended early"));
    let publisher = hospital.publisher.as_mut().unwrap();
    publisher.wait_for_log(crate::hospital::SOON, can_not_learn).unwrap();
    good.places(&hospital).await;
    assert_eq!(out.place(&hospital).await, (401, "invalid_token".to_owned()));
    hospital.wait_until_ready(hospital.publisher.as_ref().unwrap()).await;
}

/// A publisher that starts asks first: who was shut out before does not get in for a moment.
pub(crate) async fn out_from_the_first_request(mut hospital: Hospital) {
    let [out, good] = [Nurse::new(&hospital, 1).await, Nurse::new(&hospital, 2).await];
    hospital.publisher.take().unwrap().kill();
    out.deactivate(&hospital).await;
    // As slow as a busy one: starting takes until it answers.
    let relay = Arc::new(Relay::start(hospital.backend.as_ref().unwrap().address().to_string()).await.unwrap());
    relay.hold();
    let held = relay.clone();
    let releasing = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        held.release();
    });
    let jwks = format!("http://{}/.well-known/jwks.json", relay.address());
    tokio::task::block_in_place(|| hospital.start_publisher_asking(&jwks));
    assert_eq!(out.place(&hospital).await, (401, "invalid_token".to_owned()));
    releasing.await.unwrap();
    hospital.wait_until_ready(hospital.publisher.as_ref().unwrap()).await;
    good.places(&hospital).await;
}

/// It does not wait for a backend that says nothing.
pub(crate) async fn starts_within_seconds_all_the_same(mut hospital: Hospital) {
    let good = Nurse::new(&hospital, 1).await;
    hospital.publisher.take().unwrap().kill();
    let relay = Relay::start(hospital.backend.as_ref().unwrap().address().to_string()).await.unwrap();
    relay.hold();
    let began = Instant::now();
    hospital.start_publisher_asking(&format!("http://{}/.well-known/jwks.json", relay.address()));
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    let log = hospital.publisher.as_mut().unwrap().log().join("\n");
    assert!(log.contains("starting without knowing which sessions ended early"), "{log}");
    // By the keys that it kept.
    good.places(&hospital).await;
}

/// The session that a token says it is of.
fn session(token: &str) -> Value {
    jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims["sid"].clone()
}
