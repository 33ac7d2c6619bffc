//! Who may import whom. The compiler keeps each crate to what its Cargo.toml names; these tests keep the
//! Cargo.toml files, and the names of files, to what was decided.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each of our crates, and which others its program may import. A new crate needs a line here.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("queue", &["domain"]),
    ("store", &["domain"]),
    ("botica-http", &["domain"]),
    ("publisher", &["domain", "queue", "botica-http"]),
    ("backend", &["domain", "store", "botica-http"]),
    ("consumer", &["domain", "queue", "store"]),
    ("botica", &["domain", "queue", "store", "botica-http", "publisher", "backend", "consumer"]),
    ("testkit", &["domain", "queue"]),
    ("bench", &["domain", "testkit"]),
];

/// The services. They meet in the queue and in the database, never in each other's code.
const SERVICES: [&str; 3] = ["publisher", "backend", "consumer"];

/// The domain is pure: what does I/O, tells the time or draws numbers stays out.
const NOT_IN_THE_DOMAIN: [&str; 9] =
    ["tokio", "async-std", "futures-util", "axum", "hyper", "sea-orm", "sqlx", "lapin", "rand"];

/// What reaches a database. The local queue is a SQLite file too, but that is the queue's own affair.
const DATABASES: [&str; 4] = ["sea-orm", "sea-orm-migration", "sqlx", "store"];

/// Names under which anything can be put. Code is named for what it is.
const NAMES_OF_NOTHING: [&str; 10] =
    ["util", "utils", "common", "helper", "helpers", "shared", "misc", "manager", "managers", "utilities"];

/// A crate of ours.
#[derive(Debug)]
struct Member {
    /// What its program imports: normal and build dependencies.
    imports: BTreeSet<String>,
    /// What only its tests import.
    test_imports: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Our crates by name, as their Cargo.toml files have it.
fn members() -> BTreeMap<String, Member> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON");

    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            let (mut imports, mut test_imports) = (BTreeSet::new(), BTreeSet::new());
            for dependency in list(&package["dependencies"]) {
                let side = if dependency["kind"] == "dev" { &mut test_imports } else { &mut imports };
                side.insert(text(&dependency["name"]));
            }
            (text(&package["name"]), Member { imports, test_imports })
        })
        .collect()
}

/// What is wrong with who imports whom.
fn wrong_imports(members: &BTreeMap<String, Member>) -> Vec<String> {
    let table: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for (name, member) in members {
        let Some(allowed) = table.get(name.as_str()) else {
            wrong.push(format!("{name} has no line in MAY_IMPORT"));
            continue;
        };
        let ours = |imports: &BTreeSet<String>| -> Vec<String> {
            imports.iter().filter(|import| members.contains_key(*import)).cloned().collect()
        };
        for import in ours(&member.imports) {
            if !allowed.contains(&import.as_str()) {
                wrong.push(format!("{name} imports {import}"));
            }
        }
        // Tests may use the test kit, and must not be a way around the table.
        for import in ours(&member.test_imports) {
            if import != "testkit" && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{name} imports {import} in its tests"));
            }
        }
        if SERVICES.contains(&name.as_str()) {
            let others = ours(&member.imports).into_iter().chain(ours(&member.test_imports));
            wrong.extend(
                others
                    .filter(|other| SERVICES.contains(&other.as_str()))
                    .map(|other| format!("the service {name} imports the service {other}")),
            );
        }
    }
    if let Some(domain) = members.get("domain") {
        let impure = NOT_IN_THE_DOMAIN.into_iter().filter(|part| domain.imports.contains(*part));
        wrong.extend(impure.map(|part| format!("domain imports {part}")));
    }
    wrong.extend(ways_to_a_database(members));
    wrong
}

/// Ways by which the publisher could reach the database: by itself or through a crate of ours that it
/// imports, the queue apart.
fn ways_to_a_database(members: &BTreeMap<String, Member>) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut seen, mut next) = (BTreeSet::new(), VecDeque::from(["publisher".to_owned()]));
    while let Some(name) = next.pop_front() {
        let Some(member) = members.get(&name) else { continue };
        if name == "queue" || !seen.insert(name.clone()) {
            continue;
        }
        for import in &member.imports {
            if DATABASES.contains(&import.as_str()) {
                wrong.push(format!("the publisher reaches {import} through {name}"));
            }
            next.push_back(import.clone());
        }
    }
    wrong
}

/// Files and folders under `folder` with a name that says nothing.
fn named_for_nothing(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries.map(|entry| entry.expect("a folder can be listed")) {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().to_lowercase());
        let stem = name.split('.').next().unwrap_or_default();
        if NAMES_OF_NOTHING.contains(&stem) {
            found.push(path.clone());
        }
        let is_ours = !matches!(stem, "node_modules" | "target" | "dist");
        if is_ours && entry.file_type().expect("a file has a type").is_dir() {
            found.extend(named_for_nothing(&path));
        }
    }
    found
}

#[test]
fn crates_import_only_what_the_design_allows() {
    let wrong = wrong_imports(&members());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let found: Vec<_> = ["crates", "web/src"].iter().flat_map(|part| named_for_nothing(&root().join(part))).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn each_rule_finds_what_breaks_it() {
    // The crate, what it imports against the rules, whether only in its tests, and what is said.
    let cases = [
        ("domain", "tokio", false, "domain imports tokio"),
        ("queue", "store", false, "queue imports store"),
        ("store", "botica-http", false, "store imports botica-http"),
        ("consumer", "backend", false, "the service consumer imports the service backend"),
        ("backend", "publisher", true, "backend imports publisher in its tests"),
        ("publisher", "sqlx", false, "the publisher reaches sqlx through publisher"),
        ("botica-http", "sea-orm", false, "the publisher reaches sea-orm through botica-http"),
        ("botica", "testkit", false, "botica imports testkit"),
    ];
    for (name, import, is_test, expected) in cases {
        let mut members = members();
        let member = members.get_mut(name).expect("a crate of ours");
        let side = if is_test { &mut member.test_imports } else { &mut member.imports };
        side.insert(import.to_owned());
        let wrong = wrong_imports(&members);
        assert!(wrong.iter().any(|said| said == expected), "{name} with {import}: {wrong:?}");
    }

    let mut members = members();
    members.insert("extra".to_owned(), Member { imports: BTreeSet::new(), test_imports: BTreeSet::new() });
    assert!(wrong_imports(&members).contains(&"extra has no line in MAY_IMPORT".to_owned()));
}
