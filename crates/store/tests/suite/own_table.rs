//! A hospital's own table, which may say all that the catalogue holds.

use domain::{ControlledList, MedicationId, Product, Registration, Tarja};
use store::{ImportEnd, Imported, MedicationChange, Source, Store, Verdict};
use uuid::Uuid;

use crate::hospital::{Hospital, act, label};
use crate::import::{import, product, rows, verdicts};

/// The lines of a hospital's own table.
async fn import_own(store: &Store, products: &[Product]) -> Imported {
    match store.import("casa.csv", Source::Hospital, rows(products), false, &act(8), |_| true).await.unwrap() {
        ImportEnd::Done(imported) => imported,
        ImportEnd::Cancelled => panic!("cancelled"),
    }
}

/// A line with a name and nothing else.
fn named(name: &str) -> Product {
    Product {
        registration: None,
        active_ingredient: None,
        therapeutic_class: None,
        category: None,
        is_valid: None,
        registration_expires_on: None,
        ..product("100000001", name)
    }
}

pub(crate) async fn a_row_of_an_own_table_is_known_by_its_id(hospital: Hospital) {
    let store = &hospital.store;
    let [first, second] = hospital.medications;
    import(store, rows(&[product("100000001", "Bromoprida")])).await;
    let registered = store.every_medication(None, 10).await.unwrap().pop().unwrap();
    let unknown: MedicationId = Uuid::now_v7().into();
    let given = |id: MedicationId, name: &str| Product { id: Some(id), ..named(name) };
    let with = |registration: &str, line: Product| Product {
        registration: Some(Registration::parse(registration).unwrap()),
        ..line
    };
    let imported = import_own(
        store,
        &[
            given(second, "Dipirona sódica 500 mg"),
            given(second, "Glicose"),
            named("Dipirona sódica 500 mg"),
            given(unknown, "Dipirona sódica 500 mg"),
            given(registered.id, "Bromoprida 10 mg"),
            with("100000001", named("Bromoprida 5 mg")),
        ],
    )
    .await;
    use Verdict::*;
    assert_eq!(verdicts(&imported), [Changed, Duplicate, Same, New, Changed, Duplicate], "{imported:?}");
    assert_eq!(imported.rows[1].remarks, ["line 2 has it already; that one counts"]);
    assert_eq!(imported.rows[5].remarks, ["line 6 has it already; that one counts"]);
    let name = async |id| store.medication(id).await.unwrap().unwrap().name;
    for id in [first, second, unknown] {
        assert_eq!(name(id).await, "Dipirona sódica 500 mg", "three of one name, told apart by their ids");
    }
    assert_eq!(name(registered.id).await, "Bromoprida 10 mg");

    // An id and a registration that are not of one medication.
    let before = (store.every_medication(None, 10).await.unwrap(), store.last_seq().await.unwrap());
    let others = [
        with("100000009", given(registered.id, "Outra")),
        with("100000001", given(Uuid::now_v7().into(), "Outra")),
        with("100000001", given(first, "Outra")),
    ];
    let imported = import_own(store, &others).await;
    assert_eq!(verdicts(&imported), [Rejected; 3]);
    let of_another =
        format!("the registration 100000001 is that of the medication {} (Bromoprida 10 mg)", registered.id);
    assert!(imported.rows[0].remarks[0].contains("has the registration 100000001, the file says 100000009"));
    assert!(imported.rows[1].remarks[0].starts_with(&of_another), "{imported:?}");
    assert!(imported.rows[2].remarks[0].starts_with(&of_another), "{imported:?}");
    assert_eq!((store.every_medication(None, 10).await.unwrap(), store.last_seq().await.unwrap()), before);

    // One that had none gets its registration, and one number in two lines is one medication.
    let imported = import_own(
        store,
        &[
            with("100000002", given(first, "Dipirona")),
            with("100000002", given(Uuid::now_v7().into(), "Outra")),
            with("100000003", given(Uuid::now_v7().into(), "Terceira")),
            with("100000003", named("Terceira")),
        ],
    )
    .await;
    assert_eq!(verdicts(&imported), [Changed, Duplicate, New, Duplicate]);
    assert_eq!(imported.rows[0].remarks, ["its registration is now 100000002"]);
    let found = store.medication(first).await.unwrap().unwrap();
    assert_eq!(found.registered.registration.as_deref(), Some("100000002"));
}

