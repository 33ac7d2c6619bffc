//! Labels: what they say is read back from what is drawn, and leads to the dispenser.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::drawing::{self, Pdf};
use crate::hospital::{Hospital, id, problem};

const URL: &str = "https://botica.hospital.example";

async fn at_its_address() -> Hospital {
    Hospital::embedded_with(&["--public-url", "https://botica.hospital.example/"]).await
}

async fn create(hospital: &Hospital, body: Value) -> Value {
    hospital.post("/dispensers", &body).await
}

/// The text of an answer of this content type.
async fn text(hospital: &Hospital, path: &str, kind: &str) -> Vec<u8> {
    let answer = hospital.request(Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    assert_eq!(answer.headers()["content-type"], kind, "{path}");
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("inline; filename=\"etiqueta"), "{disposition}");
    answer.bytes().await.unwrap().to_vec()
}

async fn svg(hospital: &Hospital, dispenser: &Value) -> String {
    let path = format!("/dispensers/{}/label.svg", id(dispenser));
    String::from_utf8(text(hospital, &path, "image/svg+xml").await).unwrap()
}

async fn pdf(hospital: &Hospital, query: &str) -> Pdf {
    Pdf::parse(&text(hospital, &format!("/dispensers/labels.pdf{query}"), "application/pdf").await)
}

fn code(dispenser: &Value) -> &str {
    dispenser["code"].as_str().unwrap()
}

#[tokio::test]
async fn a_label_says_where_the_dispenser_is_found_and_what_it_is() {
    let hospital = at_its_address().await;
    let body = json!({ "name": "Pediatria <1> & Cia", "ward": "Enfermaria São João", "wing": "Ala Norte", "floor": "3º andar" });
    let dispenser = create(&hospital, body).await;
    let drawn = svg(&hospital, &dispenser).await;
    let (first, second) = code(&dispenser).split_at(4);
    for expected in [
        &format!(">{first} {second}</text>"),
        ">Pediatria &lt;1&gt; &amp; Cia</text>",
        ">Enfermaria São João</text>",
        ">Ala Norte · 3º andar</text>",
    ] {
        assert!(drawn.contains(expected), "{expected} in {drawn}");
    }
    let code = drawing::of_svg(&drawn);
    assert_eq!(code.read(), (format!("{URL}/d/{}", self::code(&dispenser)), "Q"));
    assert!((code.side_in_mm - 50.0).abs() < 0.01, "{} mm", code.side_in_mm);
}

#[tokio::test]
async fn a_long_name_is_shortened() {
    let hospital = at_its_address().await;
    let name = "Dispensário da Unidade de Terapia Intensiva Neonatal e Pediátrica do Bloco Cirúrgico";
    let dispenser = create(&hospital, json!({ "name": name, "ward": "UTI" })).await;
    let drawn = svg(&hospital, &dispenser).await;
    assert!(!drawn.contains(name) && drawn.contains("Dispensário da Unidade de") && drawn.contains("…</text>"));
}

#[tokio::test]
async fn without_a_setting_labels_name_the_host_that_was_asked() {
    let hospital = Hospital::embedded().await;
    let path = format!("/dispensers/{}/label.svg", hospital.dispenser);
    let here = hospital.url(&Method::GET, "");
    let code = hospital.get(&format!("/dispensers/{}", hospital.dispenser)).await["code"].as_str().unwrap().to_owned();
    let ask = |host: Option<&str>| {
        let request = hospital.request(Method::GET, &path);
        match host {
            Some(host) => request.header("host", host),
            None => request,
        }
    };
    let drawn = ask(None).send().await.unwrap().text().await.unwrap();
    assert_eq!(drawing::of_svg(&drawn).read().0, format!("{here}/d/{code}"));
    let drawn = ask(Some("botica.local:81")).send().await.unwrap().text().await.unwrap();
    assert_eq!(drawing::of_svg(&drawn).read().0, format!("http://botica.local:81/d/{code}"));
    for host in ["a/b", "ana@botica.local", ""] {
        let told = problem(ask(Some(host)).send().await.unwrap()).await;
        assert_eq!(told, (422, "invalid_input".into(), vec!["header/Host".to_owned()]), "{host}");
    }
}

#[tokio::test]
async fn behind_tls_the_host_that_was_asked_is_named_with_https() {
    let hospital = Hospital::embedded_with(&["--secure-cookies", "true"]).await;
    let path = format!("/dispensers/{}/label.svg", hospital.dispenser);
    let asked = hospital.request(Method::GET, &path).header("host", "botica.hospital.example").send().await.unwrap();
    let (address, _) = drawing::of_svg(&asked.text().await.unwrap()).read();
    assert!(address.starts_with(&format!("{URL}/d/")), "{address}");
}

