//! Working an order to its end: who may, one winner, retries, deliveries in parts.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::hospital::{Hospital, SOON, answer, id, problem};

const LIFE: [&str; 4] = ["accept", "dispatch", "deliver", "receive"];

#[tokio::test]
async fn an_order_is_worked_to_its_end() {
    to_its_end(&Hospital::embedded().await).await;
}

#[tokio::test]
async fn two_lots_in_three_parts_add_up_in_every_time_zone() {
    for zone in ["America/Sao_Paulo", "Pacific/Auckland"] {
        let hospital = Hospital::embedded_with(&["--time-zone", zone]).await;
        three_parts(&hospital).await;
    }
}

pub(crate) async fn to_its_end(hospital: &Hospital) {
    let nurse = hospital.someone("nurse", 1).await;
    let technician = hospital.someone("technician", 1).await;
    let order = hospital.order();
    hospital.place_as(&nurse, &order).await;
    let stored = hospital.stored(&id(&order), SOON).await;
    assert_eq!((&stored["version"], &stored["status"]), (&json!(1), &json!("requested")));
    let mut seen = vec![];
    for (step, version) in LIFE.iter().zip(2..) {
        let who = if *step == "receive" { &nurse } else { &technician };
        for again in [false, true] {
            let done = hospital.step(who, &order, step, &Value::Null).await;
            assert_eq!(done.headers()["etag"], format!("\"{version}\""), "{step}, again: {again}");
            let done = answer(done).await;
            assert_eq!(done["version"], version);
            assert_eq!(done["accepted_by"]["name"], "technician 1");
            seen = done["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
        }
    }
    assert_eq!(seen, ["requested", "accepted", "dispatched", "delivered", "received"], "each once");
    let whole = hospital.get(&format!("/orders/{}", id(&order))).await;
    assert_eq!(whole["status"], "received");
    let left: Vec<_> = whole["lines"].as_array().unwrap().iter().map(|line| &line["remaining"]).collect();
    assert_eq!(left, [0, 0]);
    let late = hospital.step(&technician, &order, "cancel", &json!({ "reason": "other" })).await;
    assert_eq!(late.status(), 409);
    let told: Value = late.json().await.unwrap();
    assert_eq!((&told["code"], &told["order"]["status"]), (&json!("wrong_status"), &json!("received")));
}

async fn three_parts(hospital: &Hospital) {
    let technician = hospital.someone("technician", 1).await;
    let mut order = hospital.order();
    order["lines"] = json!([{ "medication_id": hospital.medications[0], "quantity": 10 }]);
    hospital.place(&order).await;
    let line = hospital.stored(&id(&order), SOON).await["lines"][0]["id"].clone();
    answer(hospital.step(&technician, &order, "accept", &Value::Null).await).await;
    // The last of a month, the first of the next, and a leap day: as they are printed on the boxes.
    let parts = [(4, "L-01", "2027-01-31", 6), (3, "L-02", "2027-02-01", 3), (3, "L-02", "2028-02-29", 0)];
    for (quantity, lot, expires_on, left) in parts {
        let part =
            json!({ "lines": [{ "line_id": line, "quantity": quantity, "lot": lot, "expires_on": expires_on }] });
        let done = answer(hospital.step(&technician, &order, "deliver", &part).await).await;
        assert_eq!(done["lines"][0]["remaining"], left);
        assert_eq!(done["partially_delivered"], left > 0);
        assert_eq!(done["status"], if left > 0 { "accepted" } else { "delivered" });
        let last = done["lines"][0]["deliveries"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["quantity"], &last["lot"]), (&json!(quantity), &json!(lot)));
        assert_eq!(last["expires_on"], expires_on);
        assert_eq!(done["events"].as_array().unwrap().last().unwrap()["data"]["lines"][0]["expires_on"], expires_on);
    }
    let whole = hospital.get(&format!("/orders/{}", id(&order))).await;
    let dates: Vec<_> =
        whole["lines"][0]["deliveries"].as_array().unwrap().iter().map(|part| &part["expires_on"]).collect();
    assert_eq!(dates, ["2027-01-31", "2027-02-01", "2028-02-29"]);
}

