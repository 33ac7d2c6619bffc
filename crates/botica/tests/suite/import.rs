//! `botica import`, on both databases.

use std::path::Path;
use std::process::Output;
use std::time::Instant;

use serde_json::{Value, json};

use crate::hospital::{BINARY, Hospital};

pub(crate) fn import(hospital: &Hospital, file: &Path, args: &[&str]) -> Output {
    let mut command = testkit::product::command(BINARY.as_ref());
    command.arg("import").arg(file).args(args).arg("--data-dir").arg(hospital.folder.path());
    if let Some(database) = &hospital.database {
        command.env("DATABASE_URL", database.url());
    }
    command.output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub(crate) fn counts(output: &Output) -> Vec<u64> {
    let text = said(output);
    let count = |verdict: &str| text.lines().find_map(|line| line.trim().strip_prefix(verdict)?.trim().parse().ok());
    ["new", "changed", "same", "duplicate", "rejected"].map(|verdict| count(verdict).expect(&text)).to_vec()
}

const HEAD: &str = "TIPO_PRODUTO;NOME_PRODUTO;DATA_FINALIZACAO_PROCESSO;CATEGORIA_REGULATORIA;NUMERO_REGISTRO_PRODUTO;\
    DATA_VENCIMENTO_REGISTRO;NUMERO_PROCESSO;CLASSE_TERAPEUTICA;EMPRESA_DETENTORA_REGISTRO;SITUACAO_REGISTRO;PRINCIPIO_ATIVO";

pub(crate) fn register(rows: impl IntoIterator<Item = (u32, &'static str, &'static str)>) -> String {
    let row = |(number, name, status): (u32, &str, &str)| {
        format!(
            "\"MEDICAMENTO\";\"{name}\";\"25/04/2000\";\"GENÉRICO\";{number};\"01/04/2030\";\"250000\";\
             \"ANALGÉSICOS\";\"00 - CASA\";\"{status}\";\"DIPIRONA\"\r\n"
        )
    };
    rows.into_iter().map(row).fold(format!("{HEAD}\r\n"), |text, row| text + &row)
}

#[tokio::test]
async fn a_register_is_taken_over_and_found_at_once() {
    taken_over(&Hospital::embedded().await).await;
}

/// What both databases promise.
pub(crate) async fn taken_over(hospital: &Hospital) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registro.csv");
    let rows = [(104_540_166, "Dipirona \"Casa\"", "VÁLIDO"), (104_540_167, "Antiga", "CADUCO/CANCELADO")];
    std::fs::write(&file, register(rows)).unwrap();
    let dry = import(hospital, &file, &["--dry-run"]);
    assert!(dry.status.success() && said(&dry).contains("It is ANVISA's register"), "{}", said(&dry));
    assert_eq!(counts(&dry), [2, 0, 0, 0, 0]);
    let names = async || -> Vec<String> {
        let page = hospital.get("/medications?limit=200").await;
        page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names().await.len(), 2, "a dry run changes nothing");

    let remarks = folder.path().join("remarks.csv");
    assert_eq!(counts(&import(hospital, &file, &["--remarks", remarks.to_str().unwrap()])), [2, 0, 0, 0, 0]);
    assert!(names().await.contains(&"Dipirona \"Casa\"".to_owned()), "and what is cancelled can't be ordered");
    let found = hospital.get("/medications?search=casa").await["items"][0].clone();
    assert_eq!(found["registration"], "104540166");
    assert_eq!(
        (&found["is_registered"], &found["tarja"], &found["category"]),
        (&json!(true), &Value::Null, &json!("Genérico"))
    );
    assert_eq!(found["registration_expires_on"], "2030-04-30");
    assert_eq!(counts(&import(hospital, &file, &[])), [0, 0, 2, 0, 0]);

    let own = folder.path().join("casa.csv");
    std::fs::write(
        &own,
        "nome;registro;lista_344;alta_vigilância\nDipirona da casa;104540166;C1;sim\nDipirona;104540166;;\nX;1;Z9;\n",
    )
    .unwrap();
    let imported = import(hospital, &own, &["--remarks", remarks.to_str().unwrap()]);
    assert_eq!(counts(&imported)[1..], [1, 0, 1, 1], "{}", said(&imported));
    let text = std::fs::read_to_string(&remarks).unwrap();
    assert!(text.contains("2,changed,controlled_list is now C1") && text.contains("3,duplicate,line 2"), "{text}");
    let found = hospital.get("/medications?search=dipirona%20da%20casa").await["items"][0].clone();
    assert_eq!((&found["controlled_list"], &found["is_high_alert"]), (&json!("C1"), &json!(true)));
    assert_eq!(counts(&import(hospital, &file, &[])), [0, 0, 2, 0, 0], "the hospital's name stays");
    let record = hospital.get("/audit?kind=catalogue").await;
    assert_eq!(
        record["items"][0]["data"],
        json!({ "file": "casa.csv", "rows": { "new": 0, "changed": 1, "same": 0, "duplicate": 1, "rejected": 1 } })
    );
    assert_eq!(record["items"][0]["by"]["name"], "botica import");
}

#[tokio::test]
async fn an_import_that_is_killed_leaves_nothing() {
    let hospital = Hospital::embedded().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registro.csv");
    std::fs::write(&file, register((0..10_000).map(|number| (100_000_000 + number, "Produto", "VÁLIDO")))).unwrap();
    // What comes before the writing takes about as long as a dry run; from there on, at six moments.
    let began = Instant::now();
    assert_eq!(counts(&import(&hospital, &file, &["--dry-run"])), [10_000, 0, 0, 0, 0]);
    let before_writing = began.elapsed();
    let url = format!("sqlite://{}", hospital.folder.path().join("botica.db").display());
    let mut sql = testkit::sql::connect(&url).await.unwrap();
    for tenth in [8, 10, 11, 12, 14, 16] {
        let mut command = testkit::product::command(BINARY.as_ref());
        let mut running =
            command.arg("import").arg(&file).arg("--data-dir").arg(hospital.folder.path()).spawn().unwrap();
        tokio::time::sleep(before_writing * tenth / 10).await;
        running.kill().unwrap();
        running.wait().unwrap();
        let medications = sql.count("medications").await.unwrap();
        assert!(medications == 2 || medications == 10_002, "{medications} at {tenth} tenths of {before_writing:?}");
    }
    let whole = counts(&import(&hospital, &file, &[]));
    assert!(whole == [10_000, 0, 0, 0, 0] || whole == [0, 0, 10_000, 0, 0], "{whole:?}");
}

#[tokio::test]
async fn what_is_no_catalogue_is_told_with_what_to_do() {
    let hospital = Hospital::embedded().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x");
    for (bytes, hint) in [(&b""[..], "empty"), (b"\x00\x01\x02\x03", "CSV"), (b"a;b\n1;2\n", "can't be taken over")] {
        std::fs::write(&file, bytes).unwrap();
        let refused = import(&hospital, &file, &[]);
        assert!(!refused.status.success() && said(&refused).contains(hint), "{}", said(&refused));
    }
    let missing = import(&hospital, &folder.path().join("y"), &[]);
    assert!(!missing.status.success() && said(&missing).contains("can't read"), "{}", said(&missing));
}
