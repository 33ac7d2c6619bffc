//! The catalogue leaves as a table and comes back unchanged; marks come as a table too.

#![expect(clippy::print_stderr, reason = "a test that was left out says so")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::hospital::{BINARY, Hospital, id, problem};
use crate::import::{counts, import, register, said};

/// Texts that spreadsheets, files and databases stumble over.
const NASTY: [&str; 22] = [
    "=1+1",
    "+55 11",
    "-5",
    "-5-5",
    "-5,25",
    "@SOMA(A1)",
    "'=x",
    "''=x",
    "'-5",
    "'aspas",
    "\"aspas\" e \"",
    "a;b,c",
    "A  B''C",
    "&#231; &amp; &ccedil;",
    "_x000D_ _x0041_",
    "Solução com til e cedilha",
    "açúcar 💊 <b>",
    "nome",
    "010277002",
    "1e5",
    "01/02/2028",
    "Duas de um nome",
];

/// A file of the whole catalogue, as the product gives it.
async fn export(hospital: &Hospital, format: &str, folder: &Path) -> PathBuf {
    let path = format!("/medications/export?format={format}");
    let client = reqwest::Client::builder().timeout(Duration::from_secs(90)).build().unwrap();
    let asked = client.get(hospital.url(&Method::GET, &path)).bearer_auth(&hospital.token);
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let disposition = header("content-disposition");
    let date = disposition.strip_prefix("attachment; filename=\"medications-").unwrap();
    let date = date.strip_suffix(&format!(".{format}\"")).unwrap();
    date.parse::<chrono::NaiveDate>().unwrap();
    let kind = if format == "csv" {
        "text/csv; charset=utf-8"
    } else {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    };
    assert_eq!(header("content-type"), kind);
    let file = folder.join(format!("exported.{format}"));
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    file
}

#[tokio::test]
async fn an_exported_catalogue_comes_back_unchanged() {
    comes_back(&Hospital::embedded().await).await;
}

/// What both databases promise.
pub(crate) async fn comes_back(hospital: &Hospital) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registro.csv");
    let rows =
        [(10_277_002, "Dipirona", "VÁLIDO"), (104_540_167, "Antiga", "CADUCO/CANCELADO"), (104_540_168, "?", "X")];
    let text = register(rows).replacen("01/04/2030", "01/04/0200", 1);
    std::fs::write(&file, text).unwrap();
    assert_eq!(counts(&import(hospital, &file, &[]))[0], 3);
    let longest = ("ç".repeat(200), "é \r\n=".repeat(400));
    let several = ["linha 1\r\nlinha 2\n\n\tlinha 3", "-1\r+1", "=1+1\n\"x\";y", "e\u{301}"];
    let names = NASTY.iter().chain(&["Duas de um nome"]).map(ToString::to_string).chain([longest.0]);
    for (number, name) in names.enumerate() {
        let description = if number == 23 { longest.1.as_str() } else { several[number % several.len()] };
        let body = json!({ "name": name, "area": name, "med_class": name, "description": description });
        let made = hospital.post("/medications", &body).await;
        let marks = json!({
            "is_active": number % 3 != 0,
            "is_high_alert": number % 2 == 0,
            "look_alike_group": name,
            "tall_man": if number % 4 == 0 { json!(name) } else { json!(null) },
            "controlled_list": (["A1", "C5", "F"].get(number)),
            "tarja": (["none", "red", "red_restricted", "black"].get(number)),
        });
        let change = hospital.send(Method::PATCH, &format!("/medications/{}", id(&made)), &marks).await;
        assert_eq!(change.status(), StatusCode::OK);
    }
    let all: u64 = 2 + 3 + 24;
    let before = hospital.get("/audit").await;
    let csv = export(hospital, "csv", folder.path()).await;
    let workbook = export(hospital, "xlsx", folder.path()).await;
    for file in [&csv, &workbook] {
        let told = import(hospital, file, &[]);
        assert_eq!(counts(&told), [0, 0, all, 0, 0], "{}", said(&told));
        assert!(!said(&told).contains("line "), "nothing to remark: {}", said(&told));
    }
    assert_eq!(hospital.get("/audit").await, before, "and nothing was recorded");

    // An empty catalogue becomes the same one.
    let other = tempfile::tempdir().unwrap();
    let taken = |file: &Path| {
        let mut command = testkit::product::command(BINARY.as_ref());
        command.arg("import").arg(file).arg("--data-dir").arg(other.path()).output().unwrap()
    };
    assert_eq!(counts(&taken(&csv)), [all, 0, 0, 0, 0]);
    assert_eq!(counts(&taken(&workbook)), [0, 0, all, 0, 0]);
}

