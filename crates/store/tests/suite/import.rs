//! Taking over a catalogue file: all of it or nothing, said beforehand, and the same again is the same.

use std::collections::BTreeMap;

use domain::{
    CatalogueRow, Cents, ControlledList, FileRow, Presentation, PresentationCode, Product, Registration, Tarja,
};
use store::{ImportEnd, Imported, MedicationChange, Progress, Source, Store, Verdict};

use crate::hospital::{Hospital, act, label};

pub(crate) fn product(registration: &str, name: &str) -> Product {
    Product {
        id: None,
        registration: Some(Registration::parse(registration).unwrap()),
        name: label(name),
        active_ingredient: Some("dipirona".to_owned()),
        therapeutic_class: Some("ANALGESICOS".to_owned()),
        category: Some("Genérico".to_owned()),
        holder: None,
        is_valid: Some(true),
        registration_expires_on: Some("2027-05-31".parse().unwrap()),
        description: None,
        area: None,
        registered_name: None,
        is_in_use: None,
        controlled_list: None,
        tarja: None,
        is_high_alert: None,
        look_alike_group: None,
        tall_man: None,
    }
}

fn presentation(code: &str, price: u64) -> Presentation {
    let code = PresentationCode::parse(code).unwrap();
    Presentation {
        registration: code.registration(),
        code,
        ggrem: Some("500100101112345".to_owned()),
        description: "500 MG COM CT BL AL PLAS X 10".to_owned(),
        eans: vec!["7896006219149".to_owned()],
        tarja: Some(Tarja::Red),
        factory_price: Some(Cents(price)),
        consumer_price: None,
        substance: None,
        product_name: label("DIPIRONA"),
    }
}

pub(crate) fn rows(products: &[Product]) -> Vec<FileRow> {
    let row = |(product, line): (&Product, u64)| FileRow { line, content: Ok(CatalogueRow::Product(product.clone())) };
    products.iter().zip(2..).map(row).collect()
}

fn packs(presentations: &[Presentation]) -> Vec<FileRow> {
    let row =
        |(given, line): (&Presentation, u64)| FileRow { line, content: Ok(CatalogueRow::Presentation(given.clone())) };
    presentations.iter().zip(2..).map(row).collect()
}

pub(crate) async fn import(store: &Store, rows: Vec<FileRow>) -> Imported {
    match store.import("register.csv", Source::Regulator, rows, false, &act(5), |_| true).await.unwrap() {
        ImportEnd::Done(imported) => imported,
        ImportEnd::Cancelled => panic!("cancelled"),
    }
}

pub(crate) fn verdicts(imported: &Imported) -> Vec<Verdict> {
    imported.rows.iter().map(|row| row.verdict).collect()
}

async fn names(store: &Store) -> Vec<String> {
    let page = store.all_medications_with_lot().await.unwrap();
    page.into_iter().map(|(medication, _)| medication.name).collect()
}

pub(crate) async fn each_row_of_an_import_gets_its_verdict(hospital: Hospital) {
    let store = &hospital.store;
    let mut file = rows(&[
        product("100000001", "Álcool 70%"),
        product("100000002", "Bromoprida"),
        product("100000001", "Álcool 70% de novo"),
    ]);
    file.push(FileRow { line: 5, content: Err("the name is too long".to_owned()) });
    let before = (names(store).await, store.last_seq().await.unwrap());
    let dry = store.import("register.csv", Source::Regulator, file.clone(), true, &act(5), |_| true).await.unwrap();
    assert_eq!((names(store).await, store.last_seq().await.unwrap()), before, "a dry run changes nothing");
    let imported = import(store, file.clone()).await;
    assert_eq!(dry, ImportEnd::Done(imported.clone()), "and says what happens");
    use Verdict::*;
    assert_eq!(verdicts(&imported), [New, New, Duplicate, Rejected]);
    assert_eq!(imported.rows[2].remarks, ["line 2 has it already; that one counts"]);
    assert_eq!(imported.rows[3].remarks, ["the name is too long"]);
    assert_eq!(imported.counts, BTreeMap::from([(New, 2), (Changed, 0), (Same, 0), (Duplicate, 1), (Rejected, 1)]));
    let mut expected = before.0.clone();
    expected.extend(["Bromoprida".to_owned(), "Álcool 70%".to_owned()]);
    let mut now = names(store).await;
    expected.sort_unstable();
    now.sort_unstable();
    assert_eq!(now, expected);
    assert_eq!(store.last_seq().await.unwrap(), before.1 + 1, "one row of the record");

    // The same again changes nothing, and leaves no trace.
    assert_eq!(verdicts(&import(store, file.clone()).await), [Same, Same, Duplicate, Rejected]);
    assert_eq!(store.last_seq().await.unwrap(), before.1 + 1);
    let mut other = file;
    other.truncate(2);
    let ended = Product { is_valid: Some(false), ..product("100000002", "Bromoprida 10 mg") };
    other[1].content = Ok(CatalogueRow::Product(ended));
    let imported = import(store, other).await;
    assert_eq!(verdicts(&imported), [Same, Changed]);
    assert_eq!(imported.rows[1].remarks, ["its registration has ended: it can't be ordered any more"]);
    assert!(!names(store).await.iter().any(|name| name.starts_with("Bromoprida")), "out of use");
}

