//! Case 16: a write that was meant for another version is refused by every route that can be told one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::hospital::{Hospital, SOON, answer, id};

#[tokio::test]
async fn case_16_a_wrong_if_match_is_refused_by_every_route_that_takes_one() {
    refused_everywhere(&Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn case_16_a_wrong_if_match_is_refused_by_every_route_that_takes_one() {
        refused_everywhere(&Hospital::distributed().await).await;
    }
}

/// What must be done before a route's own step can be, and what that step says.
fn way_to(path: &str) -> (&'static [&'static str], Value) {
    let none = Value::Null;
    match path {
        "/orders/{id}/accept" => (&[], none),
        "/orders/{id}/release" | "/orders/{id}/dispatch" | "/orders/{id}/deliver" => (&["accept"], none),
        "/orders/{id}/receive" => (&["accept", "deliver"], none),
        "/orders/{id}/reject" | "/orders/{id}/cancel" => (&[], json!({ "reason": "other" })),
        "/service-calls/{id}/start" => (&[], none),
        "/service-calls/{id}/cancel" => (&[], json!({})),
        "/service-calls/{id}/release" => (&["start"], none),
        "/service-calls/{id}/resolve" => (&["start"], json!({ "outcome": "ok" })),
        new => panic!("{new} takes If-Match: say here how to come to it"),
    }
}

async fn refused_everywhere(hospital: &Hospital) {
    let api = hospital.get("/openapi.json").await;
    let mut tried = 0;
    for (path, operations) in api["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"].as_array();
            if parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "If-Match")) {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                refused(hospital, &method, path).await;
                tried += 1;
            }
        }
    }
    assert!(tried >= 11, "only {tried} routes are said to take If-Match");
}

async fn refused(hospital: &Hospital, method: &Method, path: &str) {
    let (before, body) = way_to(path);
    let (subjects, subject) = subject(hospital, path).await;
    for step in before {
        let request = hospital.request(Method::POST, &format!("/{subjects}/{subject}/{step}"));
        answer(request.send().await.unwrap()).await;
    }
    let stands = format!("/{subjects}/{subject}");
    let was = hospital.get(&stands).await;
    let version = was["version"].as_u64().unwrap();
    let ask = async |if_match: &str| {
        let request = hospital.request(method.clone(), &path.replace("{id}", &subject)).header("If-Match", if_match);
        let request = if body.is_null() { request } else { request.json(&body) };
        request.send().await.unwrap()
    };
    for wrong in [format!("\"{}\"", version + 1), format!("\"{}\"", version - 1), "\"x\"".to_owned(), String::new()] {
        let told = ask(&wrong).await;
        assert_eq!(told.status(), 412, "{path} with {wrong}");
        assert_eq!(told.json::<Value>().await.unwrap()["code"], "version_mismatch", "{path} with {wrong}");
        let is = hospital.get(&stands).await;
        assert_eq!((&is["version"], &is["status"]), (&was["version"], &was["status"]), "{path} with {wrong}");
    }
    let done = answer(ask(&format!("\"{version}\"")).await).await;
    assert_eq!(done["version"], version + 1, "it was only the version: {path}");
}

/// A new order or service call, whichever `path` is about. What it is one of, and its id.
async fn subject(hospital: &Hospital, path: &str) -> (&'static str, String) {
    if path.starts_with("/service-calls/") {
        let call = json!({ "dispenser_id": hospital.dispenser, "kind": "other" });
        return ("service-calls", id(&hospital.post("/service-calls", &call).await));
    }
    let order = hospital.order();
    hospital.place(&order).await;
    hospital.stored(&id(&order), SOON).await;
    ("orders", id(&order))
}
