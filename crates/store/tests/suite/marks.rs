//! Marks by substance: what has the substance is marked, what a person marked stays.

use domain::{CatalogueRow, ControlledList, FileRow, MedicationId, Product, SubstanceMarks, Tarja};
use store::{ImportEnd, Imported, Marks, MedicationChange, Progress, Source, Store, Verdict};

use crate::hospital::{Hospital, act, label};
use crate::import::{import, product, rows};

fn marks(substance: &str) -> SubstanceMarks {
    SubstanceMarks {
        substance: label(substance),
        controlled_list: None,
        tarja: None,
        is_high_alert: None,
        look_alike_group: None,
        tall_man: None,
    }
}

fn listed(substance: &str, list: ControlledList) -> SubstanceMarks {
    SubstanceMarks { controlled_list: Some(list), ..marks(substance) }
}

fn lines(substances: &[SubstanceMarks]) -> Vec<FileRow> {
    let row =
        |(given, line): (&SubstanceMarks, u64)| FileRow { line, content: Ok(CatalogueRow::Substance(given.clone())) };
    substances.iter().zip(2..).map(row).collect()
}

async fn mark(store: &Store, substances: &[SubstanceMarks]) -> Imported {
    let dry = store.import("lista.csv", Source::Hospital, lines(substances), true, &act(7), |_| true).await.unwrap();
    let end = store.import("lista.csv", Source::Hospital, lines(substances), false, &act(7), |_| true).await.unwrap();
    assert_eq!(dry, end, "a dry run says what happens");
    match end {
        ImportEnd::Done(imported) => imported,
        ImportEnd::Cancelled => panic!("cancelled"),
    }
}

fn told(imported: &Imported) -> Vec<(Verdict, Vec<&str>)> {
    imported.rows.iter().map(|row| (row.verdict, row.remarks.iter().map(String::as_str).collect())).collect()
}

/// Medications with these ingredients, whose registrations are counted from 100000001 on.
async fn with(store: &Store, medications: &[(&str, &str)]) {
    let product = |((name, ingredient), number): (&(&str, &str), u32)| Product {
        active_ingredient: Some((*ingredient).to_owned()).filter(|text| !text.is_empty()),
        ..product(&format!("{}", 100_000_000 + number), name)
    };
    let products: Vec<Product> = medications.iter().zip(1..).map(product).collect();
    import(store, rows(&products)).await;
}

async fn marked(store: &Store, name: &str) -> (MedicationId, Marks) {
    let all = store.every_medication(None, 100).await.unwrap();
    let found = all.into_iter().find(|medication| medication.name == name).unwrap();
    (found.id, found.marks)
}

async fn list(store: &Store, name: &str) -> Option<ControlledList> {
    marked(store, name).await.1.controlled_list
}

pub(crate) async fn medications_are_marked_by_their_substance(hospital: Hospital) {
    use ControlledList::*;
    use Verdict::*;
    let store = &hospital.store;
    with(
        store,
        &[
            ("DIMORF", "sulfato de morfina pentaidratado"),
            ("Algicod", "fosfato de codeína + paracetamol"),
            ("Diidro", "diidrocodeína"),
            ("CLORIDRATO DE DOBUTAMINA", "cloridrato de dobutamina"),
            ("Dobtan", "cloridrato de dobutamina"),
            ("Morfina sem nada", ""),
        ],
    )
    .await;
    let before = store.last_seq().await.unwrap();
    let dobutamine = SubstanceMarks {
        tarja: Some(Tarja::Red),
        is_high_alert: Some(true),
        look_alike_group: Some(label("dob-dop")),
        tall_man: Some(label("DOBUTamina")),
        ..marks("Dobutamina")
    };
    let mut file = vec![
        listed("Morfina", A1),
        listed("Codeína", A2),
        dobutamine,
        listed("MORFINA", B1),
        listed("Ópio", A1),
        listed("- -", A1),
        SubstanceMarks { tall_man: Some(label("DOPamina")), ..marks("Dobutamina sódica") },
    ];
    let imported = mark(store, &file).await;
    assert_eq!(
        told(&imported),
        [
            (Changed, vec!["marks 1 medication"]),
            (Changed, vec!["marks 1 medication"]),
            (Changed, vec!["marks 2 medications"]),
            (Duplicate, vec!["line 2 has it already; that one counts"]),
            (Same, vec!["no medication has this substance"]),
            (Rejected, vec!["the substance has no word"]),
            (Rejected, vec!["tall_man must be the substance, with the letters that set it apart in capitals"]),
        ]
    );
    assert_eq!(imported.counts[&Changed], 3);
    assert_eq!(store.last_seq().await.unwrap(), before + 1, "one row of the record");
    for (name, expected) in
        [("DIMORF", Some(A1)), ("Algicod", Some(A2)), ("Diidro", None), ("Dobtan", None), ("Morfina sem nada", None)]
    {
        assert_eq!(list(store, name).await, expected, "{name}");
    }
    let expected = Marks {
        controlled_list: None,
        tarja: Some(Tarja::Red),
        is_high_alert: true,
        look_alike_group: Some("dob-dop".to_owned()),
        tall_man: Some("CLORIDRATO DE DOBUTamina".to_owned()),
    };
    assert_eq!(marked(store, "CLORIDRATO DE DOBUTAMINA").await.1, expected);
    assert_eq!(marked(store, "Dobtan").await.1, Marks { tall_man: None, ..expected }, "a brand is not respelled");

    // The same again changes nothing, and leaves no trace.
    file.truncate(3);
    let again = mark(store, &file).await;
    assert_eq!(told(&again), [(Same, vec![]), (Same, vec![]), (Same, vec![])]);
    assert_eq!(store.last_seq().await.unwrap(), before + 1);
}

