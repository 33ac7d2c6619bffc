//! Dispensers that do not work: service calls to their end; and who is on duty.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audit::{botica, said};
use crate::hospital::{Hospital, PASSWORD, answer, id, problem};

/// A request as `who`; a body of `null` is none.
async fn ask(hospital: &Hospital, who: &str, method: Method, path: &str, body: &Value) -> reqwest::Response {
    let request = hospital.anonymous(method, path).bearer_auth(who);
    let request = if body.is_null() { request } else { request.json(body) };
    request.send().await.unwrap()
}

async fn open(hospital: &Hospital, who: &str, kind: &str) -> Value {
    let body = json!({ "dispenser_id": hospital.dispenser, "kind": kind });
    answer(ask(hospital, who, Method::POST, "/service-calls", &body).await).await
}

async fn step(hospital: &Hospital, who: &str, call: &Value, step: &str, body: &Value) -> reqwest::Response {
    ask(hospital, who, Method::POST, &format!("/service-calls/{}/{step}", id(call)), body).await
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn a_service_call_is_worked_to_its_end() {
    to_its_end(&Hospital::embedded().await).await;
}

#[tokio::test]
async fn of_twenty_who_start_a_service_call_one_has_it() {
    one_has_it(&Hospital::embedded().await).await;
}

pub(crate) async fn to_its_end(hospital: &Hospital) {
    let nurse = hospital.someone("nurse", 101).await;
    let [one, other] = [hospital.someone("technician", 101).await, hospital.someone("technician", 102).await];
    let body = json!({
        "id": Uuid::now_v7(), "dispenser_id": hospital.dispenser, "kind": "drawer_stuck", "is_partly_usable": true,
        "note": "gaveta 3 não abre",
    });
    for _ in 0..2 {
        let opened = ask(hospital, &nurse, Method::POST, "/service-calls", &body).await;
        assert_eq!((opened.status(), &opened.headers()["etag"]), (StatusCode::CREATED, &"\"1\"".parse().unwrap()));
        let location = opened.headers()["location"].to_str().unwrap().to_owned();
        let opened = answer(opened).await;
        assert_eq!(hospital.get(&location).await, opened);
        assert_eq!((&opened["status"], &opened["duplicate_of"]), (&json!("open"), &Value::Null));
        assert_eq!((&opened["dispenser"]["ward"], &opened["dispenser"]["floor"]), (&json!("UTI Adulto"), &json!("3")));
        assert_eq!((&opened["opened_by"]["name"], &opened["worked_by"]), (&json!("nurse 101"), &Value::Null));
        assert_eq!((&opened["note"], &opened["is_partly_usable"]), (&body["note"], &json!(true)));
    }
    let path = format!("/dispensers/{}", hospital.dispenser);
    assert_eq!(hospital.get(&path).await["open_service_calls"], 1);

    let none = Value::Null;
    let mended = json!({ "outcome": "trilho trocado" });
    for (who, what, sent, version, status) in [
        (&one, "start", &none, 2, "in_progress"),
        (&other, "release", &none, 3, "open"),
        (&one, "start", &none, 4, "in_progress"),
        (&one, "resolve", &mended, 5, "resolved"),
    ] {
        for again in [false, true] {
            let done = step(hospital, who, &body, what, sent).await;
            assert_eq!(done.headers()["etag"], format!("\"{version}\""), "{what}, again: {again}");
            let done = answer(done).await;
            assert_eq!((&done["status"], &done["version"]), (&json!(status), &json!(version)), "{what}");
            assert_eq!(done["worked_by"].is_null(), status == "open");
            assert_eq!(done["started_at"].is_null(), status == "open");
            assert_eq!(done["closed_at"].is_null(), status != "resolved");
        }
    }
    let whole = hospital.get(&format!("/service-calls/{}", id(&body))).await;
    assert_eq!((&whole["outcome"], &whole["worked_by"]["name"]), (&mended["outcome"], &json!("technician 101")));
    assert_eq!(hospital.get("/dispensers").await["items"][0]["open_service_calls"], 0);

    let record = hospital.get("/audit?kind=service_call").await;
    let of_call = hospital.get(&format!("/audit?subject_id={}", id(&body))).await;
    assert_eq!(record, of_call);
    let kinds: Vec<_> = record["items"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    let verbs = ["resolved", "started", "released", "started", "opened"];
    assert_eq!(kinds, verbs.map(|verb| format!("service_call.{verb}")), "each once");
    assert_eq!(record["items"][0]["data"], mended);
    assert_eq!(record["items"][2]["data"]["worked_by"]["name"], "technician 101");
    let verified = botica(hospital, &["audit", "verify"]);
    assert!(verified.status.success() && said(&verified).contains("The record holds"), "{}", said(&verified));
}

pub(crate) async fn one_has_it(hospital: &Hospital) {
    let mut technicians = Vec::new();
    for number in 0..20 {
        technicians.push(hospital.someone("technician", number).await);
    }
    let token = hospital.token.clone();
    for round in 0..5 {
        let call = open(hospital, &token, "no_power").await;
        let starting = technicians.iter().map(|who| step(hospital, who, &call, "start", &Value::Null));
        let (mut winners, mut losers) = (vec![], vec![]);
        for answer in futures_util::future::join_all(starting).await {
            let status = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap();
            match status {
                200 => winners.push(body),
                409 => losers.push(body),
                other => panic!("round {round}: {other} {body}"),
            }
        }
        assert_eq!((winners.len(), losers.len()), (1, 19), "round {round}");
        let winner = &winners[0]["worked_by"]["name"];
        for loser in &losers {
            assert_eq!(loser["code"], "held_by_another");
            let stands = &loser["service_call"];
            assert_eq!((&stands["status"], &stands["version"]), (&json!("in_progress"), &json!(2)));
            assert_eq!((&stands["id"], &stands["worked_by"]["name"]), (&call["id"], winner));
            assert!(loser["detail"].as_str().unwrap().contains(winner.as_str().unwrap()));
        }
    }
}

#[tokio::test]
async fn a_service_call_that_can_not_be_opened_is_told_why() {
    let hospital = Hospital::embedded().await;
    let nurse = hospital.someone("nurse", 1).await;
    let told = async |body: Value| problem(ask(&hospital, &nurse, Method::POST, "/service-calls", &body).await).await;
    let invalid = |pointer: &str| (422, "invalid_input".to_owned(), vec![pointer.to_owned()]);
    let dispenser = hospital.dispenser.clone();
    for kind in ["out_of_stock", "Gaveta", ""] {
        assert_eq!(told(json!({ "dispenser_id": dispenser, "kind": kind })).await, invalid("/kind"), "{kind}");
    }
    assert_eq!(told(json!({ "dispenser_id": Uuid::now_v7(), "kind": "other" })).await, invalid("/dispenser_id"));
    assert_eq!(told(json!({ "dispenser_id": dispenser, "kind": "other", "note": " " })).await, invalid("/note"));
    let call = open(&hospital, &nurse, "other").await;
    let same_id = json!({ "id": call["id"], "dispenser_id": dispenser, "kind": "no_power" });
    assert_eq!(told(same_id).await, (409, "id_taken".to_owned(), vec!["/id".to_owned()]));
    let out = hospital.request(Method::DELETE, &format!("/dispensers/{dispenser}")).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    assert_eq!(told(json!({ "dispenser_id": dispenser, "kind": "other" })).await, invalid("/dispenser_id"));
    assert_eq!(ids(&hospital.get("/service-calls").await), [id(&call)], "nothing else was opened");
}

#[tokio::test]
async fn a_step_of_a_service_call_that_does_not_fit_is_told_and_changes_nothing() {
    let hospital = Hospital::embedded().await;
    let [nurse, another] = [hospital.someone("nurse", 1).await, hospital.someone("nurse", 2).await];
    let [one, other] = [hospital.someone("technician", 1).await, hospital.someone("technician", 2).await];
    let call = open(&hospital, &nurse, "other").await;
    let told = async |who: &str, what: &str, body: Value, version: Option<&str>| {
        let path = format!("/service-calls/{}/{what}", id(&call));
        let mut request = hospital.anonymous(Method::POST, &path).bearer_auth(who);
        if !body.is_null() {
            request = request.json(&body);
        }
        if let Some(version) = version {
            request = request.header("If-Match", version);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        (status, body["code"].as_str().unwrap_or_default().to_owned(), body["service_call"]["status"].clone())
    };
    let says = |status: u16, code: &str, stands: Value| (status, code.to_owned(), stands);
    let (none, open_now, working) = (Value::Null, json!("open"), json!("in_progress"));
    let outcome = json!({ "outcome": "ok" });
    assert_eq!(told(&one, "resolve", outcome.clone(), None).await, says(409, "wrong_status", open_now.clone()));
    assert_eq!(told(&one, "release", none.clone(), None).await, says(409, "wrong_status", open_now.clone()));
    assert_eq!(told(&one, "start", none.clone(), Some("\"2\"")).await, says(412, "version_mismatch", open_now));
    for _ in 0..2 {
        assert_eq!(told(&one, "start", none.clone(), Some("\"1\"")).await, says(200, "", Value::Null));
    }
    let mismatch = says(412, "version_mismatch", working.clone());
    assert_eq!(told(&other, "start", none.clone(), Some("\"1\"")).await, mismatch);
    assert_eq!(told(&other, "resolve", outcome.clone(), None).await, says(409, "held_by_another", working));
    assert_eq!(told(&one, "resolve", json!({}), None).await, says(422, "invalid_input", Value::Null));
    assert_eq!(told(&one, "resolve", json!({ "outcome": "" }), None).await, says(422, "invalid_input", Value::Null));
    assert_eq!(told(&another, "cancel", none.clone(), None).await, says(403, "not_yours", Value::Null));
    let stands = hospital.get(&format!("/service-calls/{}", id(&call))).await;
    assert_eq!((&stands["version"], &stands["worked_by"]["name"]), (&json!(2), &json!("technician 1")));

    let why = json!({ "note": "voltou sozinho" });
    for _ in 0..2 {
        assert_eq!(told(&nurse, "cancel", why.clone(), None).await, says(200, "", Value::Null));
    }
    assert_eq!(told(&another, "cancel", none, None).await, says(409, "wrong_status", json!("cancelled")));
    let stands = hospital.get(&format!("/service-calls/{}", id(&call))).await;
    assert_eq!((&stands["version"], &stands["outcome"]), (&json!(3), &why["note"]));
    let unknown = json!({ "id": Uuid::now_v7() });
    assert_eq!(step(&hospital, &one, &unknown, "start", &Value::Null).await.status(), 404);
}

#[tokio::test]
async fn service_calls_are_found_by_where_they_stand_and_where_they_are() {
    let hospital = Hospital::embedded().await;
    let token = hospital.token.clone();
    let elsewhere = id(&hospital.post("/dispensers", &json!({ "name": "P1", "ward": "Pediatria & Neo" })).await);
    let [first, second] = [open(&hospital, &token, "no_power").await, open(&hospital, &token, "no_power").await];
    assert_eq!((&first["duplicate_of"], &second["duplicate_of"]), (&Value::Null, &first["id"]));
    let there = json!({ "dispenser_id": elsewhere, "kind": "no_power" });
    let there = hospital.post("/service-calls", &there).await;
    assert_eq!(there["duplicate_of"], Value::Null, "another dispenser");
    answer(step(&hospital, &token, &first, "start", &Value::Null).await).await;
    answer(step(&hospital, &token, &there, "cancel", &Value::Null).await).await;
    let find = async |query: &str| ids(&hospital.get(&format!("/service-calls?{query}")).await);
    let [first, second, there] = [id(&first), id(&second), id(&there)];
    assert_eq!(find("").await, [&*there, &*second, &*first], "the newest first");
    assert_eq!(find("status=in_progress,cancelled").await, [&*there, &*first]);
    assert_eq!(find("is_open=true").await, [&*second, &*first]);
    assert_eq!(find(&format!("dispenser_id={elsewhere}")).await, [&*there]);
    assert_eq!(find("ward=Pediatria%20%26%20Neo").await, [&*there]);
    assert_eq!(find("ward=UTI%20Adulto&status=open").await, [&*second]);
    let page = hospital.get("/service-calls?limit=2").await;
    assert_eq!(ids(&page), [&*there, &*second]);
    let next = page["next_cursor"].as_str().unwrap();
    assert_eq!(find(&format!("limit=2&cursor={next}")).await, [&*first]);
    let wrong = hospital.request(Method::GET, "/service-calls?status=closed").send().await.unwrap();
    assert_eq!(problem(wrong).await.2, ["query/status"]);
}

#[tokio::test]
async fn who_is_on_duty_is_seen_by_everyone() {
    let hospital = Hospital::embedded().await;
    let [nurse, technician] = [hospital.someone("nurse", 1).await, hospital.someone("technician", 1).await];
    let say = async |who: &str, is_on_duty: bool| {
        answer(ask(&hospital, who, Method::PUT, "/me/on_duty", &json!({ "is_on_duty": is_on_duty })).await).await
    };
    let on_duty = async |query: &str| {
        let page = answer(ask(&hospital, &nurse, Method::GET, &format!("/on_duty{query}"), &Value::Null).await).await;
        assert_eq!(page["next_cursor"], Value::Null);
        page["items"].clone()
    };
    assert_eq!(on_duty("").await, json!([]));
    let user = say(&technician, true).await;
    let expected = json!([{
        "id": user["id"], "name": "technician 1", "role": "technician", "on_duty_since": user["on_duty_since"],
    }]);
    assert!(user["on_duty_since"].is_string());
    assert_eq!(on_duty("").await, expected);
    assert_eq!(say(&technician, true).await["on_duty_since"], user["on_duty_since"]);
    say(&nurse, true).await;
    assert_eq!(on_duty("?role=technician").await, expected);
    assert_eq!(on_duty("").await.as_array().unwrap().len(), 2);
    assert_eq!(say(&nurse, false).await["on_duty_since"], Value::Null);
    assert_eq!(on_duty("?role=nurse").await, json!([]));

    let client = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let url = |path: &str| hospital.backend.as_ref().unwrap().url(path);
    let login = json!({ "email": "technician1@hospital.example", "password": PASSWORD });
    answer(client.post(url("/login")).json(&login).send().await.unwrap()).await;
    assert!(client.post(url("/logout")).send().await.unwrap().status().is_success());
    assert_eq!(on_duty("").await, expected, "who signs out stays on duty");
    let out = hospital.request(Method::DELETE, &format!("/users/{}", user["id"].as_str().unwrap()));
    assert_eq!(out.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(on_duty("").await, json!([]));
}
