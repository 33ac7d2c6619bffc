//! What the store promises of wards, and of what stands there.

use domain::{DispenserCode, WardId};
use store::{DispenserChange, NewDispenser, Place, StoreError, Ward, WardChange};
use uuid::Uuid;

use crate::hospital::{Hospital, act, label, new_dispenser, place};
use crate::promises::{count, join_all};

/// The wards, of which there are no more than ten.
async fn wards(hospital: &Hospital) -> Vec<Ward> {
    hospital.store.wards(None, 10).await.unwrap().items
}

fn renamed(name: &str) -> WardChange {
    WardChange { name: Some(label(name)), ..WardChange::default() }
}

pub(crate) async fn a_ward_is_changed_with_all_that_stands_there(hospital: Hospital) {
    let store = &hospital.store;
    let second = new_dispenser(2);
    store.create_dispenser(&second, &act(1)).await.unwrap();
    let ward = wards(&hospital).await.pop().unwrap();
    assert_eq!((&ward.place, ward.active_dispensers), (&place(), 2));

    let change = WardChange { wing: Some(None), floor: Some(Some(label("3º andar"))), ..renamed("UTI Geral") };
    let changed = store.change_ward(ward.id, change, &act(2)).await.unwrap().unwrap();
    let expected = Place { ward: label("UTI Geral"), wing: None, floor: Some(label("3º andar")) };
    assert_eq!((&changed.place, changed.active_dispensers), (&expected, 2));
    for id in [hospital.dispenser, second.id] {
        assert_eq!(store.dispenser(id).await.unwrap().unwrap().place, expected);
    }
    let out = DispenserChange { is_active: Some(false), ..DispenserChange::default() };
    store.change_dispenser(second.id, out, WardId(Uuid::now_v7()), &act(3)).await.unwrap();
    assert_eq!(wards(&hospital).await[0].active_dispensers, 1);

    let recorded = "admin_changes WHERE kind = 'ward.changed'";
    assert_eq!(count(&hospital, recorded).await, 1);
    store.change_ward(ward.id, renamed("UTI Geral"), &act(4)).await.unwrap().unwrap();
    assert_eq!(count(&hospital, recorded).await, 1, "nothing changed");
    assert!(store.change_ward(WardId(Uuid::now_v7()), renamed("x"), &act(5)).await.unwrap().is_none());
}

pub(crate) async fn no_two_wards_are_the_same(hospital: Hospital) {
    let store = &hospital.store;
    let elsewhere = Place { wing: None, ..place() };
    store.create_dispenser(&NewDispenser { place: elsewhere, ..new_dispenser(2) }, &act(1)).await.unwrap();
    let ward = wards(&hospital).await.into_iter().find(|ward| ward.place.wing.is_none()).unwrap();
    let change = WardChange { wing: Some(place().wing), ..WardChange::default() };
    assert!(matches!(store.change_ward(ward.id, change, &act(2)).await, Err(StoreError::Taken(_))));
    let unchanged = wards(&hospital).await.into_iter().filter(|ward| ward.place.wing.is_none()).count();
    assert_eq!(unchanged, 1);
}

pub(crate) async fn a_dispenser_is_put_into_a_ward_that_is_renamed_meanwhile(hospital: Hospital) {
    let store = &hospital.store;
    for turn in 0..50 {
        let place = Place { ward: label(&format!("Pediatria {turn}")), wing: None, floor: None };
        let dispenser = |number: u64| NewDispenser { place: place.clone(), ..new_dispenser(2 + turn * 10 + number) };
        let first = dispenser(0);
        store.create_dispenser(&first, &act(1)).await.unwrap();
        let work = (1..10).map(|number| {
            let dispenser = dispenser(number);
            async move {
                if number == 5 {
                    store
                        .change_ward(first.ward_id, renamed(&format!("Renamed {turn}")), &act(2))
                        .await
                        .unwrap()
                        .unwrap();
                } else {
                    store.create_dispenser(&dispenser, &act(2)).await.unwrap();
                }
            }
        });
        join_all(work).await;
    }
}

pub(crate) async fn dispensers_are_found_by_code_and_by_ward(hospital: Hospital) {
    let store = &hospital.store;
    let elsewhere = Place { ward: label("Pediatria"), wing: None, floor: None };
    for (random, name) in [(2, "b"), (3, "a"), (4, "c")] {
        let new = NewDispenser { place: elsewhere.clone(), name: label(name), ..new_dispenser(random) };
        store.create_dispenser(&new, &act(1)).await.unwrap();
        if name == "c" {
            let out = DispenserChange { is_active: Some(false), ..DispenserChange::default() };
            store.change_dispenser(new.id, out, WardId(Uuid::now_v7()), &act(2)).await.unwrap();
        }
    }
    let names = async |ward| -> Vec<String> {
        store.active_dispensers(ward).await.unwrap().into_iter().map(|dispenser| dispenser.name).collect()
    };
    assert_eq!(names(Some("Pediatria")).await, ["a", "b"]);
    assert_eq!(names(Some("Nenhures")).await, [""; 0]);
    assert_eq!(names(None).await.len(), 3);
    let out_of_use = store.dispenser_by_code(&DispenserCode::from_random(4)).await.unwrap().unwrap();
    assert_eq!((out_of_use.name.as_str(), out_of_use.is_active), ("c", false));
    assert!(store.dispenser_by_code(&DispenserCode::from_random(5)).await.unwrap().is_none());
}
