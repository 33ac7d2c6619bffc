//! Wall screens: they look on, do nothing else, and only until they are revoked.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::hospital::{Hospital, SOON, answer, id, problem};
use crate::stream::Reader;

#[tokio::test]
async fn a_board_looks_on_until_it_is_revoked() {
    let hospital = Hospital::embedded().await;
    let backend = hospital.backend.as_ref().unwrap();
    let created = hospital.send(Method::POST, "/boards", &json!({ "name": "Farmácia central" })).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let created = answer(created).await;
    let token = created["token"].as_str().unwrap();
    assert!(token.starts_with("botica_board_") && token.len() > 50, "{token}");
    let list = hospital.get("/boards").await;
    assert_eq!(
        (&list["items"][0]["name"], &list["items"][0]["revoked_at"]),
        (&json!("Farmácia central"), &Value::Null)
    );
    assert!(!list.to_string().contains("token"), "{list}");

    // The screen's browser, of which nobody is signed in.
    let browser = Client::builder().cookie_store(true).build().unwrap();
    assert_eq!(browser.get(backend.url("/orders")).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let open = async |token: &str| {
        browser.post(backend.url("/boards/open")).json(&json!({ "token": token })).send().await.unwrap()
    };
    assert_eq!(problem(open("botica_board_x").await).await.1, "invalid_token");
    let opened = open(token).await;
    assert_eq!(opened.status(), StatusCode::NO_CONTENT);
    let cookie = opened.headers()["set-cookie"].to_str().unwrap();
    for part in ["botica_board=botica_board_", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let mut by_cookie = Reader::of(browser.get(backend.url("/orders/stream")).send().await.unwrap());
    let mut by_token = Reader::open(backend, token, "", None).await;
    let order = hospital.order();
    hospital.place(&order).await;
    for reader in [&mut by_cookie, &mut by_token] {
        assert_eq!(reader.next().await.unwrap().name, "hello");
        assert_eq!(reader.next_of_order().await.data["order_id"], order["id"]);
    }
    let orders = answer(browser.get(backend.url("/orders")).send().await.unwrap()).await;
    assert_eq!(orders["items"][0]["id"], order["id"]);

    // It has no orders of its own, and may do nothing.
    let mine = hospital.anonymous(Method::GET, "/orders/stream?mine=true").bearer_auth(token).send().await.unwrap();
    assert_eq!(problem(mine).await, (422, "invalid_input".to_owned(), vec!["query/mine".to_owned()]));
    for (method, path) in [
        (Method::GET, "/me".to_owned()),
        (Method::GET, "/users".to_owned()),
        (Method::GET, "/audit".to_owned()),
        (Method::POST, "/medications".to_owned()),
        (Method::POST, format!("/orders/{}/accept", id(&order))),
    ] {
        let refused =
            hospital.anonymous(method.clone(), &path).bearer_auth(token).json(&json!({})).send().await.unwrap();
        assert_eq!(problem(refused).await.1, "forbidden", "{path}");
        let by_cookie = browser.request(method, backend.url(&path)).json(&json!({})).send().await.unwrap();
        assert_eq!(by_cookie.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let placed = hospital.anonymous(Method::POST, "/orders").bearer_auth(token).json(&hospital.order());
    assert_eq!(placed.send().await.unwrap().status(), StatusCode::FORBIDDEN);

    let began = Instant::now();
    let path = format!("/boards/{}", id(&created));
    for _ in 0..2 {
        let revoked = hospital.request(Method::DELETE, &path).send().await.unwrap();
        assert_eq!(revoked.status(), StatusCode::NO_CONTENT);
    }
    for reader in [&mut by_cookie, &mut by_token] {
        let mut last = None;
        while let Some(event) = reader.next().await {
            last = Some(event);
        }
        assert_eq!(last.unwrap().name, "end");
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(browser.get(backend.url("/orders")).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let late = hospital.anonymous(Method::GET, "/orders/stream").bearer_auth(token).send().await.unwrap();
    assert_eq!(problem(late).await.1, "invalid_token");
    assert_eq!(open(token).await.status(), StatusCode::UNAUTHORIZED);
    let kinds = hospital.get("/audit?kind=board").await;
    let kinds: Vec<_> = kinds["items"].as_array().unwrap().iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["board.revoked", "board.created"], "each once");
}

#[tokio::test]
async fn a_browser_in_which_somebody_was_signed_in_can_be_a_board() {
    let hospital = Hospital::embedded().await;
    hospital.someone("nurse", 1).await;
    let backend = hospital.backend.as_ref().unwrap();
    // The client keeps the nurse's cookie; then the nurse is gone.
    let users = hospital.get("/users").await;
    let nurse = users["items"].as_array().unwrap().iter().find(|user| user["role"] == "nurse").map(id).unwrap();
    hospital.request(Method::DELETE, &format!("/users/{nurse}")).send().await.unwrap();
    let created = hospital.post("/boards", &json!({ "name": "Posto 3" })).await;
    let body = json!({ "token": created["token"] });
    let opened = hospital.client.post(backend.url("/boards/open")).json(&body).send().await.unwrap();
    assert_eq!(opened.status(), StatusCode::NO_CONTENT);
    let stream = hospital.client.get(backend.url("/orders/stream")).timeout(SOON).send().await.unwrap();
    assert_eq!(Reader::of(stream).next().await.unwrap().name, "hello");
}
