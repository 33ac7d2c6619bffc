//! The demo hospital: wards, dispensers, medications by their real names, and a login for each role.

use std::collections::HashMap;
use std::net::SocketAddr;

use anyhow::Context;
use backend::Passwords;
use chrono::Utc;
use domain::{DispenserCode, DispenserId, Email, Label, MedicationId, Note, Quantity, Role, UserId, WardId};
use serde::Deserialize;
use store::{Act, MedicationChange, NewDispenser, NewHolding, NewMedication, NewUser, Place, Store, UserChange};
use uuid::Uuid;

use crate::commands::say;
use crate::secret::random_password;

const MEDICATIONS: &str = include_str!("../demo/medications.csv");
const DISPENSERS: &str = include_str!("../demo/dispensers.csv");
const HOLDINGS: &str = include_str!("../demo/holdings.csv");

/// Nobody else can have an address of this domain (RFC 2606): by it a demo hospital is recognised.
const LOGINS: [(&str, &str, Role); 4] = [
    ("enfermagem@demo.example", "Enfermagem", Role::Nurse),
    ("farmacia@demo.example", "Farmácia", Role::Technician),
    ("gestao@demo.example", "Gestão", Role::Manager),
    ("admin@demo.example", "Administração", Role::Admin),
];

#[derive(Deserialize)]
struct MedicationRow {
    name: String,
    description: String,
    area: String,
    med_class: String,
    /// The list of Portaria 344/98 that it is on; empty for none.
    controlled_list: String,
}

#[derive(Deserialize)]
struct DispenserRow {
    name: String,
    ward: String,
    wing: String,
    floor: String,
    reference: String,
}

#[derive(Deserialize)]
struct HoldingRow {
    dispenser: String,
    medication: String,
    par_min: u32,
    par_max: u32,
}

/// Fills an empty database, gives the demo's users new passwords and prints them. A database with
/// people of its own is left alone.
pub(crate) async fn open(store: &Store, scheme: &str, address: SocketAddr) -> anyhow::Result<()> {
    let is_demo = store.user_by_email(&Email::parse(LOGINS[3].0)?).await?.is_some();
    if !is_demo && store.count_users().await? > 0 {
        tracing::warn!("--demo does nothing: this database has users of its own");
        return Ok(());
    }
    if !is_demo {
        fill(store).await.context("the demo hospital can't be filled")?;
    }
    // After the hospital: a demo that was cut off half-way has no users, and says so below.
    let mut logins = String::new();
    for (email, name, role) in LOGINS {
        let password = random_password();
        sign_up(store, email, name, role, &password).await?;
        logins.push_str(&format!("  {:<11} {email:<26} {password}\n", role.as_str()));
    }
    say(&format!(
        "\nBotica's demo hospital is at {scheme}://localhost:{port}\n\
         The API is described at {scheme}://localhost:{port}/docs\n\n\
         Sign in as one of these; the passwords change at each start:\n\n{logins}",
        port = address.port()
    ))?;
    Ok(())
}

async fn sign_up(store: &Store, email: &str, name: &str, role: Role, password: &str) -> anyhow::Result<()> {
    let email = Email::parse(email)?;
    let password_hash = Passwords::new(1, std::time::Duration::ZERO)
        .hash(password)
        .await
        .map_err(|error| anyhow::anyhow!("password: {error}"))?;
    // The demo's wards hold controlled medications; their nurse can order all of it.
    let may_order_controlled = role == Role::Nurse;
    match store.user_by_email(&email).await? {
        Some(user) => {
            let change = UserChange {
                password_hash: Some(password_hash),
                is_active: Some(true),
                role: Some(role),
                may_order_controlled: Some(may_order_controlled),
                ..UserChange::default()
            };
            store.change_user(user.id, change, &act()).await?;
        }
        None => {
            let new = NewUser {
                id: UserId(Uuid::now_v7()),
                email,
                name: Label::parse(name)?,
                role,
                password_hash,
                may_order_controlled,
            };
            store.create_user(&new, &act()).await?;
        }
    }
    Ok(())
}

/// What the demo does is nobody's act.
fn act() -> Act {
    Act::of_the_host("botica serve --demo", Utc::now())
}

async fn fill(store: &Store) -> anyhow::Result<()> {
    let act = act();
    let mut medications = HashMap::new();
    for row in rows::<MedicationRow>(MEDICATIONS)? {
        let id = MedicationId(Uuid::now_v7());
        let label = |text: &str| if text.is_empty() { Ok(None) } else { Label::parse(text).map(Some) };
        let new = NewMedication {
            id,
            name: Label::parse(&row.name)?,
            description: if row.description.is_empty() { None } else { Some(Note::parse(&row.description)?) },
            area: label(&row.area)?,
            med_class: label(&row.med_class)?,
            lot: None,
        };
        store.create_medication(&new, &act).await?;
        if !row.controlled_list.is_empty() {
            let list = row.controlled_list.parse().with_context(|| row.name.clone())?;
            let change = MedicationChange { controlled_list: Some(Some(list)), ..MedicationChange::default() };
            store.change_medication(id, change, &act).await?;
        }
        medications.insert(row.name, id);
    }
    let mut holdings: HashMap<String, Vec<NewHolding>> = HashMap::new();
    for row in rows::<HoldingRow>(HOLDINGS)? {
        let medication_id =
            *medications.get(&row.medication).with_context(|| format!("no medication {}", row.medication))?;
        let holding = NewHolding {
            medication_id,
            par_min: Some(Quantity::new(row.par_min)?),
            par_max: Some(Quantity::new(row.par_max)?),
        };
        holdings.entry(row.dispenser).or_default().push(holding);
    }
    for row in rows::<DispenserRow>(DISPENSERS)? {
        let label = |text: &str| if text.is_empty() { Ok(None) } else { Label::parse(text).map(Some) };
        let new = NewDispenser {
            id: DispenserId(Uuid::now_v7()),
            code: DispenserCode::from_random(Uuid::new_v4().as_u64_pair().0),
            name: Label::parse(&row.name)?,
            place: Place { ward: Label::parse(&row.ward)?, wing: label(&row.wing)?, floor: label(&row.floor)? },
            ward_id: WardId(Uuid::now_v7()),
            reference: label(&row.reference)?,
        };
        store.create_dispenser(&new, &act).await?;
        store.set_holdings(new.id, &holdings.remove(&row.name).unwrap_or_default(), &act).await?;
    }
    Ok(())
}

fn rows<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<Vec<T>> {
    Ok(csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_demo_dispensers_hold_is_in_the_demo_catalogue() {
        let medications: Vec<MedicationRow> = rows(MEDICATIONS).unwrap();
        let dispensers: Vec<DispenserRow> = rows(DISPENSERS).unwrap();
        assert!(medications.len() >= 100 && dispensers.len() >= 8);
        for row in &medications {
            let list = row.description.split_once("Portaria 344/98, lista ").map(|(_, rest)| &rest[..2]);
            assert_eq!(row.controlled_list, list.unwrap_or_default(), "{}", row.name);
            assert!(list.is_none_or(|list| list.parse::<domain::ControlledList>().is_ok()), "{}", row.name);
        }
        for holding in rows::<HoldingRow>(HOLDINGS).unwrap() {
            assert!(medications.iter().any(|row| row.name == holding.medication), "{}", holding.medication);
            assert!(dispensers.iter().any(|row| row.name == holding.dispenser), "{}", holding.dispenser);
            assert!(holding.par_min <= holding.par_max, "{}", holding.medication);
        }
    }
}