#[tokio::test]
async fn a_sheet_has_the_labels_of_all_dispensers_in_use() {
    let hospital = at_its_address().await;
    let one = pdf(&hospital, "").await;
    assert_eq!((one.sheets.len(), one.sheets[0].codes.len()), (1, 1));

    let mut addresses = vec![];
    for number in 1..=9 {
        let body = json!({ "name": format!("Coração {number}"), "ward": "Clínica Médica", "wing": "Ção" });
        addresses.push(format!("{URL}/d/{}", code(&create(&hospital, body).await)));
    }
    let gone = create(&hospital, json!({ "name": "Fora de uso", "ward": "Clínica Médica" })).await;
    let gone = hospital.request(Method::DELETE, &format!("/dispensers/{}", id(&gone))).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);

    let ward = pdf(&hospital, "?ward=Cl%C3%ADnica%20M%C3%A9dica").await;
    let counts: Vec<_> = ward.sheets.iter().map(|sheet| sheet.codes.len()).collect();
    assert_eq!(counts, [6, 3]);
    let codes = || ward.sheets.iter().flat_map(|sheet| &sheet.codes);
    assert_eq!(
        codes().map(|code| code.read()).collect::<Vec<_>>(),
        addresses.into_iter().map(|a| (a, "Q")).collect::<Vec<_>>()
    );
    assert!(codes().all(|code| (code.side_in_mm - 50.0).abs() < 0.01));
    let texts = &ward.sheets[1].texts;
    assert_eq!(texts[1..4], ["Coração 7", "Clínica Médica", "Ção"]);
    assert!(!ward.sheets.iter().flat_map(|sheet| &sheet.texts).any(|text| text == "Fora de uso"));

    let all = pdf(&hospital, "").await;
    assert_eq!(all.sheets.iter().map(|sheet| sheet.codes.len()).sum::<usize>(), 10);
    let nowhere = hospital.request(Method::GET, "/dispensers/labels.pdf?ward=Nenhures").send().await.unwrap();
    assert_eq!(problem(nowhere).await.0, 404);
}

#[tokio::test]
async fn a_code_leads_to_its_dispenser_however_it_is_typed() {
    let hospital = Hospital::embedded().await;
    let path = format!("/dispensers/{}", hospital.dispenser);
    let dispenser = hospital.get(&path).await;
    let printed = code(&dispenser);
    let (first, second) = printed.split_at(4);
    for typed in
        [printed.to_owned(), printed.to_lowercase(), format!("{first}-{second}"), format!("%20{first}%20{second}")]
    {
        assert_eq!(hospital.get(&format!("/dispensers/by-code/{typed}")).await, dispenser, "{typed}");
        let scanned = scan(&hospital, &typed).await;
        assert_eq!(scanned.status(), StatusCode::SEE_OTHER, "{typed}");
        assert_eq!(scanned.headers()["location"], format!("/?d={printed}"), "{typed}");
    }
    // Of a code that no dispenser has, one learns so only when signed in.
    assert_eq!(scan(&hospital, "22222222").await.headers()["location"], "/?d=22222222");
    let unknown = hospital.request(Method::GET, "/dispensers/by-code/22222222").send().await.unwrap();
    assert_eq!(problem(unknown).await, (404, "not_found".into(), vec![]));
    for (wrong, detail) in
        [("22222223", "wrong or swapped"), ("2222222", "8 letters and digits"), ("2222222O", "without 0, O")]
    {
        let looked_up = hospital.request(Method::GET, &format!("/dispensers/by-code/{wrong}")).send().await.unwrap();
        for told in [looked_up, scan(&hospital, wrong).await] {
            assert_eq!(told.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            let told: Value = told.json().await.unwrap();
            assert_eq!((&told["code"], &told["errors"][0]["pointer"]), (&json!("invalid_input"), &json!("path/code")));
            let said = told["errors"][0]["detail"].as_str().unwrap();
            assert!(said.contains(detail), "{wrong}: {said}");
        }
    }
}

/// What a phone that is not signed in gets, without going on to where it is led.
async fn scan(hospital: &Hospital, code: &str) -> reqwest::Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    // As Chromium asks for a page.
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
    let page = client.get(hospital.url(&Method::GET, &format!("/d/{code}"))).header("accept", accept);
    page.send().await.unwrap()
}

#[tokio::test]
async fn a_program_that_scans_a_label_gets_the_dispenser() {
    let hospital = Hospital::embedded().await;
    let dispenser = hospital.get(&format!("/dispensers/{}", hospital.dispenser)).await;
    let code = dispenser["code"].as_str().unwrap();
    // The client goes on to where it is led, with its token.
    assert_eq!(hospital.get(&format!("/d/{}", code.to_lowercase())).await, dispenser);
    let anonymous = reqwest::Client::new().get(hospital.url(&Method::GET, &format!("/d/{code}")));
    assert_eq!(anonymous.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_scan_leads_into_the_folder_under_which_botica_is_reached() {
    let hospital = Hospital::embedded_with(&["--public-url", "https://hospital.example/botica"]).await;
    assert_eq!(scan(&hospital, "2222-2222").await.headers()["location"], "/botica/?d=22222222");
}
