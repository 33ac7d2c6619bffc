//! A small hospital in a database of its own.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    DispenserCode, DispenserId, Label, MedicationId, NewLine, NewOrder, OrderId, Person, PlacedOrder, Priority,
    Quantity, Role, UserId, WardId,
};
use store::{Act, Arrival, ConnectOptions, Letter, NewDispenser, NewMedication, NewUser, Place, Store, User};
use uuid::Uuid;

pub(crate) struct Hospital {
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) dispenser: DispenserId,
    pub(crate) medications: [MedicationId; 2],
    pub(crate) nurse: User,
    /// Keeps the database until the end of the test.
    _database: Box<dyn std::any::Any>,
}

/// The nurse's, at first.
pub(crate) const PASSWORD_HASH: &str = "$argon2id$";

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

/// An instant that all tests share: 2026-03-09 14:05 UTC, and `seconds` later.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    "2026-03-09T14:05:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

pub(crate) fn place() -> Place {
    Place { ward: label("UTI Adulto"), wing: Some(label("B")), floor: None }
}

/// What nobody in particular does at that second.
pub(crate) fn act(seconds: i64) -> Act {
    Act::of_the_host("test", at(seconds))
}

impl Hospital {
    pub(crate) async fn on_sqlite() -> Hospital {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("botica.db").display());
        Hospital::at(url, Box::new(folder)).await
    }

    pub(crate) async fn on_postgres() -> Hospital {
        let database = testkit::services::PostgresDatabase::create().await.unwrap();
        Hospital::at(database.url().to_owned(), Box::new(database)).await
    }

    async fn at(url: String, database: Box<dyn std::any::Any>) -> Hospital {
        let store = Store::connect(&url, &ConnectOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let nurse = NewUser {
            id: UserId(Uuid::now_v7()),
            email: domain::Email::parse("nurse@hospital.example").unwrap(),
            name: label("Nurse"),
            role: Role::Nurse,
            password_hash: PASSWORD_HASH.to_owned(),
            may_order_controlled: false,
        };
        let nurse = store.create_user(&nurse, &act(0)).await.unwrap();
        let dispenser = new_dispenser(1);
        store.create_dispenser(&dispenser, &act(0)).await.unwrap();
        let medications =
            [add_medication(&store, "Dipirona sódica 500 mg").await, add_medication(&store, "Glicose 5%").await];
        Hospital { store, url, dispenser: dispenser.id, medications, nurse, _database: database }
    }

    /// Another process's way to the same database.
    pub(crate) async fn another_store(&self) -> Store {
        Store::connect(&self.url, &ConnectOptions::default()).await.unwrap()
    }

    /// An order that the hospital can fill: 3 of the first medication.
    pub(crate) fn order(&self) -> PlacedOrder {
        self.order_of(self.dispenser, &[(self.medications[0], 3)])
    }

    pub(crate) fn order_of(&self, dispenser: DispenserId, lines: &[(MedicationId, u32)]) -> PlacedOrder {
        let lines = lines
            .iter()
            .map(|(medication_id, quantity)| NewLine {
                medication_id: *medication_id,
                quantity: Quantity::new(*quantity).unwrap(),
            })
            .collect();
        let order = NewOrder::new(OrderId(Uuid::now_v7()), dispenser, Priority::Stat, lines, None).unwrap();
        PlacedOrder { order, placed_by: self.nurse.person(), placed_at: at(0) }
    }

    pub(crate) async fn event_count(&self, order: OrderId) -> usize {
        self.store.events_of(order).await.unwrap().len()
    }
}

pub(crate) async fn add_medication(store: &Store, name: &str) -> MedicationId {
    let id = MedicationId(Uuid::now_v7());
    let new = NewMedication { id, name: label(name), description: None, area: None, med_class: None, lot: None };
    store.create_medication(&new, &act(0)).await.unwrap();
    id
}

pub(crate) fn new_dispenser(random: u64) -> NewDispenser {
    NewDispenser {
        id: DispenserId(Uuid::now_v7()),
        code: DispenserCode::from_random(random),
        name: label(&format!("Dispensário {random}")),
        place: place(),
        ward_id: WardId(Uuid::now_v7()),
        reference: None,
    }
}

/// A message with nothing but a body.
pub(crate) fn letter(body: &[u8]) -> Letter {
    Letter { message_id: None, kind: None, traceparent: None, headers: BTreeMap::new(), body: body.to_vec() }
}

pub(crate) fn arrival(placed: &PlacedOrder) -> Arrival {
    let letter = Letter { message_id: Some(placed.order.id().to_string()), ..letter(b"{}") };
    Arrival { letter, content: Ok(placed.clone()) }
}

pub(crate) fn unreadable(body: &[u8]) -> Arrival {
    Arrival { letter: letter(body), content: Err("not an order".to_owned().into()) }
}

pub(crate) fn another_person() -> Person {
    Person { id: UserId(Uuid::now_v7()), name: "Another".to_owned(), role: Role::Nurse }
}