pub(crate) async fn a_mark_that_is_set_or_disputed_is_told_and_not_set(hospital: Hospital) {
    use ControlledList::*;
    use Verdict::*;
    let store = &hospital.store;
    with(
        store,
        &[
            ("Sedar", "fenobarbital + fenitoína"),
            ("Gardenal", "fenobarbital"),
            ("Valpakine", "valproato de sódio"),
            ("Outra", "valproato de magnésio"),
        ],
    )
    .await;
    let (gardenal, _) = marked(store, "Gardenal").await;
    let change = MedicationChange {
        controlled_list: Some(Some(C5)),
        is_high_alert: Some(true),
        is_active: Some(false),
        ..MedicationChange::default()
    };
    store.change_medication(gardenal, change, &act(6)).await.unwrap();
    let file = [
        SubstanceMarks { is_high_alert: Some(false), ..listed("Fenobarbital", B1) },
        listed("Fenitoina", C1),
        listed("Valproato", C1),
        SubstanceMarks { tarja: Some(Tarja::Red), ..listed("Valproato de sódio", D1) },
    ];
    let imported = mark(store, &file).await;
    assert_eq!(
        told(&imported),
        [
            (
                Same,
                vec![
                    "controlled_list of 1 medication is another and stays so: Gardenal (C5)",
                    "high_alert of 1 medication is another and stays so: Gardenal (true)",
                    "controlled_list of 1 medication is not set, as another line says otherwise: Sedar (line 3 says C1)",
                ]
            ),
            (
                Same,
                vec![
                    "controlled_list of 1 medication is not set, as another line says otherwise: Sedar (line 2 says B1)",
                ]
            ),
            (Changed, vec!["marks 1 medication"]),
            (Changed, vec!["marks 1 medication"]),
        ]
    );
    for (name, expected) in [("Sedar", None), ("Gardenal", Some(C5)), ("Valpakine", Some(D1)), ("Outra", Some(C1))] {
        assert_eq!(list(store, name).await, expected, "{name}");
    }
    assert!(marked(store, "Gardenal").await.1.is_high_alert, "a file takes no mark off");
}

pub(crate) async fn many_medications_are_marked_at_once_or_not_at_all(hospital: Hospital) {
    let store = &hospital.store;
    let products: Vec<Product> = (0..3000_u32)
        .map(|number| Product {
            active_ingredient: Some(format!("sulfato de substância{} hidratada", number % 500)),
            ..product(&format!("2{number:08}"), &format!("Produto {number}"))
        })
        .collect();
    import(store, rows(&products)).await;
    let file: Vec<SubstanceMarks> =
        (0..500).map(|number| listed(&format!("SUBSTANCIA{number}"), ControlledList::C1)).collect();
    let listed = async || {
        let all = store.every_medication(None, 4000).await.unwrap();
        all.iter().filter(|medication| medication.marks.controlled_list.is_some()).count()
    };
    let stop = |progress: Progress| progress.done < 1000;
    let end = store.import("lista.csv", Source::Hospital, lines(&file), false, &act(7), stop).await.unwrap();
    assert_eq!((end, listed().await), (ImportEnd::Cancelled, 0));
    let imported = mark(store, &file).await;
    assert_eq!((imported.counts[&Verdict::Changed], listed().await), (500, 3000));
    assert_eq!(imported.rows[0].remarks, ["marks 6 medications"]);
}
