//! What a hospital sets for itself: targets, and the reasons that may be given.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hospital::{Hospital, SOON, answer, id, problem};

#[tokio::test]
async fn an_order_that_nobody_takes_is_unanswered() {
    let hospital = Hospital::embedded().await;
    assert_eq!(hospital.get("/targets").await, json!({ "routine": 900, "urgent": 300, "stat": 120 }));
    let order = hospital.order();
    hospital.place(&order).await;
    let stored = hospital.stored(&id(&order), SOON).await;
    let instant = |value: &Value| value.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let due = instant(&stored["answer_due_at"]) - instant(&stored["requested_at"]);
    assert_eq!((due.num_seconds(), &stored["unanswered"]), (300, &json!(false)));
    assert_eq!(hospital.get("/orders?unanswered=true").await["items"], json!([]));

    // The shortest target there is, and an order that was placed before it: put back behind the product's back.
    let targets = json!({ "routine": 60, "urgent": 10, "stat": 10 });
    assert_eq!(answer(hospital.send(Method::PUT, "/targets", &targets).await).await, targets);
    let file = hospital.folder.path().join("botica.db");
    let mut sql = testkit::sql::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let earlier = "UPDATE orders SET requested_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', requested_at, '-11 seconds')";
    sql.execute(earlier).await.unwrap();
    let unanswered = hospital.get("/orders?unanswered=true").await;
    assert_eq!((&unanswered["items"][0]["id"], &unanswered["items"][0]["unanswered"]), (&order["id"], &json!(true)));

    let technician = hospital.someone("technician", 1).await;
    let accepted = answer(hospital.step(&technician, &order, "accept", &Value::Null).await).await;
    assert_eq!((&accepted["answer_due_at"], &accepted["unanswered"]), (&Value::Null, &json!(false)));
    assert_eq!(hospital.get("/orders?unanswered=true").await["items"], json!([]));

    let refused =
        hospital.send(Method::PUT, "/targets", &json!({ "routine": 9, "urgent": 300, "stat": 604_801 })).await;
    let pointers = vec!["/routine".to_owned(), "/stat".to_owned()];
    assert_eq!(problem(refused).await, (422, "invalid_input".to_owned(), pointers));
    let changes = hospital.get("/audit?kind=targets").await;
    assert_eq!(changes["items"][0]["data"]["stat"], json!({ "from": 120, "to": 10 }));
}

#[tokio::test]
async fn a_hospital_keeps_its_reasons() {
    let hospital = Hospital::embedded().await;
    let list = hospital.get("/reasons?list=cancel").await;
    let codes: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|entry| entry["code"].as_str().unwrap()).collect();
    for code in ["out_of_stock", "not_standard", "duplicate", "cannot_find", "other"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    let nurse = hospital.someone("nurse", 1).await;
    let order = hospital.order();
    hospital.place_as(&nurse, &order).await;
    hospital.stored(&id(&order), SOON).await;
    let transferred = json!({ "reason": "transferred" });
    let unknown = hospital.step(&nurse, &order, "cancel", &transferred).await;
    assert_eq!(problem(unknown).await, (422, "invalid_input".to_owned(), vec!["/reason".to_owned()]));

    let path = "/reasons/cancel/transferred";
    let entry = json!({ "label": "Paciente transferido", "position": 1 });
    assert_eq!(hospital.send(Method::PUT, path, &entry).await.status(), StatusCode::CREATED);
    assert_eq!(hospital.send(Method::PUT, path, &entry).await.status(), StatusCode::OK);
    let cancelled = answer(hospital.step(&nurse, &order, "cancel", &transferred).await).await;
    assert_eq!(cancelled["reason"], "transferred");

    // Not to be given any more; what was given stays.
    let entry = json!({ "label": "Paciente transferido", "is_active": false });
    assert_eq!(answer(hospital.send(Method::PUT, path, &entry).await).await["is_active"], json!(false));
    assert_eq!(hospital.get(&format!("/orders/{}", id(&order))).await["reason"], "transferred");
    let other = hospital.order();
    hospital.place_as(&nurse, &other).await;
    hospital.stored(&id(&other), SOON).await;
    assert_eq!(hospital.step(&nurse, &other, "cancel", &transferred).await.status(), StatusCode::UNPROCESSABLE_ENTITY);

    for (path, pointer) in [("/reasons/none/other", "path/list"), ("/reasons/cancel/Other", "path/code")] {
        let refused = problem(hospital.send(Method::PUT, path, &entry).await).await;
        assert_eq!(refused, (422, "invalid_input".to_owned(), vec![pointer.to_owned()]), "{path}");
    }
    for code in &codes {
        hospital.send(Method::PUT, &format!("/reasons/cancel/{code}"), &entry).await;
    }
    let last = hospital.send(Method::PUT, &format!("/reasons/cancel/{}", codes[codes.len() - 1]), &entry).await;
    assert_eq!(problem(last).await.1, "last_reason");
}
