//! Finding medications by what people type.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::product::Start;

use crate::hospital::{ADMIN, BINARY, Hospital, PASSWORD, answer, problem};

impl Hospital {
    /// Names and how they were found.
    async fn find(&self, search: &str) -> Vec<(String, String)> {
        let search: String = url::form_urlencoded::byte_serialize(search.as_bytes()).collect();
        found(&self.get(&format!("/medications?search={search}")).await)
    }
}

fn found(page: &Value) -> Vec<(String, String)> {
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    page["items"].as_array().unwrap().iter().map(|item| (text(item, "name"), text(item, "match"))).collect()
}

async fn looks_alike(hospital: &Hospital) {
    for name in ["Dipirona monoidratada", "Adipirona sodica", "Glicose 50% 10 mL", "Soro 50%_a"] {
        hospital.post("/medications", &json!({ "name": name })).await;
    }
    let dipirona = "Dipirona sódica 500 mg/mL solução injetável 2 mL";
    for (search, by) in [
        ("dipirona sodica", "exact"),
        ("DIPIRONA SÓDICA", "exact"),
        ("dipirona so\u{301}dica", "exact"),
        ("sodica dipi", "prefix"),
        ("dipirona sodca", "typo"),
        ("dipriona 500mg", "typo"),
    ] {
        assert_eq!(hospital.find(search).await[0], (dipirona.to_owned(), by.to_owned()), "{search}");
    }
    let both = hospital.find("dipirona sodica").await;
    assert_eq!(
        both[1],
        ("Adipirona sodica".to_owned(), "typo".to_owned()),
        "a look-alike is marked, after the right one"
    );
    assert_eq!(hospital.find("Glicose 5%").await, [("Glicose 5% 500 mL".to_owned(), "exact".to_owned())]);
    assert_eq!(hospital.find("%_a").await, [("Soro 50%_a".to_owned(), "exact".to_owned())]);
    assert_eq!(hospital.find("' OR '1'='1").await, []);
}

#[tokio::test]
async fn what_people_type_is_found_and_look_alikes_are_marked() {
    looks_alike(&Hospital::embedded().await).await;
}

#[tokio::test]
async fn what_was_just_created_is_found_at_once() {
    let hospital = Hospital::embedded().await;
    for number in 0..20 {
        let name = format!("Heparina {number}");
        hospital.post("/medications", &json!({ "name": name })).await;
        assert_eq!(hospital.find(&name).await[0].0, name);
    }
}

#[tokio::test]
async fn what_is_found_comes_in_parts_and_a_cursor_of_another_list_is_refused() {
    let hospital = Hospital::embedded().await;
    for number in 0..25 {
        hospital.post("/medications", &json!({ "name": format!("Soro {number:02}") })).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = hospital.get(&format!("/medications?search=sor&limit=10{cursor}")).await;
        seen.extend(found(&page).into_iter().map(|(name, _)| name));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, (0..25).map(|number| format!("Soro {number:02}")).collect::<Vec<_>>());

    let listed = hospital.get("/medications?limit=1").await;
    assert!(listed["items"][0].get("match").is_none(), "nothing was searched");
    let of_list = listed["next_cursor"].as_str().unwrap();
    let of_search = hospital.get("/medications?search=sor&limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    for wrong in [format!("search=sor&cursor={of_list}"), format!("cursor={of_search}"), "cursor=x".to_owned()] {
        let refused = hospital.request(Method::GET, &format!("/medications?{wrong}")).send().await.unwrap();
        assert_eq!(problem(refused).await, (422, "invalid_input".to_owned(), vec!["query/cursor".to_owned()]));
    }
    let blank = hospital.get("/medications?search=%20-&limit=1").await;
    assert_eq!(blank, listed, "no word is no search");
}

#[tokio::test]
async fn what_a_ward_orders_most_is_first_in_its_dispenser() {
    let hospital = Hospital::embedded().await;
    let [dipirona, glicose] = &hospital.medications;
    let path = format!("/dispensers/{}/medications", hospital.dispenser);
    let held = json!([{ "medication_id": dipirona }, { "medication_id": glicose, "par_min": 2 }]);
    let set = answer(hospital.send(Method::PUT, &path, &held).await).await;
    assert_eq!((&set["items"][0]["medication"]["id"], &set["items"][0]["ordered"]), (&json!(dipirona), &json!(0)));
    let mut order = hospital.order();
    order["lines"] = json!([{ "medication_id": glicose, "quantity": 1 }]);
    hospital.place(&order).await;
    hospital.stored(&crate::hospital::id(&order), crate::hospital::SOON).await;
    let first = &hospital.get(&path).await["items"][0];
    let name = "Glicose 5% 500 mL";
    let medication = json!({ "id": glicose, "name": name, "tall_man": null, "is_high_alert": false,
        "controlled_list": null, "tarja": null });
    let expected = json!({ "medication": medication, "par_min": 2, "par_max": null, "ordered": 1 });
    assert_eq!(first, &expected);
}

/// Two backends on one PostgreSQL.
mod distributed {
    use super::*;

    #[tokio::test]
    async fn what_one_backend_creates_the_other_finds_within_a_second() {
        let mut hospital = Hospital::distributed().await;
        looks_alike(&hospital).await;
        let folder = tempfile::tempdir().unwrap();
        let other = Start::serve(BINARY)
            .args(["--role", "backend", "--data-dir", folder.path().to_str().unwrap()])
            .env("DATABASE_URL", hospital.database.as_ref().unwrap().url())
            .start()
            .unwrap();
        let token = hospital.token.clone();
        // From here on, `one` and `other` are asked in turn.
        let one = hospital.backend.replace(other).unwrap();
        hospital.token = hospital.login(ADMIN, PASSWORD).await;
        assert_eq!(hospital.find("vancomicina").await, [], "the other one has read the names");
        let new = json!({ "name": "Vancomicina 500 mg" });
        let created =
            hospital.client.post(one.url("/medications")).bearer_auth(&token).json(&new).send().await.unwrap();
        assert_eq!(created.status(), StatusCode::CREATED);
        let began = Instant::now();
        while hospital.find("vanco").await.is_empty() {
            assert!(began.elapsed() < Duration::from_secs(1), "not found within a second");
        }
    }
}
