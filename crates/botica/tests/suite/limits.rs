//! How much one may ask, and from where.

use reqwest::{Method, Response, StatusCode};

use crate::hospital::{Hospital, problem};

async fn place(hospital: &Hospital, who: &str, from: &str) -> Response {
    let placing = hospital.anonymous(Method::POST, "/orders").bearer_auth(who).header("x-forwarded-for", from);
    placing.json(&hospital.order()).send().await.unwrap()
}

async fn is_too_much(answer: Response) {
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let (status, code, _) = problem(answer).await;
    assert_eq!((status, code.as_str()), (429, "too_many_requests"));
}

#[tokio::test]
async fn an_account_places_so_many_orders_a_minute_and_others_go_on() {
    let hospital = Hospital::embedded_with(&["--orders-per-account", "3"]).await;
    let (one, other) = (hospital.someone("nurse", 1).await, hospital.someone("nurse", 2).await);
    for _ in 0..3 {
        assert_eq!(place(&hospital, &one, "198.51.100.1").await.status(), StatusCode::ACCEPTED);
    }
    is_too_much(place(&hospital, &one, "198.51.100.2").await).await;
    assert_eq!(place(&hospital, &other, "198.51.100.1").await.status(), StatusCode::ACCEPTED);
    let seed = hospital.anonymous(Method::POST, "/publish_order").bearer_auth(&one).json(&hospital.order());
    is_too_much(seed.send().await.unwrap()).await;
}

#[tokio::test]
async fn an_address_places_so_many_orders_a_minute_and_others_go_on() {
    let args = ["--orders-per-address", "3", "--trusted-proxies", "127.0.0.1"];
    let hospital = Hospital::embedded_with(&args).await;
    let (one, other) = (hospital.someone("nurse", 1).await, hospital.someone("nurse", 2).await);
    for who in [&one, &other, &one] {
        assert_eq!(place(&hospital, who, "198.51.100.1").await.status(), StatusCode::ACCEPTED);
    }
    is_too_much(place(&hospital, &other, "198.51.100.1").await).await;
    assert_eq!(place(&hospital, &other, "198.51.100.2").await.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn zero_lifts_the_limits() {
    let hospital = Hospital::embedded_with(&["--orders-per-account", "0", "--orders-per-address", "0"]).await;
    for _ in 0..700 {
        assert_eq!(place(&hospital, &hospital.token, "198.51.100.1").await.status(), StatusCode::ACCEPTED);
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_let_in_only_if_they_are_named() {
    const NAMED: &str = "https://panel.hospital.example";
    let ask = async |hospital: &Hospital, origin: &str, is_question: bool| {
        let method = if is_question { Method::OPTIONS } else { Method::GET };
        let mut request = hospital.request(method, "/me").header("origin", origin);
        if is_question {
            request = request.header("access-control-request-method", "GET");
        }
        let answer = request.send().await.unwrap();
        let allowed =
            answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), allowed)
    };
    let closed = Hospital::embedded().await;
    for origin in [NAMED, "null", "http://localhost"] {
        assert_eq!(ask(&closed, origin, true).await, (405, None));
        assert_eq!(ask(&closed, origin, false).await, (200, None));
    }
    let open = Hospital::embedded_with(&["--cors-origins", &format!("https://other.example,{NAMED}")]).await;
    assert_eq!(ask(&open, NAMED, true).await, (204, Some(NAMED.to_owned())));
    assert_eq!(ask(&open, NAMED, false).await, (200, Some(NAMED.to_owned())));
    for stranger in ["null", "http://panel.hospital.example", "https://panel.hospital.example.evil.example"] {
        assert_eq!(ask(&open, stranger, true).await, (405, None), "{stranger}");
        assert_eq!(ask(&open, stranger, false).await, (200, None), "{stranger}");
    }
}
