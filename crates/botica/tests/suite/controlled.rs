//! Ordering controlled medications: whom it is given to, and where it is seen apart.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hospital::{Hospital, PASSWORD, SOON, answer, id, problem};
use crate::stream::Reader;

#[tokio::test]
async fn who_has_the_right_orders_controlled_medications() {
    takes_the_right(&Hospital::embedded().await).await;
}

#[tokio::test]
async fn controlled_orders_are_listed_apart() {
    listed_apart(&Hospital::embedded().await).await;
}

/// A medication on list A1.
async fn morphine(hospital: &Hospital) -> Value {
    let created = hospital.post("/medications", &json!({ "name": "Sulfato de morfina 10 mg/mL" })).await;
    let marks = json!({ "controlled_list": "A1", "tall_man": "MORFina", "is_high_alert": true, "tarja": "black" });
    answer(hospital.send(Method::PATCH, &format!("/medications/{}", id(&created)), &marks).await).await
}

/// An order of one controlled medication and one that is not.
fn mixed(hospital: &Hospital, morphine: &Value) -> Value {
    let mut order = hospital.order();
    order["lines"][1]["medication_id"] = morphine["id"].clone();
    order
}

async fn user_of(hospital: &Hospital, token: &str) -> Value {
    answer(hospital.anonymous(Method::GET, "/me").bearer_auth(token).send().await.unwrap()).await
}

async fn give(hospital: &Hospital, user: &Value, may_order_controlled: bool) {
    let path = format!("/users/{}", id(user));
    let changed = hospital.send(Method::PATCH, &path, &json!({ "may_order_controlled": may_order_controlled })).await;
    assert_eq!(answer(changed).await["may_order_controlled"], may_order_controlled);
}

pub(crate) async fn takes_the_right(hospital: &Hospital) {
    let morphine = morphine(hospital).await;
    let nurse = hospital.someone("nurse", 1).await;
    let user = user_of(hospital, &nurse).await;
    assert_eq!(user["may_order_controlled"], false, "nobody has it who was not given it");
    let mut stream = Reader::open(hospital.backend.as_ref().unwrap(), &nurse, "", None).await;

    // Taken in, since the publisher does not know the catalogue; and refused where it is known.
    let refused = mixed(hospital, &morphine);
    hospital.place_as(&nurse, &refused).await;
    let stored = hospital.stored(&id(&refused), SOON).await;
    assert_eq!((&stored["status"], &stored["is_controlled"]), (&json!("refused"), &json!(true)));
    let reason = "nurse 1 may not order controlled medications, and this order has Sulfato de morfina 10 mg/mL \
                  (list A1): an administrator can give that right";
    assert_eq!(stored["refusal"], reason);
    let told = stream.next_of_order().await.data;
    assert_eq!((&told["kind"], &told["data"]["reason"]), (&json!("refused"), &json!(reason)));
    assert_eq!((&told["order"]["refusal"], &told["order"]["is_controlled"]), (&json!(reason), &json!(true)));
    let shown = &stored["lines"][1]["medication"];
    for (mark, value) in [
        ("tall_man", json!("MORFina")),
        ("is_high_alert", json!(true)),
        ("controlled_list", json!("A1")),
        ("tarja", json!("black")),
    ] {
        assert_eq!(shown[mark], value, "{mark}");
        assert_eq!(told["order"]["lines"][1]["medication"][mark], value, "{mark}");
    }
    assert_eq!(stored["lines"][0]["medication"]["controlled_list"], Value::Null);

    // An admin gives it, and nobody else.
    let path = format!("/users/{}", id(&user));
    let right = json!({ "may_order_controlled": true });
    for (role, number) in [("technician", 1), ("manager", 1)] {
        let token = hospital.someone(role, number).await;
        let tried = hospital.anonymous(Method::PATCH, &path).bearer_auth(&token).json(&right).send().await.unwrap();
        assert_eq!(problem(tried).await.0, 403, "{role}");
    }
    let tried = hospital.anonymous(Method::PATCH, &path).bearer_auth(&nurse).json(&right).send().await.unwrap();
    assert_eq!(tried.status(), StatusCode::FORBIDDEN, "to oneself");
    give(hospital, &user, true).await;
    assert_eq!(user_of(hospital, &nurse).await["may_order_controlled"], true);
    let url = hospital.backend.as_ref().unwrap().url("/login");
    let login = json!({ "email": user["email"], "password": PASSWORD });
    let signed_in = answer(hospital.client.post(url).json(&login).send().await.unwrap()).await;
    assert_eq!(signed_in["user"]["may_order_controlled"], true);

    let placed = mixed(hospital, &morphine);
    hospital.place_as(&nurse, &placed).await;
    let stored = hospital.stored(&id(&placed), SOON).await;
    assert_eq!((&stored["status"], &stored["is_controlled"]), (&json!("requested"), &json!(true)));
    let controlled = &stored["events"][0]["data"]["controlled"];
    assert_eq!(controlled.as_array().unwrap().len(), 1, "{controlled}");
    assert_eq!((&controlled[0]["medication_id"], &controlled[0]["list"]), (&morphine["id"], &json!("A1")));
    assert_eq!(stream.next_of_order().await.data["kind"], "requested");

    // Taken away, it is gone for what is placed from now on, not for what was.
    give(hospital, &user, false).await;
    let later = mixed(hospital, &morphine);
    hospital.place_as(&nurse, &later).await;
    assert_eq!(hospital.stored(&id(&later), SOON).await["status"], "refused");
    hospital.place_as(&nurse, &placed).await;
    let plain = hospital.order();
    hospital.place_as(&nurse, &plain).await;
    let plain = hospital.stored(&id(&plain), SOON).await;
    assert_eq!((&plain["status"], &plain["is_controlled"]), (&json!("requested"), &json!(false)));
    assert_eq!(hospital.get(&format!("/orders/{}", id(&placed))).await["status"], "requested");

    let changes = hospital.get(&format!("/audit?kind=user.changed&subject_id={}", id(&user))).await;
    let changes: Vec<_> = changes["items"].as_array().unwrap().iter().map(|row| row["data"].clone()).collect();
    let turned = |from: bool| json!({ "may_order_controlled": { "from": from, "to": !from } });
    assert_eq!(changes, [turned(true), turned(false)]);
    // With the right a user may be created.
    let new = json!({ "name": "Nurse 2", "email": "n2@hospital.example", "password": PASSWORD, "role": "nurse",
        "may_order_controlled": true });
    assert_eq!(hospital.post("/users", &new).await["may_order_controlled"], true);
}

