//! Placing orders and reading them back, in embedded mode.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::hospital::{Hospital, answer, id, problem};

#[tokio::test]
async fn an_order_is_read_back_within_a_second_by_either_route() {
    let hospital = Hospital::embedded().await;
    in_a_second_by_either_route(&hospital).await;
}

/// What both modes promise.
pub(crate) async fn in_a_second_by_either_route(hospital: &Hospital) {
    let order = hospital.order();
    let accepted = hospital.send(Method::POST, "/orders", &order).await;
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);
    assert_eq!(accepted.headers()["location"], format!("/orders/{}", id(&order)));
    assert_eq!(answer(accepted).await, json!({ "id": order["id"], "status": "requested" }));

    let stored = hospital.stored(&id(&order), Duration::from_secs(1)).await;
    assert_eq!((&stored["status"], &stored["version"]), (&json!("requested"), &json!(1)));
    assert_eq!((&stored["priority"], &stored["dispenser"]["ward"]), (&json!("urgent"), &json!("UTI Adulto")));
    let lines: Vec<_> = stored["lines"].as_array().unwrap().iter().map(|line| &line["quantity"]).collect();
    assert_eq!(lines, [3, 1]);
    let events = stored["events"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["kind"], &events[0]["by"]["role"]), (&json!("requested"), &json!("admin")));

    let mut order = hospital.order();
    order.as_object_mut().unwrap().remove("id");
    let published = hospital.send(Method::POST, "/publish_order", &order).await;
    assert_eq!(published.status(), StatusCode::OK);
    let published = answer(published).await;
    assert_eq!(published["message"], "Order published successfully");
    let stored = hospital.stored(&id(&published), Duration::from_secs(1)).await;
    assert_eq!(stored["status"], "requested");
}

#[tokio::test]
async fn the_same_id_or_key_again_has_the_same_answer_and_one_effect() {
    let hospital = Hospital::embedded().await;
    let order = hospital.order();
    for _ in 0..5 {
        let accepted = hospital.send(Method::POST, "/orders", &order).await;
        assert_eq!(accepted.status(), StatusCode::ACCEPTED);
        assert_eq!(id(&answer(accepted).await), id(&order));
    }
    let mut without_id = hospital.order();
    without_id.as_object_mut().unwrap().remove("id");
    let mut ids = Vec::new();
    for key in ["key-1", "key-1", "key-2"] {
        let request = hospital.request(Method::POST, "/orders").header("Idempotency-Key", key).json(&without_id);
        ids.push(id(&answer(request.send().await.unwrap()).await));
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    for id in [&id(&order), &ids[0], &ids[2]] {
        let stored = hospital.stored(id, Duration::from_secs(5)).await;
        assert_eq!(stored["events"].as_array().unwrap().len(), 1);
    }
    // The queue is in order: once a later order is stored, all before it are.
    let last = hospital.order();
    hospital.place(&last).await;
    hospital.stored(&id(&last), Duration::from_secs(5)).await;
    assert_eq!(hospital.stored_ids().await.len(), 4);
}

#[tokio::test]
async fn the_same_id_with_other_content_does_not_change_the_order() {
    let hospital = Hospital::embedded().await;
    let order = hospital.order();
    hospital.place(&order).await;
    let mut other = order.clone();
    other["note"] = json!("outra");
    hospital.place(&other).await;
    let last = hospital.order();
    hospital.place(&last).await;
    hospital.stored(&id(&last), Duration::from_secs(5)).await;
    assert_eq!(hospital.stored(&id(&order), Duration::ZERO).await["note"], Value::Null);
    let letters = hospital.get("/dead-letters").await;
    let [letter] = letters["items"].as_array().unwrap().as_slice() else { panic!("{letters}") };
    assert_eq!(letter["message_id"], order["id"]);
    assert!(letter["reason"].as_str().unwrap().contains("other content"), "{letter}");
    assert!(letter["body_text"].as_str().unwrap().contains("outra"), "it is kept whole: {letter}");
}

#[tokio::test]
async fn an_order_that_names_what_does_not_exist_is_refused_with_the_reason() {
    let hospital = Hospital::embedded().await;
    let (dispenser, medication) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let mut for_unknown = hospital.order();
    for_unknown["dispenser_id"] = json!(dispenser);
    let mut of_unknown = hospital.order();
    of_unknown["lines"][1]["medication_id"] = json!(medication);
    for (order, unknown) in [(for_unknown, dispenser), (of_unknown, medication)] {
        hospital.place(&order).await;
        let stored = hospital.stored(&id(&order), Duration::from_secs(5)).await;
        assert_eq!(stored["status"], "refused");
        assert!(stored["refusal"].as_str().unwrap().contains(&unknown), "{stored}");
        assert_eq!(stored["events"][0]["kind"], "refused");
    }
}

#[tokio::test]
async fn text_round_trips_as_it_was_typed() {
    let hospital = Hospital::embedded().await;
    let note = "Leito 12 💊 👩‍⚕️ ação \"já\" — 漢字\nsegunda linha \\ %_';--";
    let mut order = hospital.order();
    order["note"] = json!(note);
    hospital.place(&order).await;
    assert_eq!(hospital.stored(&id(&order), Duration::from_secs(5)).await["note"], note);
    let name = format!("Solução {} 🧪", "é".repeat(190));
    let created = hospital.post("/medications", &json!({ "name": name })).await;
    assert_eq!(hospital.get(&format!("/medications/{}", id(&created))).await["name"], name);
}

#[tokio::test]
async fn orders_are_listed_newest_first_in_pages_and_by_filter() {
    let hospital = Hospital::embedded().await;
    let mut placed = Vec::new();
    for number in 0..5 {
        let mut order = hospital.order();
        order["priority"] = json!(if number == 2 { "stat" } else { "routine" });
        hospital.place(&order).await;
        placed.push(id(&order));
    }
    hospital.stored(&placed[4], Duration::from_secs(5)).await;
    placed.reverse();
    let first = hospital.get("/orders?limit=3").await;
    let next = first["next_cursor"].as_str().unwrap();
    let second = hospital.get(&format!("/orders?limit=3&cursor={next}")).await;
    let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();
    assert_eq!([ids(&first), ids(&second)].concat(), placed);
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!(ids(&hospital.get("/orders?priority=stat&status=requested,accepted").await), [placed[2].clone()]);
    assert_eq!(ids(&hospital.get("/orders?ward=Pediatria").await), Vec::<String>::new());
    let wrong = hospital.request(Method::GET, "/orders?status=lost").send().await.unwrap();
    assert_eq!(problem(wrong).await, (422, "invalid_input".into(), vec!["query/status".into()]));
}

#[tokio::test]
async fn who_may_not_place_orders_is_told() {
    let mut hospital = Hospital::embedded().await;
    let technician =
        json!({ "name": "Farmácia", "email": "t@hospital.example", "password": "12345678", "role": "technician" });
    hospital.post("/users", &technician).await;
    hospital.token = hospital.login("t@hospital.example", "12345678").await;
    let refused = hospital.send(Method::POST, "/orders", &hospital.order()).await;
    assert_eq!(problem(refused).await.1, "forbidden");
    let refused = hospital.send(Method::POST, "/medications", &json!({ "name": "x" })).await;
    assert_eq!(problem(refused).await, (403, "forbidden".into(), vec![]));
    assert_eq!(hospital.get("/orders").await["items"], json!([]), "but everyone may read");
}
