//! Who guesses a password gets nowhere, and keeps nobody out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::hospital::{ADMIN, Hospital, PASSWORD, SOON, problem};

const GUESSES: u64 = 10_000;

fn browser() -> Client {
    Client::builder().timeout(SOON).cookie_store(true).build().unwrap()
}

async fn login(hospital: &Hospital, client: &Client, from: Option<&str>, password: &str) -> reqwest::Response {
    let mut request = client.post(hospital.backend.as_ref().unwrap().url("/login"));
    if let Some(from) = from {
        request = request.header("x-forwarded-for", from);
    }
    request.json(&json!({ "email": ADMIN, "password": password })).send().await.unwrap()
}

/// A counter of the backend, over all its labels that contain `label`.
async fn counted(hospital: &Hospital, name: &str, label: &str) -> u64 {
    let metrics = hospital.client.get(hospital.backend.as_ref().unwrap().url("/metrics")).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let lines = metrics.lines().filter(|line| line.starts_with(name) && line.contains(label));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// Guesses from wherever `from` says, while the user signs in again and again; returns how often that was.
async fn guessed(hospital: &Hospital, from: impl Fn(u64) -> Option<String> + Send + Sync + 'static) -> u64 {
    let user = browser();
    assert_eq!(login(hospital, &user, Some("198.51.100.1"), PASSWORD).await.status(), StatusCode::OK);
    let (next, from) = (Arc::new(AtomicU64::new(0)), Arc::new(from));
    let mut guessing = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (next, from, client) = (next.clone(), from.clone(), Client::builder().timeout(SOON).build().unwrap());
        let url = hospital.backend.as_ref().unwrap().url("/login");
        guessing.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= GUESSES {
                    return;
                }
                let mut request =
                    client.post(&url).json(&json!({ "email": ADMIN, "password": format!("guess {number}") }));
                if let Some(from) = from(number) {
                    request = request.header("x-forwarded-for", from);
                }
                let answer = request.send().await.unwrap();
                match answer.status() {
                    StatusCode::UNAUTHORIZED => {}
                    StatusCode::TOO_MANY_REQUESTS => assert!(answer.headers().contains_key("retry-after")),
                    other => panic!("{other}: {}", answer.text().await.unwrap()),
                }
            }
        });
    }
    let mut signed_in = 1;
    while !guessing.is_empty() {
        // From the guesser's own address, even: a ward and its visitors may share one.
        let from = if signed_in % 2 == 0 { "198.51.100.1" } else { "203.0.113.1" };
        let entered = login(hospital, &user, Some(from), PASSWORD).await;
        assert_eq!(entered.status(), StatusCode::OK, "the user is kept out");
        signed_in += 1;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
            ended = guessing.join_next() => ended.unwrap().unwrap(),
        }
    }
    signed_in
}

