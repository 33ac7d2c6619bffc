//! Bad input has a clear answer, and nothing is stored.

use reqwest::Method;
use serde_json::{Value, json};

use crate::hospital::{Hospital, problem};

#[tokio::test]
async fn every_fault_of_an_order_is_named_where_it_is() {
    let hospital = Hospital::embedded().await;
    let with = |pointer: &str, value: Value| {
        let mut order = hospital.order();
        *order.pointer_mut(pointer).unwrap() = value;
        order
    };
    let added = |name: &str, value: Value| {
        let mut order = hospital.order();
        order[name] = value;
        order
    };
    let quantity = "/lines/1/quantity";
    let cases = [
        (added("colour", json!("red")), "/colour"),
        (with("/dispenser_id", json!("12")), "/dispenser_id"),
        (with("/dispenser_id", json!(12)), "/dispenser_id"),
        (with("/id", json!("00000000-0000-0000-0000-000000000000")), "/id"),
        (with("/priority", json!("emergency")), "/priority"),
        (with(quantity, json!(0)), quantity),
        (with(quantity, json!(-1)), quantity),
        (with(quantity, json!(1.5)), quantity),
        (with(quantity, json!(100_001)), quantity),
        (with(quantity, json!(1e300)), quantity),
        (with(quantity, json!("3")), quantity),
        (with(quantity, json!("３")), quantity),
        (with(quantity, Value::Null), quantity),
        (with("/lines", json!([])), "/lines"),
        (with("/lines/1/medication_id", json!(hospital.medications[0])), "/lines/1/medication_id"),
        (added("note", json!("a\u{0}b")), "/note"),
        (added("note", json!("x".repeat(2001))), "/note"),
        (json!([]), ""),
    ];
    for (body, pointer) in cases {
        for path in ["/orders", "/publish_order"] {
            let told = problem(hospital.send(Method::POST, path, &body).await).await;
            assert_eq!(told, (422, "invalid_input".into(), vec![pointer.to_owned()]), "{path} {body}");
        }
    }
    assert_eq!(hospital.stored_ids().await.len(), 0);
}

#[tokio::test]
async fn what_is_no_json_or_too_much_is_told_apart() {
    let hospital = Hospital::embedded().await;
    let post = |body: Vec<u8>, kind: &'static str| {
        hospital.request(Method::POST, "/orders").header("content-type", kind).body(body).send()
    };
    let json = "application/json";
    let cases = [
        (post(b"{".to_vec(), json).await, (400, "invalid_json")),
        (post(vec![0xff, 0xfe], json).await, (400, "invalid_json")),
        (post(format!("{} {{}}", hospital.order()).into_bytes(), json).await, (400, "invalid_json")),
        (post(b"[".repeat(60_000), json).await, (422, "invalid_input")),
        (post(vec![b' '; 65 * 1024], json).await, (413, "body_too_large")),
        (post(hospital.order().to_string().into_bytes(), "text/plain").await, (415, "unsupported_media_type")),
    ];
    for (answer, (status, code)) in cases {
        let told = problem(answer.unwrap()).await;
        assert_eq!((told.0, told.1.as_str()), (status, code));
    }
}

#[tokio::test]
async fn unknown_paths_methods_and_ids_are_problems_too() {
    let hospital = Hospital::embedded().await;
    let ask = |method: Method, path: &'static str| hospital.request(method, path).send();
    let unknown = "/orders/01890a5d-ac96-774b-bcce-b302099a8057";
    for (answer, expected) in [
        (ask(Method::GET, "/nothing").await, (404, "no_such_path")),
        (ask(Method::DELETE, "/orders").await, (405, "method_not_allowed")),
        (ask(Method::GET, unknown).await, (404, "not_found")),
        (ask(Method::GET, "/orders/12").await, (422, "invalid_input")),
        (ask(Method::GET, "/orders?limit=0").await, (422, "invalid_input")),
        (ask(Method::GET, "/orders?cursor=x").await, (422, "invalid_input")),
        (ask(Method::GET, "/medication/12").await, (422, "invalid_input")),
    ] {
        let told = problem(answer.unwrap()).await;
        assert_eq!((told.0, told.1.as_str()), expected);
    }
}
