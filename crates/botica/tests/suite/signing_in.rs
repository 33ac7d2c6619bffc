//! Signing in, staying so, and being shut out.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hospital::{ADMIN, Hospital, PASSWORD, answer, problem};

async fn post(hospital: &Hospital, path: &str, body: Value) -> reqwest::Response {
    hospital.client.post(hospital.backend.as_ref().unwrap().url(path)).json(&body).send().await.unwrap()
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let hospital = Hospital::embedded().await;
    let mut answers = Vec::new();
    for (email, password) in [(ADMIN, "wrong password"), ("nobody@hospital.example", PASSWORD), ("nonsense", "x")] {
        let answer = post(&hospital, "/login", json!({ "email": email, "password": password })).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        answers.push(answer.text().await.unwrap());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn who_guesses_has_to_wait() {
    let hospital = Hospital::embedded().await;
    let guess = || post(&hospital, "/login", json!({ "email": ADMIN, "password": "wrong password" }));
    for _ in 0..10 {
        assert_eq!(guess().await.status(), StatusCode::UNAUTHORIZED);
    }
    let refused = guess().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
}

#[tokio::test]
async fn a_session_is_kept_by_the_cookie_until_signing_out() {
    let hospital = Hospital::embedded().await;
    let refreshed = answer(post(&hospital, "/login/refresh", Value::Null).await).await;
    assert_eq!(refreshed["user"]["email"], ADMIN);
    let expires_in = refreshed["expires_in"].as_u64().unwrap();
    assert_eq!(expires_in, 600);
    let again = post(&hospital, "/login/refresh", Value::Null).await;
    let cookie = again.headers()["set-cookie"].to_str().unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let token = answer(again).await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(post(&hospital, "/logout", Value::Null).await.status(), StatusCode::NO_CONTENT);
    let (status, code, _) = problem(post(&hospital, "/login/refresh", Value::Null).await).await;
    assert_eq!((status, code.as_str()), (401, "session_ended"));
    let me = hospital.backend.as_ref().unwrap().url("/me");
    let out = hospital.client.get(me).bearer_auth(token).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::UNAUTHORIZED, "the access token is of no use on the backend");
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let mut hospital = Hospital::embedded().await;
    let good = hospital.token.clone();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for token in ["", "nonsense", &forged] {
        hospital.token = token.to_owned();
        for (method, path) in [
            (Method::GET, "/me"),
            (Method::GET, "/orders"),
            (Method::GET, "/medication/all"),
            (Method::GET, "/users"),
            (Method::POST, "/orders"),
            (Method::POST, "/publish_order"),
        ] {
            let (status, _, _) = problem(hospital.send(method, path, &hospital.order()).await).await;
            assert_eq!(status, 401, "{path} {token}");
        }
    }
}

#[tokio::test]
async fn an_expired_token_is_told_from_a_bad_one() {
    let mut hospital = Hospital::embedded().await;
    hospital.backend.take().unwrap().kill();
    let start = testkit::product::Start::serve(crate::hospital::BINARY).args([
        "--data-dir",
        hospital.folder.path().to_str().unwrap(),
        "--access-token-life",
        "0s",
    ]);
    hospital.backend = Some(start.start().unwrap());
    hospital.token = hospital.login(ADMIN, PASSWORD).await;
    // The clocks of two hosts may be a few seconds apart: that long an expired token is still taken.
    let deadline = std::time::Instant::now() + crate::hospital::SOON;
    loop {
        let answer = hospital.send(Method::POST, "/orders", &hospital.order()).await;
        if answer.status() != StatusCode::ACCEPTED {
            assert_eq!(problem(answer).await.1, "expired_token");
            return;
        }
        assert!(std::time::Instant::now() < deadline, "an expired token is still taken");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn an_access_token_ends_with_its_session_at_the_latest() {
    let hospital = Hospital::embedded_with(&["--session-life", "60s"]).await;
    let signed_in = answer(post(&hospital, "/login", json!({ "email": ADMIN, "password": PASSWORD })).await).await;
    assert_eq!(signed_in["expires_in"], 60);
    let refreshed = answer(post(&hospital, "/login/refresh", Value::Null).await).await;
    assert!(refreshed["expires_in"].as_u64().unwrap() <= 60, "{refreshed}");
}

#[tokio::test]
async fn a_deactivated_user_is_out_at_once() {
    let mut hospital = Hospital::embedded().await;
    let nurse = json!({ "name": "Enfermagem", "email": "n@hospital.example", "password": "12345678", "role": "nurse" });
    let nurse = hospital.post("/users", &nurse).await;
    let path = format!("/users/{}", nurse["id"].as_str().unwrap());
    let nurses_token = hospital.login("n@hospital.example", "12345678").await;
    let me = hospital.backend.as_ref().unwrap().url("/me");
    let ask = || hospital.client.get(&me).bearer_auth(&nurses_token).send();
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
    let out = hospital.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(ask().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let login = post(&hospital, "/login", json!({ "email": "n@hospital.example", "password": "12345678" })).await;
    assert_eq!(login.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(hospital.get(&path).await["is_active"], false);
    hospital.token = hospital.login(ADMIN, PASSWORD).await;
    let own = format!("/users/{}", hospital.get("/me").await["id"].as_str().unwrap());
    let oneself = hospital.request(Method::DELETE, &own).send().await.unwrap();
    assert_eq!(problem(oneself).await.1, "own_access");
}

#[tokio::test]
async fn a_changed_user_keeps_the_rest_and_another_role_ends_the_session() {
    let mut hospital = Hospital::embedded().await;
    let nurse = json!({ "name": "Enfermagem", "email": "n@hospital.example", "password": "12345678", "role": "nurse" });
    let nurse = hospital.post("/users", &nurse).await;
    let path = format!("/users/{}", nurse["id"].as_str().unwrap());
    let nurses_token = hospital.login("n@hospital.example", "12345678").await;
    let me = hospital.backend.as_ref().unwrap().url("/me");
    let ask = || hospital.client.get(&me).bearer_auth(&nurses_token).send();

    let renamed = answer(hospital.send(Method::PATCH, &path, &json!({ "name": "Enfermagem UTI" })).await).await;
    assert_eq!((&renamed["name"], &renamed["email"]), (&json!("Enfermagem UTI"), &nurse["email"]));
    assert_eq!(answer(ask().await.unwrap()).await["name"], "Enfermagem UTI", "a name is no reason to sign in again");
    let promoted = answer(hospital.send(Method::PATCH, &path, &json!({ "role": "technician" })).await).await;
    assert_eq!(promoted["role"], "technician");
    assert_eq!(ask().await.unwrap().status(), StatusCode::UNAUTHORIZED);

    let bad = hospital.send(Method::PATCH, &path, &json!({ "name": "", "email": "x", "password": "1" })).await;
    assert_eq!(problem(bad).await.2, ["/name", "/email", "/password"]);
    let taken = hospital.send(Method::PATCH, &path, &json!({ "email": ADMIN })).await;
    assert_eq!(problem(taken).await.1, "email_taken");
    hospital.token = hospital.login(ADMIN, PASSWORD).await;
    let own = format!("/users/{}", hospital.get("/me").await["id"].as_str().unwrap());
    let demoted = hospital.send(Method::PATCH, &own, &json!({ "role": "nurse" })).await;
    assert_eq!(problem(demoted).await.1, "own_access");
}

#[tokio::test]
async fn a_new_password_signs_out_everywhere() {
    let mut hospital = Hospital::embedded().await;
    let body = json!({ "current_password": "wrong password", "new_password": "another long password" });
    let wrong = hospital.send(Method::PUT, "/me/password", &body).await;
    assert_eq!(problem(wrong).await, (422, "invalid_input".into(), vec!["/current_password".into()]));
    let body = json!({ "current_password": PASSWORD, "new_password": "short" });
    let short = hospital.send(Method::PUT, "/me/password", &body).await;
    assert_eq!(problem(short).await.2, ["/new_password"]);
    let body = json!({ "current_password": PASSWORD, "new_password": "another long password" });
    let changed = hospital.send(Method::PUT, "/me/password", &body).await;
    assert_eq!(changed.status(), StatusCode::NO_CONTENT);
    let out = hospital.request(Method::GET, "/me").send().await.unwrap();
    assert_eq!(out.status(), StatusCode::UNAUTHORIZED);
    hospital.token = hospital.login(ADMIN, "another long password").await;
    assert_eq!(hospital.get("/me").await["role"], "admin");
}

#[tokio::test]
async fn an_address_is_taken_once() {
    let hospital = Hospital::embedded().await;
    let again = json!({ "name": "x", "email": ADMIN.to_uppercase(), "password": "12345678", "role": "nurse" });
    let taken = hospital.send(Method::POST, "/users", &again).await;
    assert_eq!(problem(taken).await, (409, "email_taken".into(), vec!["/email".into()]));
    let bad = json!({ "name": " ", "email": "x", "password": "1", "role": "nurse" });
    let bad = hospital.send(Method::POST, "/users", &bad).await;
    assert_eq!(problem(bad).await.2, ["/name", "/email", "/password"]);
}