#[tokio::test]
async fn what_does_not_fit_is_told_and_changes_nothing() {
    let hospital = Hospital::embedded().await;
    let [one, other] = [hospital.someone("technician", 1).await, hospital.someone("technician", 2).await];
    let nurse = hospital.someone("nurse", 1).await;
    let order = hospital.order();
    hospital.place(&order).await;
    let line = hospital.stored(&id(&order), SOON).await["lines"][0]["id"].clone();
    let told = async |who: &str, step: &str, body: Value, versions: Option<&str>| {
        let mut request = hospital.step_request(who, &order, step, &body);
        if let Some(versions) = versions {
            request = request.header("If-Match", versions);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    };
    let code = |status: u16, code: &str| (status, code.to_owned());
    let none = Value::Null;
    assert_eq!(told(&one, "accept", none.clone(), Some("\"9\"")).await, code(412, "version_mismatch"));
    assert_eq!(told(&one, "accept", none.clone(), Some("\"1\"")).await, code(200, ""));
    assert_eq!(told(&one, "accept", none.clone(), Some("\"1\"")).await, code(200, ""), "the answer was lost");
    assert_eq!(told(&other, "accept", none.clone(), Some("\"1\"")).await, code(412, "version_mismatch"));
    assert_eq!(told(&other, "dispatch", none.clone(), None).await, code(409, "held_by_another"));
    assert_eq!(told(&nurse, "cancel", json!({ "reason": "other" }), None).await, code(403, "not_yours"));
    assert_eq!(told(&one, "reject", json!({ "reason": "other" }), None).await, code(409, "wrong_status"));
    assert_eq!(told(&one, "cancel", json!({ "reason": "bad_mood" }), None).await, code(422, "invalid_input"));
    assert_eq!(told(&one, "cancel", json!({}), None).await, code(422, "invalid_input"));
    let part = |quantity: u32| json!({ "lines": [{ "line_id": line, "quantity": quantity }] });
    assert_eq!(told(&one, "deliver", part(4), None).await, code(409, "more_than_due"));
    assert_eq!(told(&one, "deliver", json!({ "lines": [] }), None).await, code(422, "invalid_input"));
    let unknown = json!({ "lines": [{ "line_id": order["id"], "quantity": 1 }] });
    assert_eq!(told(&one, "deliver", unknown, None).await, code(422, "invalid_input"));
    let stored = hospital.get(&format!("/orders/{}", id(&order))).await;
    assert_eq!((&stored["version"], &stored["status"]), (&json!(2), &json!("accepted")));

    // Equal parts are two, when they are said to be.
    for (version, delivered) in [("\"2\"", 1), ("\"3\"", 2)] {
        assert_eq!(told(&one, "deliver", part(1), Some(version)).await, code(200, ""));
        assert_eq!(told(&one, "deliver", part(1), Some(version)).await, code(200, ""), "sent again");
        let stored = hospital.get(&format!("/orders/{}", id(&order))).await;
        assert_eq!(stored["lines"][0]["delivered"], delivered);
    }
    let short = json!({ "final": { "reason": "out_of_stock", "note": "chega amanhã" } });
    assert_eq!(told(&one, "deliver", short, None).await, code(200, ""));
    let stored = hospital.get(&format!("/orders/{}", id(&order))).await;
    assert_eq!((&stored["status"], &stored["reason"]), (&json!("delivered"), &json!("out_of_stock")));
    assert_eq!(stored["lines"][0]["remaining"], 1, "the remainder stays on record");
}

#[tokio::test]
async fn who_orders_what_is_on_its_way_already_is_told() {
    let hospital = Hospital::embedded().await;
    let [first, second] = [hospital.order(), hospital.order()];
    for order in [&first, &second] {
        hospital.place(order).await;
        hospital.stored(&id(order), Duration::from_secs(5)).await;
    }
    let stored = hospital.get(&format!("/orders/{}", id(&second))).await;
    assert_eq!(stored["duplicate_of"], json!([first["id"]]));
    assert_eq!(stored["lines"][0]["duplicate_of"], first["id"]);
    assert_eq!(hospital.get(&format!("/orders/{}", id(&first))).await["duplicate_of"], json!([]));
    let open = format!("/dispensers/{}/open-orders", hospital.dispenser);
    let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();
    assert_eq!(ids(&hospital.get(&open).await), [id(&second), id(&first)]);
    let admin = hospital.token.clone();
    for order in [&first, &second] {
        answer(hospital.step(&admin, order, "cancel", &json!({ "reason": "duplicate" })).await).await;
    }
    assert_eq!(ids(&hospital.get(&open).await), Vec::<String>::new());
    let third = hospital.order();
    hospital.place(&third).await;
    assert_eq!(hospital.stored(&id(&third), SOON).await["duplicate_of"], json!([]), "the others are closed");
    let with = format!("{open}?medication_id={}", hospital.medications[0]);
    assert_eq!(ids(&hospital.get(&with).await), [id(&third)]);
    let none = hospital.request(Method::GET, &format!("{open}?medication_id={}", hospital.dispenser)).send().await;
    assert_eq!(ids(&answer(none.unwrap()).await), Vec::<String>::new());
}

#[tokio::test]
async fn who_placed_an_order_rates_it_once_it_was_delivered() {
    let hospital = Hospital::embedded().await;
    let (nurse, other) = (hospital.someone("nurse", 1).await, hospital.someone("nurse", 2).await);
    let technician = hospital.someone("technician", 1).await;
    let order = hospital.order();
    hospital.place_as(&nurse, &order).await;
    hospital.stored(&id(&order), SOON).await;
    let good = json!({ "rating": 5, "comment": "Chegou em dez minutos." });
    let early = hospital.step(&nurse, &order, "feedback", &good).await;
    let early: Value = early.json().await.unwrap();
    assert_eq!((&early["code"], &early["order"]["status"]), (&json!("wrong_status"), &json!("requested")));
    for step in ["accept", "deliver"] {
        answer(hospital.step(&technician, &order, step, &Value::Null).await).await;
    }
    for rating in [json!(0), json!(6), json!("5"), json!(4.5)] {
        let refused = problem(hospital.step(&nurse, &order, "feedback", &json!({ "rating": rating })).await).await;
        assert_eq!(refused, (422, "invalid_input".to_owned(), vec!["/rating".to_owned()]), "{rating}");
    }
    assert_eq!(problem(hospital.step(&other, &order, "feedback", &good).await).await.1, "not_yours");
    // Sent twice at once, as phones do.
    let (first, second) = tokio::join!(
        hospital.step(&nurse, &order, "feedback", &good),
        hospital.step(&nurse, &order, "feedback", &good)
    );
    let (first, second) = (answer(first).await, answer(second).await);
    assert_eq!((&first["rating"], &first["comment"]), (&json!(5), &good["comment"]));
    assert_eq!(first, second);
    assert_eq!(
        problem(hospital.step(&nurse, &order, "feedback", &json!({ "rating": 1 })).await).await.1,
        "rated_already"
    );
    answer(hospital.step(&nurse, &order, "receive", &Value::Null).await).await;
    assert_eq!(hospital.get(&format!("/orders/{}", id(&order))).await["feedback"], first);
    let audit = hospital.get(&format!("/audit?kind=order.rated&subject_id={}", id(&order))).await;
    assert_eq!((audit["items"].as_array().unwrap().len(), &audit["items"][0]["data"]["rating"]), (1, &json!(5)));
}

#[tokio::test]
async fn an_expired_lot_is_handed_over_only_with_a_reason() {
    // The same instant is another day there: east of the date line lots expire first.
    let now = chrono::Utc::now();
    let hospital = Hospital::embedded_with(&["--time-zone", "Pacific/Kiritimati"]).await;
    let today = now.with_timezone(&chrono_tz::Pacific::Kiritimati).date_naive();
    let technician = hospital.someone("technician", 1).await;
    let medication = &hospital.medications[0];
    let yesterday = today.pred_opt().unwrap();
    let lot = json!({ "number": "V-1", "expires_on": yesterday });
    hospital.post(&format!("/medications/{medication}/lots"), &lot).await;
    let order = hospital.order();
    hospital.place(&order).await;
    let line = hospital.stored(&id(&order), SOON).await["lines"][0]["id"].clone();
    answer(hospital.step(&technician, &order, "accept", &Value::Null).await).await;
    let part = |lot: &str, expires_on: Value| json!({ "lines": [{ "line_id": line, "quantity": 1, "lot": lot, "expires_on": expires_on }] });

    let today_is_good = hospital.step(&technician, &order, "deliver", &part("H-1", json!(today))).await;
    assert_eq!(today_is_good.status(), 200, "the last day counts");
    // Said by the box, or known from the lot's record although it is not said.
    for part in [part("X-1", json!(yesterday)), part("V-1", Value::Null)] {
        let told: Value = hospital.step(&technician, &order, "deliver", &part).await.json().await.unwrap();
        assert_eq!((&told["code"], &told["expires_on"]), (&json!("lot_expired"), &json!(yesterday)), "{told}");
        assert_eq!(told["errors"][0]["pointer"], "/lines/0/expires_on");
        assert_eq!(told["order"]["version"], 3);
    }
    let mut unknown = part("V-1", Value::Null);
    unknown["expired"] = json!({ "reason": "bad_mood" });
    let told = problem(hospital.step(&technician, &order, "deliver", &unknown).await).await;
    assert_eq!(told, (422, "invalid_input".to_owned(), vec!["/expired/reason".to_owned()]));
    let mut meant = part("V-1", Value::Null);
    meant["expired"] = json!({ "reason": "no_other_lot", "note": "de acordo com o plantão" });
    for _ in 0..2 {
        let done = answer(hospital.step(&technician, &order, "deliver", &meant).await).await;
        assert_eq!(done["version"], 4, "sent twice is once");
        let event = done["events"].as_array().unwrap().last().unwrap()["data"].clone();
        assert_eq!(event["expired"], meant["expired"]);
        assert_eq!(event["lines"][0]["expires_on"], json!(yesterday), "a scan without expiry wipes nothing");
    }
}