pub(crate) async fn an_import_that_is_called_off_leaves_nothing(hospital: Hospital) {
    let store = &hospital.store;
    let products: Vec<Product> =
        (0..3000).map(|number| product(&format!("2{number:08}"), &format!("Produto {number}"))).collect();
    let before = (names(store).await, store.last_seq().await.unwrap());
    for last in [0, 1000, 3000] {
        let mut told = Vec::new();
        let go_on = |progress: Progress| {
            told.push((progress.done, progress.of));
            progress.done < last
        };
        let end =
            store.import("register.csv", Source::Regulator, rows(&products), false, &act(5), go_on).await.unwrap();
        assert_eq!(end, ImportEnd::Cancelled);
        assert_eq!(told.last(), Some(&(last, 3000)));
        assert_eq!((names(store).await, store.last_seq().await.unwrap()), before);
    }
    assert_eq!(import(store, rows(&products)).await.counts[&Verdict::New], 3000);
    // And a change of all of them in one go.
    let changed: Vec<Product> =
        products.iter().map(|product| Product { holder: Some("Outra".to_owned()), ..product.clone() }).collect();
    assert_eq!(import(store, rows(&changed)).await.counts[&Verdict::Changed], 3000);
    assert_eq!(import(store, rows(&changed)).await.counts[&Verdict::Same], 3000);
}

pub(crate) async fn what_the_hospital_decided_is_not_undone_by_a_file(hospital: Hospital) {
    let store = &hospital.store;
    import(store, rows(&[product("100000001", "DIPIRONA SODICA"), product("100000002", "MORFINA")])).await;
    let of = async |registration: &str| {
        let all = store.all_medications_with_lot().await.unwrap();
        let found = all.into_iter().map(|(medication, _)| medication);
        found.into_iter().find(|medication| medication.registered.registration.as_deref() == Some(registration))
    };
    let first = of("100000001").await.unwrap();
    let renamed = MedicationChange { name: Some(label("Dipirona 500 mg")), ..MedicationChange::default() };
    store.change_medication(first.id, renamed, &act(6)).await.unwrap();
    let second = of("100000002").await.unwrap();
    let marked = MedicationChange { controlled_list: Some(Some(ControlledList::A1)), ..MedicationChange::default() };
    store.change_medication(second.id, marked, &act(6)).await.unwrap();

    let other = Product {
        controlled_list: Some(ControlledList::B1),
        tarja: Some(Tarja::Black),
        ..product("100000002", "MORFINA SULFATO")
    };
    let imported = import(store, rows(&[product("100000001", "DIPIRONA"), other])).await;
    assert_eq!(
        imported.rows[1].remarks,
        ["controlled_list is A1 and stays so; the file says B1", "tarja is now black"]
    );
    assert_eq!(of("100000001").await.unwrap().name, "Dipirona 500 mg");
    let second = of("100000002").await.unwrap();
    assert_eq!(second.name, "MORFINA SULFATO", "a name that was the register's follows it");
    assert_eq!((second.marks.controlled_list, second.marks.tarja), (Some(ControlledList::A1), Some(Tarja::Black)));

    // Out of use by a person, and still registered: a file does not bring it back.
    let gone = MedicationChange { is_active: Some(false), ..MedicationChange::default() };
    store.change_medication(first.id, gone, &act(7)).await.unwrap();
    import(store, rows(&[product("100000001", "DIPIRONA")])).await;
    assert!(of("100000001").await.is_none());
}

pub(crate) async fn presentations_belong_to_products_and_prices_do_not_jump(hospital: Hospital) {
    let store = &hospital.store;
    let alone = import(store, packs(&[presentation("1000000010018", 1234)])).await;
    assert_eq!(verdicts(&alone), [Verdict::Rejected]);
    assert!(alone.rows[0].remarks[0].contains("no medication has the registration 100000001"), "{alone:?}");
    import(store, rows(&[product("100000001", "DIPIRONA")])).await;
    let mut file = [presentation("1000000010018", 1234), presentation("1000000010026", 2000)];
    // As the list does here and there: one number twice, and one of both packs.
    file[1].eans = vec!["7896006219149".to_owned(); 2];
    assert_eq!(verdicts(&import(store, packs(&file)).await), [Verdict::New; 2]);
    assert_eq!(verdicts(&import(store, packs(&file)).await), [Verdict::Same; 2]);
    let dearer = [presentation("1000000010018", 1300), presentation("1000000010026", 20_000)];
    let imported = import(store, packs(&dearer)).await;
    assert_eq!(verdicts(&imported), [Verdict::Changed, Verdict::Same]);
    assert_eq!(imported.rows[1].remarks, ["factory_price is 20,00 and stays so; the file says 200,00"]);
    let unknown = Presentation { tarja: None, eans: vec![], ..presentation("1000000010018", 1300) };
    let imported = import(store, packs(&[unknown])).await;
    assert_eq!(verdicts(&imported), [Verdict::Changed], "its GTIN is gone");
    let other = Presentation { tarja: Some(Tarja::Black), eans: vec![], ..presentation("1000000010018", 1300) };
    let imported = import(store, packs(&[other])).await;
    assert_eq!(imported.rows[0].remarks, ["tarja is red and stays so; the file says black"]);
}