async fn at_most_a_hundred_were_looked_at(hospital: &Hospital, right: u64) {
    let wrong = counted(hospital, "botica_logins_total", "wrong").await;
    let checks = counted(hospital, "botica_password_checks_total", "").await;
    assert_eq!(checks, wrong + right);
    assert!((1..=100).contains(&wrong), "{wrong} guesses were looked at");
    assert!(counted(hospital, "botica_logins_total", "throttled").await >= GUESSES - 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_guesses_from_one_address_get_nowhere_and_keep_nobody_out() {
    let hospital = Hospital::embedded_with(&["--trusted-proxies", "127.0.0.1"]).await;
    let right = 1 + guessed(&hospital, |_| Some("203.0.113.1".to_owned())).await;
    at_most_a_hundred_were_looked_at(&hospital, right).await;
    let entered = login(&hospital, &browser(), Some("198.51.100.7"), PASSWORD).await;
    assert_eq!(entered.status(), StatusCode::OK, "a new device, from elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_guesses_from_as_many_addresses_get_nowhere_and_keep_nobody_out() {
    let hospital = Hospital::embedded_with(&["--trusted-proxies", "127.0.0.0/8"]).await;
    let address = |number: u64| Some(format!("203.{}.{}.1", number / 256, number % 256));
    let right = 1 + guessed(&hospital, address).await;
    at_most_a_hundred_were_looked_at(&hospital, right).await;

    // A new device is told when, and gets in then.
    let device = browser();
    loop {
        let entered = login(&hospital, &device, Some("198.51.100.7"), PASSWORD).await;
        if entered.status() == StatusCode::OK {
            break;
        }
        assert_eq!(entered.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = entered.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
}

#[tokio::test]
async fn who_writes_the_header_of_a_proxy_without_being_one_is_counted_where_they_are() {
    let hospital = Hospital::embedded().await;
    let client = Client::builder().timeout(SOON).build().unwrap();
    for number in 0..10 {
        let refused = login(&hospital, &client, Some(&format!("203.0.113.{number}")), "wrong password").await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
    let refused = login(&hospital, &client, Some("203.0.113.99"), "wrong password").await;
    assert_eq!(problem(refused).await.1, "too_many_requests");
}

#[tokio::test]
async fn a_browser_is_remembered_by_a_cookie_that_no_script_and_no_other_site_has_and_that_lets_nobody_in() {
    let hospital = Hospital::embedded().await;
    let client = Client::builder().timeout(SOON).build().unwrap();
    let entered = login(&hospital, &client, None, PASSWORD).await;
    let cookies: Vec<_> =
        entered.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned()).collect();
    let device = cookies.iter().find(|cookie| cookie.starts_with("botica_device=")).unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=15552000"] {
        assert!(device.contains(attribute), "{device}");
    }
    let device = device.split(';').next().unwrap();
    let url = |path| hospital.backend.as_ref().unwrap().url(path);
    let refused = client.post(url("/login/refresh")).header("cookie", device).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);

    // As another's, or altered, it makes nobody known: ten failures, as of any stranger.
    let guess = async |cookie: &str| {
        let body = json!({ "email": "nobody@hospital.example", "password": "wrong password" });
        client.post(url("/login")).header("cookie", cookie).json(&body).send().await.unwrap().status()
    };
    for number in 0..10 {
        let cookie = if number % 2 == 0 { device.to_owned() } else { format!("{}A", &device[..device.len() - 1]) };
        assert_eq!(guess(&cookie).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(guess(device).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_beyond_what_can_be_checked_are_told_to_come_back_and_a_known_browser_is_not() {
    let args = ["--passwords-at-once", "1", "--password-wait", "100ms", "--login-failures-per-address", "0"];
    let hospital = Hospital::embedded_with(&args).await;
    let user = browser();
    assert_eq!(login(&hospital, &user, None, PASSWORD).await.status(), StatusCode::OK);
    let mut asking = tokio::task::JoinSet::new();
    // One client for all: made one by one, they would ask one by one.
    let strangers = Client::builder().timeout(SOON).build().unwrap();
    for number in 0..100 {
        let request = strangers.post(hospital.backend.as_ref().unwrap().url("/login"));
        let body = json!({ "email": format!("nobody{number}@hospital.example"), "password": "wrong password" });
        asking.spawn(async move {
            let answer = request.json(&body).send().await.unwrap();
            let retry = answer.headers().contains_key("retry-after");
            let status = answer.status();
            let body: Value = answer.json().await.unwrap();
            (status, body["code"].as_str().unwrap().to_owned(), retry)
        });
    }
    let entered = login(&hospital, &user, None, PASSWORD).await;
    assert_eq!(entered.status(), StatusCode::OK, "a known browser does not wait behind strangers");
    let answers = asking.join_all().await;
    let busy = answers.iter().filter(|answer| **answer == (StatusCode::SERVICE_UNAVAILABLE, "busy".to_owned(), true));
    let wrong = answers.iter().filter(|answer| answer.0 == StatusCode::UNAUTHORIZED);
    let (busy, wrong) = (busy.count(), wrong.count());
    assert!(busy > 0 && wrong > 0 && busy + wrong == 100, "{answers:?}");
}

#[tokio::test]
async fn who_found_a_device_signed_in_can_not_try_out_its_users_password() {
    let hospital = Hospital::embedded().await;
    let change = |password: &str| {
        let body = json!({ "current_password": password, "new_password": "another long password" });
        hospital.request(reqwest::Method::PUT, "/me/password").json(&body).send()
    };
    for _ in 0..10 {
        assert_eq!(problem(change("wrong password").await.unwrap()).await.1, "invalid_input");
    }
    assert_eq!(problem(change(PASSWORD).await.unwrap()).await.1, "too_many_requests");
}
