//! Wards: listed with what stands there, and changed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::hospital::{Hospital, answer, id, problem};

#[tokio::test]
async fn wards_are_listed_with_their_dispensers_and_renamed() {
    let hospital = Hospital::embedded().await;
    for (name, ward, wing) in [("P1", "Pediatria", "B"), ("P2", "Pediatria", "B"), ("P3", "Pediatria", "C")] {
        hospital.post("/dispensers", &json!({ "name": name, "ward": ward, "wing": wing })).await;
    }
    let out = hospital.post("/dispensers", &json!({ "name": "P4", "ward": "Pediatria", "wing": "B" })).await;
    hospital.request(Method::DELETE, &format!("/dispensers/{}", id(&out))).send().await.unwrap();

    let (mut wards, mut query) = (vec![], "?limit=1".to_owned());
    loop {
        let page = hospital.get(&format!("/wards{query}")).await;
        wards.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => query = format!("?limit=1&cursor={next}"),
            None => break,
        }
    }
    let shown = |ward: &Value| {
        (ward["name"].clone(), ward["wing"].clone(), ward["floor"].clone(), ward["active_dispensers"].clone())
    };
    let mut seen: Vec<_> = wards.iter().map(shown).collect();
    seen[..2].sort_by_key(|ward| ward.1.to_string());
    let expected = [
        (json!("Pediatria"), json!("B"), Value::Null, json!(2)),
        (json!("Pediatria"), json!("C"), Value::Null, json!(1)),
        (json!("UTI Adulto"), Value::Null, json!("3"), json!(1)),
    ];
    assert_eq!(seen, expected);

    let ward = wards.iter().find(|ward| ward["wing"] == "B").unwrap();
    let path = format!("/wards/{}", id(ward));
    let other = json!({ "wing": "C" });
    let told = problem(hospital.send(Method::PATCH, &path, &other).await).await;
    assert_eq!(told, (409, "taken".into(), vec!["/name".to_owned()]));
    let change = json!({ "name": "Pediatria Clínica", "wing": null, "floor": "2º andar" });
    let changed = answer(hospital.send(Method::PATCH, &path, &change).await).await;
    assert_eq!(shown(&changed), (json!("Pediatria Clínica"), Value::Null, json!("2º andar"), json!(2)));
    let moved = hospital.get("/dispensers").await;
    let there =
        |item: &&Value| item["ward"] == "Pediatria Clínica" && item["floor"] == "2º andar" && item["wing"].is_null();
    assert_eq!(moved["items"].as_array().unwrap().iter().filter(there).count(), 3);

    let wrong = json!({ "name": " ", "wing": "", "floor": "a\u{0}" });
    let told = problem(hospital.send(Method::PATCH, &path, &wrong).await).await;
    assert_eq!(told.2, ["/name", "/wing", "/floor"]);
    let nowhere = "/wards/01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(problem(hospital.send(Method::PATCH, nowhere, &json!({})).await).await.0, 404);
}
