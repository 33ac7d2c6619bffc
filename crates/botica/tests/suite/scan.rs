//! `POST /scan`: a label, a product, or neither.

use serde_json::{Value, json};

use crate::hospital::{BINARY, Hospital};

async fn scan(hospital: &Hospital, code: &str) -> Value {
    hospital.post("/scan", &json!({ "code": code })).await
}

#[tokio::test]
async fn a_scan_says_what_it_is() {
    let hospital = Hospital::embedded().await;
    let dispenser = hospital.get(&format!("/dispensers/{}", hospital.dispenser)).await;
    let code = dispenser["code"].as_str().unwrap();
    for text in [code.to_lowercase(), format!("https://botica.hospital.example/d/{code}")] {
        let told = scan(&hospital, &text).await;
        assert_eq!((&told["kind"], &told["dispenser"]["id"]), (&json!("dispenser"), &json!(hospital.dispenser)));
        assert_eq!((&told["product"], &told["reason"]), (&Value::Null, &Value::Null));
    }
    let unknown = scan(&hospital, "2222-2222").await;
    assert_eq!((&unknown["kind"], &unknown["dispenser_code"]), (&json!("dispenser"), &json!("22222222")));
    assert_eq!(unknown["dispenser"], Value::Null);

    // Day 00 is the month's last, and the lot ends at its separator.
    let whole = scan(&hospital, "]d2010789600621914917270200\u{1d}10AB1\u{1d}21X9").await;
    let product = &whole["product"];
    assert_eq!((&whole["kind"], &whole["is_ambiguous"]), (&json!("product"), &json!(false)), "{whole}");
    assert_eq!((&product["gtin"], &product["lot"]), (&json!("07896006219149"), &json!("AB1")));
    assert_eq!((&product["expires_on"], &product["serial"]), (&json!("2027-02-28"), &json!("X9")));
    assert_eq!((&product["is_expired"], &product["medications"]), (&json!(false), &json!([])));
    assert_eq!(scan(&hospital, "(01)07896006219149(17)200131").await["product"]["is_expired"], true);

    let ambiguous = scan(&hospital, "010789600621914910ABC17261231").await;
    assert_eq!((&ambiguous["kind"], &ambiguous["is_ambiguous"]), (&json!("product"), &json!(true)));
    assert_eq!((&ambiguous["product"]["gtin"], &ambiguous["product"]["lot"]), (&json!("07896006219149"), &Value::Null));
    assert!(ambiguous["reason"].as_str().unwrap().contains("separator"), "{ambiguous}");
    for text in ["", "hello", "7896006219148", &"9".repeat(5000)] {
        let told = scan(&hospital, text).await;
        assert_eq!(told["kind"], "neither", "{told}");
        assert!(told["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{told}");
    }
}

#[tokio::test]
async fn a_scanned_product_is_found_in_the_catalogue() {
    let hospital = Hospital::embedded().await;
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("casa.csv", "nome;registro\nDipirona 500 mg;100000001\n".to_owned()),
        (
            "cmed.csv",
            "SUBSTÂNCIA;CNPJ;LABORATÓRIO;CÓDIGO GGREM;REGISTRO;EAN 1;EAN 2;EAN 3;PRODUTO;APRESENTAÇÃO;TARJA\n\
             DIPIRONA;00;CASA;500100101112345;1000000010018;7896006219149;-;-;DIPIRONA;500 MG COM X 10;Tarja Vermelha\n"
                .to_owned(),
        ),
    ];
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let mut import = testkit::product::command(BINARY.as_ref());
        let done = import.arg("import").arg(&file).arg("--data-dir").arg(hospital.folder.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    for text in ["7896006219149", "(01)07896006219149", "(713)1000000010018"] {
        let told = scan(&hospital, text).await;
        assert_eq!(told["product"]["medications"][0]["name"], "Dipirona 500 mg", "{text}: {told}");
        assert_eq!(told["product"]["medications"].as_array().unwrap().len(), 1);
    }
}
