//! Tokens as strangers would have them: none is believed by the product.

use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::tokens::{Key, but, claims_of, corpus};

use crate::hospital::{Hospital, id, problem};

/// Asks the backend who one is, and the publisher to take an order; how each answers.
async fn asked(hospital: &Hospital, authorization: &[&str]) -> [u16; 2] {
    let mut answers = [0; 2];
    for (at, (method, path)) in [(Method::GET, "/me"), (Method::POST, "/orders")].into_iter().enumerate() {
        let mut request = hospital.anonymous(method, path);
        for value in authorization {
            request = request.header("authorization", *value);
        }
        if path == "/orders" {
            request = request.json(&hospital.order());
        }
        let answer = request.send().await.unwrap();
        answers[at] = answer.status().as_u16();
    }
    answers
}

#[tokio::test]
async fn no_strange_token_is_believed() {
    nobody_is_believed(&Hospital::embedded().await).await;
}

pub(crate) async fn nobody_is_believed(hospital: &Hospital) {
    let key = Key::from_pem(&std::fs::read_to_string(hospital.folder.path().join("token-key.pem")).unwrap());
    // Of somebody who is signed in: each fails for what is wrong with it, not for whom it names.
    let claims = claims_of(&hospital.token);
    let good = format!("Bearer {}", key.sign(&key.header(), &claims.to_string()));
    assert_eq!(asked(hospital, &[&good]).await, [200, 202]);

    let corpus = corpus(&key, &claims);
    assert!(corpus.len() > 55);
    for (name, token) in &corpus {
        assert_eq!(asked(hospital, &[&format!("Bearer {token}")]).await, [401, 401], "{name}");
    }
    assert_eq!(asked(hospital, &[&good, &good]).await, [401, 401], "twice");
    assert_eq!(asked(hospital, &[&good, "Basic YTpi"]).await, [401, 401], "with another");
    assert_eq!(asked(hospital, &[&good.replace("Bearer", "Token")]).await, [401, 401]);

    // What is given out for another purpose.
    let board = hospital.post("/boards", &json!({ "name": "UTI" })).await;
    let board = board["token"].as_str().unwrap();
    assert_eq!(asked(hospital, &[&format!("Bearer {board}")]).await, [403, 403]);
    let body = json!({ "email": crate::hospital::ADMIN, "password": crate::hospital::PASSWORD });
    let login = hospital.anonymous(Method::POST, "/login").json(&body).send().await.unwrap();
    for cookie in login.headers().get_all("set-cookie") {
        let value = cookie.to_str().unwrap().split(['=', ';']).nth(1).unwrap();
        assert_eq!(asked(hospital, &[&format!("Bearer {value}")]).await, [401, 401], "a cookie's value");
    }
    let token = good.trim_start_matches("Bearer ");
    let in_query = hospital.anonymous(Method::GET, &format!("/me?access_token={token}")).send().await.unwrap();
    assert_eq!(problem(in_query).await.1, "missing_token");

    // So large that it is not even read.
    let large = key.sign(&key.header(), &but(claims, json!({ "name": "a".repeat(75_000) })).to_string());
    for (method, path) in [(Method::GET, "/me"), (Method::POST, "/orders")] {
        let request = hospital.anonymous(method, path).bearer_auth(&large).json(&hospital.order());
        // The server may answer or hang up before all of it is sent.
        if let Ok(answer) = request.send().await {
            assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "{path}");
        }
    }
    let order = hospital.order();
    hospital.place(&order).await;
    hospital.stored(&id(&order), crate::hospital::SOON).await;
    assert_eq!(hospital.stored_ids().await.len(), 2, "only what the good tokens placed");
    assert_eq!(hospital.request(Method::GET, "/me").send().await.unwrap().status(), StatusCode::OK);
}
