//! Finding medications, and what a dispenser holds in the order in which it helps.

use domain::{DispenserId, Label, MedicationId};
use store::{Found, Match, MedicationChange, NewHolding, SearchText, Store};

use crate::hospital::{Hospital, act, add_medication, arrival, at, new_dispenser};

async fn search(store: &Store, text: &str) -> Vec<Found> {
    store.search_medications(&SearchText::parse(text).unwrap(), None, 200).await.unwrap().items
}

async fn names(store: &Store, text: &str) -> Vec<String> {
    search(store, text).await.into_iter().map(|found| found.medication.name).collect()
}

async fn hold(store: &Store, dispenser: DispenserId, medications: &[MedicationId]) {
    let holding =
        |medication_id: &MedicationId| NewHolding { medication_id: *medication_id, par_min: None, par_max: None };
    let holdings: Vec<_> = medications.iter().map(holding).collect();
    store.set_holdings(dispenser, &holdings, &act(1)).await.unwrap().unwrap().unwrap();
}

pub(crate) async fn search_ignores_case_and_accents_and_takes_signs_for_letters(hospital: Hospital) {
    let store = &hospital.store;
    add_medication(store, "Glicose 50% 10 mL").await;
    add_medication(store, "Glicose_5").await;
    for search in ["dipirona sodica", "SÓDICA dipirona", "so\u{301}dica", "500 DIPI", "dipirona sodca"] {
        assert_eq!(names(store, search).await, ["Dipirona sódica 500 mg"], "{search}");
    }
    assert_eq!(search(store, "dipirona sodca").await[0].found_by, Match::Typo);
    assert_eq!(names(store, "glicose 5%").await, ["Glicose 5%"]);
    assert_eq!(names(store, "_").await, ["Glicose_5"]);
    for nothing in ["' OR 1=1 --", "\"", "\\", "g%", "___"] {
        assert_eq!(names(store, nothing).await, Vec::<String>::new(), "{nothing}");
    }
    for without_words in ["", " ", "--"] {
        assert_eq!(SearchText::parse(without_words), None);
    }
    assert_eq!(store.medications(None, 10).await.unwrap().items.len(), 4);
}

pub(crate) async fn what_one_process_changes_another_finds_at_once(hospital: Hospital) {
    let (here, there) = (&hospital.store, hospital.another_store().await);
    for store in [here, &there] {
        assert_eq!(names(store, "vancomicina").await, Vec::<String>::new(), "read before the changes");
    }
    let id = add_medication(here, "Vancomicina 500 mg").await;
    let renamed =
        |name: &str| MedicationChange { name: Some(Label::parse(name).unwrap()), ..MedicationChange::default() };
    let in_use = |is_active| MedicationChange { is_active: Some(is_active), ..MedicationChange::default() };
    for store in [here, &there] {
        assert_eq!(names(store, "vanco").await, ["Vancomicina 500 mg"]);
    }
    there.change_medication(id, renamed("Teicoplanina 400 mg"), &act(2)).await.unwrap().unwrap();
    for store in [here, &there] {
        assert_eq!(names(store, "vanco").await, Vec::<String>::new());
        assert_eq!(names(store, "400 teico").await, ["Teicoplanina 400 mg"]);
    }
    let next = add_medication(here, "Teicoplanina pó").await;
    here.change_medication(id, in_use(false), &act(3)).await.unwrap().unwrap();
    for store in [here, &there] {
        let first = store.search_medications(&SearchText::parse("teico").unwrap(), None, 1).await.unwrap();
        let first: Vec<_> = first.items.iter().map(|found| found.medication.id).collect();
        assert_eq!(first, [next], "what is out of use is not found, nor does it take a place");
    }
    there.change_medication(id, in_use(true), &act(4)).await.unwrap().unwrap();
    for store in [here, &there] {
        assert_eq!(names(store, "teico").await, ["Teicoplanina 400 mg", "Teicoplanina pó"]);
    }
}

