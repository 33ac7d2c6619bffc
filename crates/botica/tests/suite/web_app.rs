//! The web app's files, as a browser gets them.

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, IF_NONE_MATCH};
use reqwest::{Response, StatusCode};

use crate::hospital::Hospital;

async fn ask(hospital: &Hospital, path: &str, accept: &str, encoding: &str) -> Response {
    let url = hospital.url(&reqwest::Method::GET, path);
    let request = reqwest::Client::new().get(url).header(ACCEPT, accept).header(ACCEPT_ENCODING, encoding);
    request.send().await.unwrap()
}

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// The names of the built files, or none where the app was not built: then the product says so, and nothing here
/// can be shown.
fn is_built() -> bool {
    std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist/index.html")).exists()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn every_screen_has_the_page_and_no_program_is_sent_it() {
    let hospital = Hospital::embedded().await;
    let page = ask(&hospital, "/meus-pedidos", BROWSER, "identity").await;
    if !is_built() {
        assert_eq!(page.status(), StatusCode::NOT_FOUND);
        assert!(page.text().await.unwrap().contains("no_web_app"));
        return;
    }
    assert_eq!(page.status(), StatusCode::OK);
    let policy = header(&page, "content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"));
    assert!(!policy.contains("unsafe-inline") && !policy.contains("http"), "{policy}");
    assert_eq!(header(&page, "cache-control"), "no-cache");
    let page = page.text().await.unwrap();
    assert!(page.contains("<div id=\"app\">"), "{page}");

    let nothing = ask(&hospital, "/meus-pedidos", "application/json", "identity").await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    assert!(nothing.text().await.unwrap().contains("no_such_path"));
    // The API goes before the app.
    let orders = ask(&hospital, "/orders", BROWSER, "identity").await;
    assert_eq!(orders.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn files_come_small_and_are_kept_as_long_as_their_name() {
    if !is_built() {
        return;
    }
    let hospital = Hospital::embedded().await;
    let page = ask(&hospital, "/", "*/*", "identity").await.text().await.unwrap();
    let script = page.split('"').find(|word| word.starts_with("/assets/") && word.ends_with(".js")).unwrap();

    let plain = ask(&hospital, script, "*/*", "identity").await;
    assert_eq!(header(&plain, "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(header(&plain, "cache-control"), "public, max-age=31536000, immutable");
    let plain = plain.bytes().await.unwrap();
    for encoding in ["br", "gzip"] {
        let small = ask(&hospital, script, "*/*", &format!("deflate, {encoding};q=0.9")).await;
        assert_eq!(header(&small, "content-encoding"), encoding);
        assert_eq!(header(&small, "vary"), "accept-encoding");
        assert!(small.bytes().await.unwrap().len() * 2 < plain.len(), "{encoding}");
    }

    let worker = ask(&hospital, "/service-worker.js", "*/*", "identity").await;
    assert_eq!(header(&worker, "cache-control"), "no-cache");
    let known = header(&worker, "etag").to_owned();
    let url = hospital.url(&reqwest::Method::GET, "/service-worker.js");
    let again = reqwest::Client::new().get(url).header(IF_NONE_MATCH, known).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let missing = ask(&hospital, "/assets/no-such.js", "*/*", "br").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_screen_knows_the_hospitals_time_zone() {
    let hospital = Hospital::embedded().await;
    let settings = ask(&hospital, "/hospital", "application/json", "identity").await;
    let settings: serde_json::Value = settings.json().await.unwrap();
    assert_eq!(settings["time_zone"], "America/Sao_Paulo");
    assert_eq!(settings["pharmacy_phone"], serde_json::Value::Null);
}
