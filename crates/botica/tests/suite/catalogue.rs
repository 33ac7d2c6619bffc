//! Medications, by the older routes and the present ones, and dispensers.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::hospital::{Hospital, answer, id, problem};

#[tokio::test]
async fn the_older_routes_keep_their_form_and_all_is_not_taken_for_an_id() {
    let hospital = Hospital::embedded().await;
    let body = json!({ "area": "Injetáveis", "description": "Morfina 10 mg/mL", "lot": 7, "medClass": "Opioide" });
    let created = hospital.send(Method::POST, "/medication/newmedication", &body).await;
    assert_eq!(created.status(), StatusCode::OK);
    let created = answer(created).await;
    assert!(created["message"].is_string());
    let medication = &created["medication"];
    let expected = json!({
        "id": medication["id"], "name": "Morfina 10 mg/mL", "area": "Injetáveis",
        "description": "Morfina 10 mg/mL", "lot": "7", "medClass": "Opioide",
    });
    assert_eq!(medication, &expected);
    let one = hospital.get(&format!("/medication/{}", id(medication))).await;
    assert_eq!(one, json!({ "medication": expected }));
    let all = hospital.get("/medication/all").await;
    assert!(all["medications"].as_array().unwrap().contains(&expected));
    assert_eq!(all["medications"].as_array().unwrap().len(), 3);
    let text = json!({ "area": "x", "description": "y", "lot": "007", "medClass": "z" });
    let created = hospital.post("/medication/newmedication", &text).await;
    assert_eq!(created["medication"]["lot"], "007", "leading zeros stay");
    let rounded = json!({ "description": "y", "lot": 9_007_199_254_740_992_u64 });
    let told = problem(hospital.send(Method::POST, "/medication/newmedication", &rounded).await).await;
    assert_eq!(told.2, ["/lot"], "a number that JavaScript would have rounded");
}

#[tokio::test]
async fn a_medication_is_created_found_changed_and_taken_out_of_use() {
    let hospital = Hospital::embedded().await;
    let body = json!({ "name": "Ácido fólico 5 mg", "area": "Orais", "med_class": "Vitamina" });
    let created = hospital.send(Method::POST, "/medications", &body).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let location = created.headers()["location"].to_str().unwrap().to_owned();
    let created = answer(created).await;
    assert_eq!(hospital.get(&location).await, created);
    let names = |page: Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    for search in ["acido", "FÓLICO%20ácido", "5%20fol"] {
        assert_eq!(names(hospital.get(&format!("/medications?search={search}")).await), ["Ácido fólico 5 mg"]);
    }
    assert_eq!(names(hospital.get("/medications?search=5%25").await), ["Glicose 5% 500 mL"]);
    let change = json!({ "name": "Ácido fólico 10 mg", "area": null });
    let changed = answer(hospital.send(Method::PATCH, &location, &change).await).await;
    let shown = (&changed["name"], &changed["area"], &changed["med_class"]);
    assert_eq!(shown, (&json!("Ácido fólico 10 mg"), &Value::Null, &json!("Vitamina")));
    let gone = hospital.request(Method::DELETE, &location).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(names(hospital.get("/medications?search=folico").await), Vec::<String>::new());
    assert_eq!(hospital.get(&location).await["is_active"], false);
}

#[tokio::test]
async fn a_lot_is_recorded_once() {
    let hospital = Hospital::embedded().await;
    let path = format!("/medications/{}/lots", hospital.medications[0]);
    let lot = json!({ "number": "0012", "expires_on": "2027-02-28" });
    let recorded = hospital.send(Method::POST, &path, &lot).await;
    assert_eq!(recorded.status(), StatusCode::CREATED);
    assert_eq!(problem(hospital.send(Method::POST, &path, &lot).await).await.1, "lot_taken");
    let impossible = json!({ "number": "1", "expires_on": "2027-02-29" });
    assert_eq!(problem(hospital.send(Method::POST, &path, &impossible).await).await.2, ["/expires_on"]);
    let lots = hospital.get(&path).await;
    assert_eq!((&lots["items"][0]["number"], &lots["items"][0]["expires_on"]), (&json!("0012"), &json!("2027-02-28")));
}

#[tokio::test]
async fn a_dispenser_has_a_code_a_place_and_medications() {
    let hospital = Hospital::embedded().await;
    let body = json!({ "name": "Pediatria 1", "ward": "Pediatria", "wing": "B", "floor": "2", "reference": "D-07" });
    let created = hospital.send(Method::POST, "/dispensers", &body).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let created = answer(created).await;
    domain::DispenserCode::parse(created["code"].as_str().unwrap()).unwrap();
    let path = format!("/dispensers/{}", id(&created));
    let moved = json!({ "ward": "UTI Pediátrica", "wing": null });
    let moved = answer(hospital.send(Method::PATCH, &path, &moved).await).await;
    assert_eq!(
        (&moved["ward"], &moved["wing"], &moved["floor"]),
        (&json!("UTI Pediátrica"), &Value::Null, &json!("2"))
    );
    assert_eq!(moved["code"], created["code"], "the label stays right");

    let holdings = format!("{path}/medications");
    let [first, second] = &hospital.medications;
    let wanted = json!([{ "medication_id": first, "par_min": 5, "par_max": 20 }, { "medication_id": second }]);
    answer(hospital.send(Method::PUT, &holdings, &wanted).await).await;
    let held = hospital.get(&holdings).await;
    assert_eq!(held["items"].as_array().unwrap().len(), 2);
    assert_eq!(held["items"][0]["par_max"], 20);
    let wrong = json!([
        { "medication_id": first, "par_min": 6, "par_max": 5 },
        { "medication_id": first },
    ]);
    let told = problem(hospital.send(Method::PUT, &holdings, &wrong).await).await;
    assert_eq!(told.2, ["/0/par_max", "/1/medication_id"]);

    let out = hospital.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    let mut order = hospital.order();
    order["dispenser_id"] = created["id"].clone();
    hospital.place(&order).await;
    let stored = hospital.stored(&id(&order), std::time::Duration::from_secs(5)).await;
    assert_eq!(stored["status"], "refused", "nothing is ordered for a dispenser that is out of use");
}
