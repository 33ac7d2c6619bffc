//! The record as managers read it, and as `botica audit` verifies it.

use std::process::Output;

use reqwest::Method;
use serde_json::{Value, json};

use crate::hospital::{BINARY, Hospital, SOON, answer, id};

pub(crate) fn botica(hospital: &Hospital, args: &[&str]) -> Output {
    let mut command = testkit::product::command(BINARY.as_ref());
    command.args(args).arg("--data-dir").arg(hospital.folder.path());
    if let Some(database) = &hospital.database {
        command.env("DATABASE_URL", database.url());
    }
    command.output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Some of everything: an order worked to its end, a user who moves to another role.
pub(crate) async fn some_work(hospital: &Hospital) -> Value {
    let order = hospital.order();
    hospital.place(&order).await;
    hospital.stored(&id(&order), SOON).await;
    let technician = hospital.someone("technician", 1).await;
    for step in ["accept", "dispatch", "deliver"] {
        answer(hospital.step(&technician, &order, step, &Value::Null).await).await;
    }
    order
}

#[tokio::test]
async fn a_start_after_the_end_was_cut_off_says_so() {
    let mut hospital = Hospital::embedded().await;
    assert!(hospital.backend.as_mut().unwrap().stop(SOON).unwrap().success());
    // Another database, in the same data folder with its checkpoints.
    std::fs::remove_file(hospital.folder.path().join("botica.db")).unwrap();
    hospital.start_backend();
    let is_told = |line: &Value| line.to_string().contains("ends before its last checkpoint");
    hospital.backend.as_mut().unwrap().wait_for_log(SOON, is_told).unwrap();
}

#[tokio::test]
async fn managers_read_who_did_what() {
    let hospital = Hospital::embedded().await;
    let order = some_work(&hospital).await;
    let manager = hospital.someone("manager", 1).await;
    let read = async |query: &str| -> Value {
        let path = format!("/audit?{query}");
        answer(hospital.anonymous(Method::GET, &path).bearer_auth(&manager).send().await.unwrap()).await
    };
    let kinds = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
    };
    let all = read("limit=200").await;
    let numbers: Vec<i64> = all["items"].as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()).collect();
    let mut expected: Vec<i64> = (1..=numbers.len() as i64).collect();
    expected.reverse();
    assert_eq!(numbers, expected, "each number once, the newest first");

    let of_order = format!("subject_id={}", id(&order));
    let steps = ["order.delivered", "order.dispatched", "order.accepted", "order.requested"];
    assert_eq!(kinds(&read(&of_order).await), steps);
    assert_eq!(kinds(&read(&format!("{of_order}&kind=order.accepted")).await), ["order.accepted"]);
    assert_eq!(kinds(&read("kind=order").await), steps);
    assert_eq!(kinds(&read("kind=user").await), ["user.created", "user.created", "user.created"]);
    assert_eq!(kinds(&read("kind=ord").await), [""; 0]);
    assert_eq!(kinds(&read("kind=user.created&limit=1").await), ["user.created"]);

    let accepted = read("kind=order.accepted").await["items"][0].clone();
    assert_eq!((&accepted["by"]["name"], &accepted["by"]["role"]), (&json!("technician 1"), &json!("technician")));
    let by = accepted["by"]["id"].as_str().unwrap();
    assert_eq!(kinds(&read(&format!("by={by}")).await), steps[..3]);
    let at = accepted["at"].as_str().unwrap();
    assert_eq!(kinds(&read(&format!("kind=order&from={at}")).await), steps[..3]);
    assert_eq!(kinds(&read(&format!("kind=order&until={at}")).await), steps[3..]);

    // In parts, nothing is left out and nothing comes twice, also while more is written.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = read(&format!("limit=3{cursor}")).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()));
        hospital.post("/medications", &json!({ "name": format!("Soro {}", seen.len()) })).await;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_record_is_a_table_that_no_spreadsheet_takes_for_formulas() {
    let hospital = Hospital::embedded_with(&["--time-zone", "Pacific/Auckland"]).await;
    let user = json!({ "name": "=HYPERLINK(\"x\")", "email": "f@hospital.example", "password": "long enough 1", "role": "admin" });
    hospital.post("/users", &user).await;
    let token = hospital.login("f@hospital.example", "long enough 1").await;
    let medication = json!({ "name": "Soro; \"especial\"" });
    let created = hospital.anonymous(Method::POST, "/medications").bearer_auth(&token).json(&medication);
    answer(created.send().await.unwrap()).await;

    let export = hospital.request(Method::GET, "/audit/export?kind=medication").send().await.unwrap();
    assert_eq!(export.headers()["content-type"], "text/csv; charset=utf-8");
    let disposition = export.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment; filename=\"audit-20"), "{disposition}");
    let text = String::from_utf8(export.bytes().await.unwrap().to_vec()).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "\u{feff}seq;at;kind;subject_id;by_name;by_role;by_id;controlled;data;hash");
    assert_eq!(lines.len(), 1 + 3 + 1, "a header, three medications, and the end: {text}");
    let last = lines[3];
    assert!(last.contains(";\"'=HYPERLINK(\"\"x\"\")\";admin;"), "{last}");
    assert!(last.contains("Soro; \\\"\"especial\\\"\""), "{last}");
    let row = hospital.get("/audit?kind=medication&limit=1").await["items"][0].clone();
    let at: chrono::DateTime<chrono::Utc> = row["at"].as_str().unwrap().parse().unwrap();
    let there = at.with_timezone(&chrono_tz::Pacific::Auckland).format("%Y-%m-%d %H:%M:%S%.3f %:z").to_string();
    assert!(last.contains(&format!(";{there};medication.created;")), "{last}");
    assert!(last.ends_with(row["hash"].as_str().unwrap()), "{last}");
}

#[tokio::test]
async fn an_export_of_several_reads_is_whole() {
    let hospital = Hospital::embedded().await;
    let orders: Vec<Value> = (0..1100).map(|_| hospital.order()).collect();
    for some in orders.chunks(100) {
        futures_util::future::join_all(some.iter().map(|order| hospital.place(order))).await;
    }
    for order in &orders {
        hospital.stored(&id(order), SOON).await;
    }
    let export = hospital.request(Method::GET, "/audit/export").send().await.unwrap().text().await.unwrap();
    let number = |line: &str| line.split(';').next().unwrap().parse().unwrap();
    let numbers: Vec<usize> = export.lines().skip(1).map(number).collect();
    assert!(numbers.len() > orders.len(), "{}", numbers.len());
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
}