pub(crate) async fn listed_apart(hospital: &Hospital) {
    let morphine = morphine(hospital).await;
    let nurse = hospital.someone("nurse", 1).await;
    let technician = hospital.someone("technician", 1).await;
    let refused = mixed(hospital, &morphine);
    hospital.place_as(&nurse, &refused).await;
    hospital.stored(&id(&refused), SOON).await;
    give(hospital, &user_of(hospital, &nurse).await, true).await;
    let (placed, plain) = (mixed(hospital, &morphine), hospital.order());
    for order in [&placed, &plain] {
        hospital.place_as(&nurse, order).await;
        let stored = hospital.stored(&id(order), SOON).await;
        let part = json!({ "line_id": stored["lines"][1]["id"], "quantity": 1, "lot": "M-7" });
        for (step, body) in
            [("accept", Value::Null), ("dispatch", Value::Null), ("deliver", json!({ "lines": [part] }))]
        {
            answer(hospital.step(&technician, order, step, &body).await).await;
        }
    }
    let listed = async |query: &str| -> Vec<String> {
        hospital.get(&format!("/orders?{query}")).await["items"].as_array().unwrap().iter().map(id).collect()
    };
    assert_eq!(listed("controlled=true").await, [id(&placed), id(&refused)]);
    assert_eq!(listed("controlled=false").await, [id(&plain)]);
    assert_eq!(listed("").await.len(), 3);

    let (mut rows, mut cursor) = (vec![], String::new());
    loop {
        let page = hospital.get(&format!("/audit?controlled=true&limit=2{cursor}")).await;
        rows.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let seen: Vec<_> = rows.iter().map(|row| (row["kind"].as_str().unwrap(), row["subject_id"].clone())).collect();
    let expected = [
        ("order.partially_delivered", placed["id"].clone()),
        ("order.dispatched", placed["id"].clone()),
        ("order.accepted", placed["id"].clone()),
        ("order.requested", placed["id"].clone()),
        ("order.refused", refused["id"].clone()),
    ];
    assert_eq!(seen, expected);
    for row in &rows {
        let lines = row["controlled"].as_array().unwrap();
        assert_eq!(lines.len(), 1, "{row}");
        let named = ("Sulfato de morfina 10 mg/mL", "A1");
        assert_eq!((lines[0]["name"].as_str().unwrap(), lines[0]["list"].as_str().unwrap()), named);
    }
    // What was handed over of it, and of which lot.
    let handed_over = &rows[0]["data"]["lines"][0];
    assert_eq!((&handed_over["quantity"], &handed_over["lot"]), (&json!(1), &json!("M-7")));
    assert_eq!(handed_over["line_id"], rows[0]["controlled"][0]["line_id"]);
    let of_another = hospital.get(&format!("/audit?subject_id={}", id(&plain))).await;
    assert!(of_another["items"].as_array().unwrap().iter().all(|row| row["controlled"] == json!([])));

    let export = hospital.request(Method::GET, "/audit/export?controlled=true").send().await.unwrap();
    let export = export.text().await.unwrap();
    let lines: Vec<&str> = export.lines().skip(1).collect();
    assert_eq!(lines.len(), expected.len(), "{export}");
    assert!(lines.iter().all(|line| line.contains(";Sulfato de morfina 10 mg/mL (A1);")), "{export}");
    assert!(lines[4].contains("M-7"), "the oldest first: {export}");

    // The dispenser's list says it before it is ordered.
    let holds = json!([{ "medication_id": morphine["id"] }]);
    let path = format!("/dispensers/{}/medications", hospital.dispenser);
    let held = answer(hospital.send(Method::PUT, &path, &holds).await).await;
    let shown = &held["items"][0]["medication"];
    assert_eq!((&shown["controlled_list"], &shown["tall_man"]), (&json!("A1"), &json!("MORFina")));
}

/// The consumer is away while an order is placed with the right, the right is taken, and another is placed.
pub(crate) async fn placed_before_it_was_taken(hospital: &mut Hospital) {
    let morphine = morphine(hospital).await;
    let nurse = hospital.someone("nurse", 1).await;
    let user = user_of(hospital, &nurse).await;
    give(hospital, &user, true).await;
    hospital.consumer.take().unwrap().kill();
    let (before, after) = (mixed(hospital, &morphine), mixed(hospital, &morphine));
    hospital.place_as(&nurse, &before).await;
    give(hospital, &user, false).await;
    hospital.place_as(&nurse, &after).await;
    hospital.start_consumer();
    assert_eq!(hospital.stored(&id(&before), SOON).await["status"], "requested");
    assert_eq!(hospital.stored(&id(&after), SOON).await["status"], "refused");
}