pub(crate) async fn an_own_table_says_all_that_the_catalogue_holds(hospital: Hospital) {
    let store = &hospital.store;
    let id: MedicationId = Uuid::now_v7().into();
    let whole = Product {
        id: Some(id),
        registered_name: Some(label("BROMOPRIDA")),
        holder: Some("00 - CASA".to_owned()),
        description: Some(domain::Note::parse("linha 1\r\nlinha 2").unwrap()),
        area: Some(label("UTI")),
        is_in_use: Some(false),
        controlled_list: Some(ControlledList::C1),
        tarja: Some(Tarja::Red),
        is_high_alert: Some(true),
        look_alike_group: Some(label("bro")),
        tall_man: Some(label("BROmoprida")),
        ..product("100000001", "Bromoprida  da casa")
    };
    let told = import_own(store, std::slice::from_ref(&whole)).await;
    assert_eq!(verdicts(&told), [Verdict::New]);
    let found = store.medication(id).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.is_active), ("Bromoprida  da casa", false));
    let registered = &found.registered;
    assert_eq!((registered.name.as_deref(), registered.is_valid), (Some("BROMOPRIDA"), Some(true)));
    assert_eq!((registered.expires_on, registered.holder.as_deref()), ("2027-05-31".parse().ok(), Some("00 - CASA")));
    assert_eq!(found.description.as_deref(), Some("linha 1\r\nlinha 2"));
    assert_eq!((found.marks.is_high_alert, found.marks.tall_man.as_deref()), (true, Some("BROmoprida")));

    // Empty cells leave all of it as it is, and so does the same again.
    let same = import_own(store, &[whole]).await;
    assert_eq!(verdicts(&same), [Verdict::Same]);
    let same = import_own(store, &[Product { id: Some(id), ..named("Bromoprida  da casa") }]).await;
    assert_eq!((verdicts(&same), &same.rows[0].remarks), (vec![Verdict::Same], &vec![]));
    assert_eq!(store.medication(id).await.unwrap().unwrap(), found);

    // The hospital's own table takes out of use and back; what it says of that counts more than a registration.
    for (is_in_use, is_valid, remark) in [
        (Some(true), Some(false), "it is in use again: it can be ordered"),
        (Some(false), Some(true), "it is out of use: it can't be ordered any more"),
        (None, Some(false), ""),
        (None, Some(true), "its registration stands again: it can be ordered"),
    ] {
        let line = Product { id: Some(id), is_in_use, is_valid, ..named("Bromoprida  da casa") };
        let told = import_own(store, &[line]).await;
        assert_eq!(verdicts(&told), [Verdict::Changed]);
        if !remark.is_empty() {
            assert_eq!(told.rows[0].remarks, [remark]);
        }
        let active = store.medication(id).await.unwrap().unwrap().is_active;
        assert_eq!(active, is_in_use.or(is_valid).unwrap_or_default());
    }
}

pub(crate) async fn the_catalogue_comes_in_parts_each_once(hospital: Hospital) {
    let store = &hospital.store;
    let products: Vec<Product> =
        (0..25).map(|number| product(&format!("2{number:08}"), &format!("Produto {number}"))).collect();
    import(store, rows(&products)).await;
    let gone = MedicationChange { is_active: Some(false), ..MedicationChange::default() };
    store.change_medication(hospital.medications[0], gone, &act(6)).await.unwrap();
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let part = store.every_medication(after, 10).await.unwrap();
        ids.extend(part.iter().map(|medication| medication.id));
        match part.last() {
            Some(last) => after = Some(last.id),
            None => break,
        }
    }
    assert_eq!(ids.len(), 27, "also those out of use");
    assert!(ids.is_sorted_by_key(|id| id.0) && ids.contains(&hospital.medications[0]));
}