#[tokio::test]
async fn an_export_is_for_managers_and_of_a_form_that_is_known() {
    let hospital = Hospital::embedded().await;
    let unknown = hospital.request(Method::GET, "/medications/export?format=pdf").send().await.unwrap();
    assert!(unknown.status().is_client_error());
    let nurse = hospital.someone("nurse", 1).await;
    let asked = hospital.anonymous(Method::GET, "/medications/export").bearer_auth(nurse).send().await.unwrap();
    assert_eq!(problem(asked).await.1, "forbidden");
    let plain = hospital.request(Method::GET, "/medications/export").send().await.unwrap();
    assert!(plain.text().await.unwrap().starts_with("\u{feff}id;Nome;"), "CSV where nothing else is asked for");
}

/// A file that others made, where a folder `shared/data/anvisa` lies beside this repository or above it.
fn real_file(name: &str) -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = folders.map(|folder| folder.join("shared/data/anvisa").join(name)).find(|path| path.exists());
    if found.is_none() {
        eprintln!("left out: there is no shared/data/anvisa/{name}");
    }
    found
}

async fn the_register_comes_back(format: &str) {
    let Some(register) = real_file("DADOS_ABERTOS_MEDICAMENTOS_2023.xlsx") else { return };
    let hospital = Hospital::embedded().await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(counts(&import(&hospital, &register, &[])), [30_980, 0, 0, 0, 1]);
    let file = export(&hospital, format, folder.path()).await;
    assert_eq!(counts(&import(&hospital, &file, &[])), [0, 0, 30_982, 0, 0]);
}

#[tokio::test]
async fn the_whole_register_comes_back_as_text() {
    the_register_comes_back("csv").await;
}

#[tokio::test]
async fn the_whole_register_comes_back_as_a_workbook() {
    the_register_comes_back("xlsx").await;
}

/// Medications of the register, and the substance of the list that each has; none where it only looks like one.
const LISTED: [(&str, Option<&str>); 14] = [
    ("DIMORF", Some("Morfina")),
    ("ALGICOD", Some("Codeína")),
    ("AGUD", Some("Codeína")),
    ("DORMIRE", Some("Midazolam")),
    ("COMPAZ", Some("Diazepam")),
    ("CARBITAL", Some("Fenobarbital")),
    ("ANANGOR", Some("Tramadol")),
    ("ADORLAN", Some("Tramadol")),
    ("REMIFAS", Some("Remifentanila")),
    ("SUFENTA", Some("Sufentanila")),
    ("DECAN HALOPER", Some("Haloperidol")),
    ("DIPRIVAN", Some("Propofol")),
    ("ANESFENT", Some("Fentanila")),
    ("BELPIDEX", None),
];

#[tokio::test]
async fn the_lists_of_control_mark_the_register() {
    let (Some(register), Some(lists)) =
        (real_file("anvisa_sample_2025dialect.csv"), real_file("portaria344_listas_transcrito.csv"))
    else {
        return;
    };
    let hospital = Hospital::embedded().await;
    let folder = tempfile::tempdir().unwrap();
    assert!(import(&hospital, &register, &[]).status.success());
    let told = import(&hospital, &lists, &[]);
    assert!(said(&told).contains("It is a table of marks by substance, with 360 rows"), "{}", said(&told));
    assert_eq!(counts(&told)[3..], [0, 0], "{}", said(&told));
    assert_eq!(counts(&import(&hospital, &lists, &[]))[1], 0, "a second time changes nothing");

    let text = std::fs::read_to_string(&lists).unwrap();
    let list_of: HashMap<&str, &str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(';'))
        .map(|(list, rest)| (rest, list))
        .map(|(rest, list)| (rest.split(';').next().unwrap_or_default(), list))
        .collect();
    let exported = std::fs::read_to_string(export(&hospital, "csv", folder.path()).await).unwrap();
    let table = exported.trim_start_matches('\u{feff}').as_bytes();
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(table);
    let place = reader.headers().unwrap().iter().position(|title| title == "Lista 344").unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for (name, substance) in LISTED {
        let found: Vec<&str> = rows.iter().filter(|row| &row[1] == name).map(|row| &row[place]).collect();
        assert!(!found.is_empty(), "{name} is not in the register");
        let expected = substance.map_or("", |substance| list_of[substance]);
        assert!(found.iter().all(|list| *list == expected), "{name}: {found:?}, and not {expected}");
    }
}
