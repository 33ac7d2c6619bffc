//! Who may use which route, as its description says and as the product does: nobody, unless the table here
//! says so too.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::hospital::Hospital;

const ALL: &[&str] = &["nurse", "technician", "manager", "admin"];
const ALL_AND_BOARDS: &[&str] = &["nurse", "technician", "manager", "admin", "board"];
const ADMIN: &[&str] = &["admin"];
const READERS: &[&str] = &["manager", "admin"];
const WARD: &[&str] = &["nurse", "admin"];
const PHARMACY: &[&str] = &["technician", "admin"];
const EITHER: &[&str] = &["nurse", "technician", "admin"];

/// Routes that ask for no token.
const OPEN: &[&str] = &[
    "get /.well-known/jwks.json",
    "get /.well-known/revoked-sessions.json",
    "get /d/{code}",
    "get /health/live",
    "get /hospital",
    "get /health/ready",
    "get /health/ready/{service}",
    "get /metrics",
    "post /boards/open",
    "post /login",
    "post /login/refresh",
    "post /logout",
];

/// The whole table, written out by hand: a route that is not in it fails the test.
fn may(operation: &str) -> Option<&'static [&'static str]> {
    Some(match operation {
        "get /on_duty" => ALL,
        "get /me" | "put /me/password" | "put /me/on_duty" => ALL,
        "get /users" | "get /users/{id}" => READERS,
        "post /users" | "patch /users/{id}" | "delete /users/{id}" => ADMIN,
        "get /medication/all" | "get /medication/{id}" => ALL,
        "get /medications" | "get /medications/{id}" | "get /medications/{id}/lots" => ALL,
        "get /medications/export" => READERS,
        "post /medication/newmedication" | "post /medications" | "post /medications/{id}/lots" => ADMIN,
        "patch /medications/{id}" | "delete /medications/{id}" => ADMIN,
        "post /medications/import" | "get /medications/imports" | "get /medications/imports/{id}" => ADMIN,
        "get /medications/imports/{id}/rows" | "get /medications/imports/{id}/remarks.csv" => ADMIN,
        "post /medications/imports/{id}/cancel" => ADMIN,
        "get /dispensers" | "get /dispensers/{id}" | "get /dispensers/{id}/medications" => ALL,
        "get /dispensers/{id}/open-orders" | "get /dispensers/by-code/{code}" => ALL,
        "get /dispensers/{id}/label.svg" | "get /dispensers/labels.pdf" => ALL,
        "post /dispensers" | "patch /dispensers/{id}" | "delete /dispensers/{id}" => ADMIN,
        "put /dispensers/{id}/medications" => ADMIN,
        "get /wards" => ALL,
        "patch /wards/{id}" => ADMIN,
        "post /orders" | "post /publish_order" => WARD,
        "get /orders" | "get /orders/stream" => ALL_AND_BOARDS,
        "get /orders/{id}" => ALL,
        "post /orders/{id}/accept" | "post /orders/{id}/release" | "post /orders/{id}/reject" => PHARMACY,
        "post /orders/{id}/dispatch" | "post /orders/{id}/deliver" => PHARMACY,
        "post /orders/{id}/receive" => WARD,
        "post /orders/{id}/cancel" => EITHER,
        "post /orders/{id}/feedback" => WARD,
        "get /targets" | "get /reasons" => ALL,
        "put /targets" | "put /reasons/{list}/{code}" => ADMIN,
        "get /boards" | "post /boards" | "delete /boards/{id}" => ADMIN,
        "get /service-calls" | "get /service-calls/{id}" => ALL,
        "post /service-calls" | "post /service-calls/{id}/cancel" => EITHER,
        "post /service-calls/{id}/start" | "post /service-calls/{id}/release" => PHARMACY,
        "post /service-calls/{id}/resolve" => PHARMACY,
        "post /scan" => ALL,
        "get /audit" | "get /audit/export" => READERS,
        "get /dead-letters" | "get /dead-letters/{id}" => READERS,
        "post /dead-letters/{id}/replay" | "post /dead-letters/{id}/discard" => ADMIN,
        _ => return None,
    })
}

/// The path with a value of the right form for each parameter, of something that is not there.
fn filled(path: &str) -> String {
    let filled = path.replace("{id}", &Uuid::now_v7().to_string());
    let filled = filled.replace("{list}", "cancel").replace("{code}", "22222222");
    assert!(!filled.contains('{'), "{path} has a parameter that this test has no value for");
    filled
}

#[tokio::test]
async fn a_wrong_role_is_refused_on_every_route() {
    let hospital = Hospital::embedded().await;
    let mut tokens = Vec::new();
    for role in ALL {
        tokens.push((*role, hospital.someone(role, 7).await));
    }
    let api = hospital.get("/openapi.json").await;
    let (client, mut seen) = (reqwest::Client::new(), 0);
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            if OPEN.contains(&name.as_str()) {
                assert_eq!(operation["security"], json!([{}]), "{name}");
                continue;
            }
            let allowed = may(&name).unwrap_or_else(|| panic!("{name} is not in the table of this test"));
            assert_eq!(operation["x-roles"], json!(allowed), "{name}");
            let ask = async |token: Option<&str>| {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                // A client without cookies.
                let mut request = client.request(method.clone(), hospital.url(&method, &filled(path)));
                if let Some(token) = token {
                    request = request.bearer_auth(token);
                }
                // Whatever the body: the role is looked at first.
                let answer = request.header("content-type", "application/json").body("{").send().await.unwrap();
                let status = answer.status().as_u16();
                // A stream that is open has no end to wait for.
                let body = if status == 200 { Value::Null } else { answer.json().await.unwrap_or_default() };
                (status, body["code"].clone())
            };
            assert_eq!(ask(None).await, (401, json!("missing_token")), "{name}");
            assert_eq!(ask(Some("x.y.z")).await, (401, json!("invalid_token")), "{name}");
            for (role, token) in &tokens {
                let (status, code) = ask(Some(token)).await;
                let is_refused = (status, &code) == (403, &json!("forbidden"));
                assert_eq!(is_refused, !allowed.contains(role), "{name} as {role}: {status} {code}");
                assert!(status < 500 && status != 401, "{name} as {role}: {status}");
            }
            seen += 1;
        }
    }
    assert!(seen > 35, "{seen} operations");
}