pub(crate) async fn what_a_dispenser_stocks_is_found_first(hospital: Hospital) {
    let store = &hospital.store;
    let there = hospital.another_store().await;
    let ids = [add_medication(store, "Heparina A").await, add_medication(store, "Heparina B").await];
    assert_eq!(names(&there, "heparina").await, ["Heparina A", "Heparina B"]);
    hold(store, hospital.dispenser, &ids[1..]).await;
    assert_eq!(names(&there, "heparina").await, ["Heparina B", "Heparina A"]);
    hold(store, hospital.dispenser, &[]).await;
    assert_eq!(names(&there, "heparina").await, ["Heparina A", "Heparina B"]);
}

pub(crate) async fn many_changes_and_a_record_that_was_put_back_are_taken_over(hospital: Hospital) {
    let store = &hospital.store;
    assert_eq!(names(store, "soro").await, Vec::<String>::new());
    for number in 0..510 {
        add_medication(store, &format!("Soro {number}")).await;
    }
    assert_eq!(search(store, "soro").await.len(), 200);
    assert_eq!(names(store, "soro 509").await, ["Soro 509"]);
    // An older copy of the database: the record has fewer numbers, and a medication another name.
    let mut connection = testkit::sql::connect(&hospital.url).await.unwrap();
    let before = "UPDATE medications SET name = 'Albumina', search_text = 'albumina' WHERE name = 'Soro 509'";
    connection.execute(before).await.unwrap();
    connection.execute("UPDATE event_head SET seq = seq - 1").await.unwrap();
    assert_eq!(names(store, "soro 509").await, Vec::<String>::new());
    assert_eq!(names(store, "albumina").await, ["Albumina"]);
}

pub(crate) async fn what_is_imported_is_found_at_once(hospital: Hospital) {
    let there = hospital.another_store().await;
    assert_eq!(names(&there, "dipirona monoidratada").await, Vec::<String>::new());
    let product = crate::import::product("100000003", "Dipirona monoidratada");
    crate::import::import(&hospital.store, crate::import::rows(&[product])).await;
    assert_eq!(names(&there, "dipirona monoidratada").await, ["Dipirona monoidratada"]);
}

pub(crate) async fn pages_of_what_is_found_are_complete_and_do_not_repeat(hospital: Hospital) {
    let store = &hospital.store;
    for number in 0..30 {
        // Several of one name, so that only the id tells them apart.
        add_medication(store, &format!("Insulina {}", number % 4)).await;
    }
    let text = SearchText::parse("insul").unwrap();
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = store.search_medications(&text, after, 7).await.unwrap();
        seen.extend(page.items.into_iter().map(|found| (found.medication.name, found.medication.id)));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), pages), (30, 5));
    assert!(seen.is_sorted(), "by name and id");
    seen.dedup();
    assert_eq!(seen.len(), 30);
}

pub(crate) async fn what_is_ordered_most_comes_first_in_a_dispenser(hospital: Hospital) {
    let store = &hospital.store;
    let [dipirona, glicose] = hospital.medications;
    let adrenalina = add_medication(store, "ádrenalina").await;
    let other = new_dispenser(2);
    store.create_dispenser(&other, &act(0)).await.unwrap();
    hold(store, hospital.dispenser, &[dipirona, glicose, adrenalina]).await;
    let held = async |since: i64| -> Vec<(String, u32)> {
        let held = store.holdings(hospital.dispenser, at(since)).await.unwrap().unwrap();
        held.into_iter().map(|holding| (holding.medication.name.unwrap(), holding.ordered)).collect()
    };
    let expect = |expected: [(&str, u32); 3]| expected.map(|(name, ordered)| (name.to_owned(), ordered)).to_vec();
    let by_name = [("ádrenalina", 0), ("Dipirona sódica 500 mg", 0), ("Glicose 5%", 0)];
    assert_eq!(held(0).await, expect(by_name), "by name where nothing was ordered");
    let here = hospital.dispenser;
    let orders = [
        hospital.order_of(here, &[(glicose, 1), (dipirona, 50)]),
        hospital.order_of(here, &[(glicose, 1)]),
        hospital.order_of(other.id, &[(adrenalina, 9)]),
    ];
    store.keep_arrivals(&orders.each_ref().map(arrival), at(1)).await.unwrap();
    let expected = [("Glicose 5%", 2), ("Dipirona sódica 500 mg", 1), ("ádrenalina", 0)];
    assert_eq!(held(0).await, expect(expected), "lines count, not quantities, and not another dispenser's");
    assert_eq!(held(1).await, expect(by_name), "orders of before do not count");
}

