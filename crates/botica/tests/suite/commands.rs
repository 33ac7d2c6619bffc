//! The commands beside `serve`.

use std::process::Output;

use crate::hospital::{BINARY, Hospital};

fn botica(args: &[&str]) -> Output {
    testkit::product::command(BINARY.as_ref()).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn migrate_says_what_it_did_and_doctor_finds_all_well_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let before = botica(&["doctor", "--listen", "127.0.0.1:0", "--data-dir", folder]);
    assert!(!before.status.success());
    let first = text(&before.stdout).lines().next().unwrap().to_owned();
    assert!(first.contains("database") && first.contains("botica migrate"), "fault and mend come first: {first}");
    let migrated = botica(&["migrate", "--data-dir", folder]);
    assert!(migrated.status.success() && text(&migrated.stdout).contains("m0001"), "{migrated:?}");
    let again = botica(&["migrate", "--data-dir", folder]);
    assert_eq!(text(&again.stdout).trim(), "The schema is up to date.");
    let after = botica(&["doctor", "--listen", "127.0.0.1:0", "--data-dir", folder]);
    assert!(after.status.success(), "{}", text(&after.stdout));
}

#[test]
fn the_api_is_described_without_running_anything() {
    let described = botica(&["openapi"]);
    let api: serde_json::Value = serde_json::from_slice(&described.stdout).unwrap();
    for path in ["/orders", "/publish_order", "/login", "/medication/all", "/health/ready", "/metrics"] {
        assert!(api["paths"].get(path).is_some(), "{path}");
    }
    assert!(api["paths"]["/orders"].get("get").is_some() && api["paths"]["/orders"].get("post").is_some());
}

#[test]
fn what_can_not_work_is_refused_with_what_to_do() {
    for (args, hint) in [
        (&["serve", "--role", "publisher"][..], "AMQP_URL"),
        (&["serve", "--role", "publisher", "--amqp-url", "amqp://localhost"], "--jwks-url"),
        (&["serve", "--database-url", "mysql://x"], "postgres://"),
        (&["serve", "--time-zone", "Brasilia"], "time-zone"),
        (&["serve", "--grace", "soon"], "grace"),
        (&["serve", "--public-url", "botica.hospital.example:8000"], "public_url must begin with http:// or https://"),
        (&["admin", "create", "--email", "x", "--name", "y"], "--email"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let refused = testkit::product::command(BINARY.as_ref()).args(args).current_dir(&folder).output().unwrap();
        assert!(!refused.status.success(), "{args:?}");
        assert!(text(&refused.stderr).contains(hint), "{args:?}: {}", text(&refused.stderr));
    }
}

#[tokio::test]
async fn an_administrator_who_forgot_the_password_is_let_in_again() {
    let hospital = Hospital::embedded().await;
    hospital.create_admin(crate::hospital::ADMIN, "a new long password");
    let token = hospital.login(crate::hospital::ADMIN, "a new long password").await;
    assert!(!token.is_empty());
}

#[tokio::test]
async fn doctor_asks_a_running_botica_whether_it_is_ready() {
    let hospital = Hospital::embedded().await;
    let address = hospital.backend.as_ref().unwrap().address().to_string();
    let asked = botica(&["doctor", "--health", "--listen", &address]);
    assert!(asked.status.success() && text(&asked.stdout).contains("\"ready\""), "{asked:?}");
    hospital.backend.unwrap().kill();
    let asked = botica(&["doctor", "--health", "--listen", &address]);
    assert!(!asked.status.success() && text(&asked.stderr).contains("is Botica running"), "{asked:?}");
}