/// Needs both databases at once.
mod postgres {
    use super::*;

    /// Names as catalogues have them, always the same: letters of all kinds, numbers, signs.
    fn catalogue() -> Vec<String> {
        let substances = [
            "Dipirona",
            "Ácido fólico",
            "Morfina",
            "Cloreto de sódio",
            "Glicose",
            "Heparina",
            "Água",
            "água destilada",
            "Çimetidina",
            "Óleo",
            "Zinco",
            "ÁCIDO ascórbico",
            "Vitamina B12",
            "D'Água",
            "_x",
            "Morfìna",
        ];
        let forms = ["comprimido", "solução injetável", "Solução oral", "pó", "creme", "(frasco)", "-ampola-"];
        let strengths = ["5%", "50%", "0,9%", "500 mg", "50 mg/mL", "1.000 UI", "10mg", ""];
        let mut random = fastrand::Rng::with_seed(7);
        (0..2000)
            .map(|_| {
                let mut part = |of: &[&str]| of[random.usize(..of.len())].to_owned();
                [part(&substances), part(&forms), part(&strengths)].join(" ").trim().to_owned()
            })
            .collect()
    }

    /// What people type to find some of them.
    fn searches(names: &[String]) -> Vec<String> {
        let mut random = fastrand::Rng::with_seed(8);
        (0..200)
            .map(|_| {
                let mut words: Vec<String> =
                    names[random.usize(..names.len())].split(' ').map(ToOwned::to_owned).collect();
                random.shuffle(&mut words);
                words.truncate(1 + random.usize(..words.len()));
                for word in &mut words {
                    let letters: Vec<char> = word.chars().collect();
                    let kept = 1 + random.usize(..letters.len());
                    *word = letters[..kept].iter().collect();
                    if kept > 4 && word.chars().all(char::is_alphabetic) && random.bool() {
                        word.remove(word.char_indices().nth(random.usize(..kept)).unwrap().0);
                    }
                }
                words.join(" ")
            })
            .filter(|text| SearchText::parse(text).is_some())
            .collect()
    }

    #[tokio::test]
    async fn both_databases_find_the_same_in_the_same_order() {
        let hospitals = [Hospital::on_sqlite().await, Hospital::on_postgres().await];
        let names = catalogue();
        let ids: Vec<MedicationId> = names.iter().map(|_| MedicationId(uuid::Uuid::now_v7())).collect();
        for hospital in &hospitals {
            // These have other ids in each.
            for id in hospital.medications {
                let out = MedicationChange { is_active: Some(false), ..MedicationChange::default() };
                hospital.store.change_medication(id, out, &act(0)).await.unwrap().unwrap();
            }
            for (name, id) in names.iter().zip(&ids) {
                let name = Label::parse(name).unwrap();
                let new =
                    store::NewMedication { id: *id, name, description: None, area: None, med_class: None, lot: None };
                hospital.store.create_medication(&new, &act(0)).await.unwrap();
            }
            let stocked: Vec<_> = ids.iter().copied().step_by(5).collect();
            hold(&hospital.store, hospital.dispenser, &stocked).await;
        }
        let searches = searches(&names);
        assert!(searches.len() > 190, "{}", searches.len());
        let mut found_any = 0;
        for text in &searches {
            let [sqlite, postgres] = [&hospitals[0], &hospitals[1]].map(|hospital| async {
                let found = search(&hospital.store, text).await;
                found.into_iter().map(|found| (found.medication.id, found.found_by)).collect::<Vec<_>>()
            });
            let (sqlite, postgres) = (sqlite.await, postgres.await);
            assert!(sqlite == postgres, "{text}");
            found_any += usize::from(!sqlite.is_empty());
        }
        assert_eq!(found_any, searches.len());
    }
}
