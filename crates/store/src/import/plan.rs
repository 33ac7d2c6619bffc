//! What each row of a file does to the catalogue: pure, so that a dry run and the import say the same.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{CatalogueRow, FileRow, Presentation, Product};
use uuid::Uuid;

use super::{Imported, RowVerdict, Source, Verdict};
use crate::connect::stored;
use crate::entity::{medication, presentation};
use crate::search_text::search_text;

/// The catalogue as it is.
pub(super) struct Known {
    by_registration: HashMap<String, medication::Model>,
    /// Those without a registration, by their name as it is compared.
    by_name: HashMap<String, medication::Model>,
    presentations: HashMap<String, presentation::Model>,
    eans: HashMap<String, Vec<String>>,
}

/// What is to be written, and what is told.
pub(super) struct Plan {
    pub(super) imported: Imported,
    /// New and changed ones.
    pub(super) medications: Vec<medication::Model>,
    /// New and changed ones.
    pub(super) presentations: Vec<presentation::Model>,
    /// All GTINs of these, by their codes.
    pub(super) eans_of: HashMap<String, Vec<String>>,
}

/// By what a row is known again.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Registration(String),
    Name(String),
    Code(String),
}

impl Known {
    pub(super) fn of(
        medications: Vec<medication::Model>,
        presentations: Vec<presentation::Model>,
        eans: HashMap<String, Vec<String>>,
    ) -> Self {
        let (mut by_registration, mut by_name) = (HashMap::new(), HashMap::new());
        for row in medications {
            match &row.registration {
                Some(registration) => by_registration.insert(registration.clone(), row),
                None => by_name.insert(row.search_text.clone(), row),
            };
        }
        let presentations = presentations.into_iter().map(|row| (row.code.clone(), row)).collect();
        Known { by_registration, by_name, presentations, eans }
    }

    fn medication(&self, key: &Key) -> Option<&medication::Model> {
        match key {
            Key::Registration(registration) => self.by_registration.get(registration),
            Key::Name(name) => self.by_name.get(name),
            Key::Code(_) => None,
        }
    }
}

pub(super) fn plan(known: &Known, source: Source, rows: Vec<FileRow>, now: DateTime<Utc>) -> Plan {
    let (mut told, mut first_lines) = (Vec::with_capacity(rows.len()), HashMap::new());
    let (mut medications, mut presentations) = (Vec::new(), Vec::new());
    let mut eans_of = HashMap::new();
    for FileRow { line, content } in rows {
        let mut remarks = Vec::new();
        let verdict = match content {
            Err(reason) => {
                remarks.push(reason);
                Verdict::Rejected
            }
            Ok(content) => match first_lines.entry(key(&content)) {
                Entry::Occupied(first) => {
                    remarks.push(format!("line {} has it already; that one counts", first.get()));
                    Verdict::Duplicate
                }
                Entry::Vacant(free) => {
                    let verdict = match content {
                        CatalogueRow::Product(product) => {
                            let (verdict, row) =
                                product_row(known.medication(free.key()), source, product, now, &mut remarks);
                            medications.extend(row);
                            verdict
                        }
                        CatalogueRow::Presentation(mut given) => {
                            // A pack's list may name one number twice.
                            given.eans.sort_unstable();
                            given.eans.dedup();
                            let eans = given.eans.clone();
                            let (verdict, row) = presentation_row(known, given, now, &mut remarks);
                            if let Some(row) = row {
                                eans_of.insert(row.code.clone(), eans);
                                presentations.push(row);
                            }
                            verdict
                        }
                    };
                    free.insert(line);
                    verdict
                }
            },
        };
        told.push(RowVerdict { line, verdict, remarks });
    }
    let mut counts: BTreeMap<Verdict, u64> = Verdict::ALL.map(|verdict| (verdict, 0)).into();
    for row in &told {
        *counts.entry(row.verdict).or_default() += 1;
    }
    Plan { imported: Imported { counts, rows: told }, medications, presentations, eans_of }
}

fn key(content: &CatalogueRow) -> Key {
    match content {
        CatalogueRow::Product(product) => match &product.registration {
            Some(registration) => Key::Registration(registration.to_string()),
            None => Key::Name(search_text(product.name.as_str())),
        },
        CatalogueRow::Presentation(presentation) => Key::Code(presentation.code.to_string()),
    }
}

/// The medication after the row, where that differs from what is known.
fn product_row(
    known: Option<&medication::Model>,
    source: Source,
    product: Product,
    now: DateTime<Utc>,
    remarks: &mut Vec<String>,
) -> (Verdict, Option<medication::Model>) {
    let before = known.cloned();
    let mut row = before.clone().unwrap_or_else(|| medication::Model {
        id: Uuid::now_v7(),
        name: product.name.to_string(),
        description: None,
        area: None,
        med_class: None,
        search_text: search_text(product.name.as_str()),
        // What may not be sold any more is in the catalogue, and can't be ordered.
        is_active: product.is_valid != Some(false),
        created_at: stored(now),
        updated_at: stored(now),
        registration: product.registration.as_ref().map(ToString::to_string),
        registered_name: None,
        is_registered: None,
        registration_expires_on: None,
        active_ingredient: None,
        category: None,
        holder: None,
        controlled_list: None,
        tarja: None,
        is_high_alert: false,
        look_alike_group: None,
        tall_man: None,
    });
    // A name that the hospital gave stays; one that it took from the register follows the register.
    let name_follows = source == Source::Hospital || row.registered_name.as_deref() == Some(&*row.name);
    if before.is_some() && name_follows {
        row.name = product.name.to_string();
        row.search_text = search_text(&row.name);
    }
    if source == Source::Regulator {
        row.registered_name = Some(product.name.to_string());
    }
    if let Some(is_valid) = product.is_valid {
        if before.is_some() && row.is_registered.is_some_and(|was| was != is_valid) {
            row.is_active = is_valid;
            remarks.push(match is_valid {
                true => "its registration stands again: it can be ordered".to_owned(),
                false => "its registration has ended: it can't be ordered any more".to_owned(),
            });
        }
        row.is_registered = Some(is_valid);
    }
    let follow = |field: &mut Option<String>, given: Option<String>| {
        if given.is_some() {
            *field = given;
        }
    };
    if product.registration_expires_on.is_some() {
        row.registration_expires_on = product.registration_expires_on;
    }
    follow(&mut row.active_ingredient, product.active_ingredient);
    follow(&mut row.category, product.category);
    follow(&mut row.holder, product.holder);
    follow(&mut row.med_class, product.therapeutic_class);
    follow(&mut row.description, product.description.map(Into::into));
    follow(&mut row.area, product.area.map(Into::into));
    follow(&mut row.look_alike_group, product.look_alike_group.map(Into::into));
    follow(&mut row.tall_man, product.tall_man.map(Into::into));
    if let Some(is_high_alert) = product.is_high_alert {
        row.is_high_alert = is_high_alert;
    }
    mark("controlled_list", &mut row.controlled_list, product.controlled_list.map(|list| list.to_string()), remarks);
    mark("tarja", &mut row.tarja, product.tarja.map(|tarja| tarja.to_string()), remarks);
    match before {
        None => (Verdict::New, Some(row)),
        Some(before) if before == row => (Verdict::Same, None),
        Some(_) => {
            row.updated_at = stored(now);
            (Verdict::Changed, Some(row))
        }
    }
}

/// A mark that is set is changed by a person, one at a time, and never by a file.
fn mark(name: &str, field: &mut Option<String>, given: Option<String>, remarks: &mut Vec<String>) {
    match (&*field, given) {
        (Some(set), Some(given)) if *set != given => {
            remarks.push(format!("{name} is {set} and stays so; the file says {given}"));
        }
        (None, Some(given)) => {
            remarks.push(format!("{name} is now {given}"));
            *field = Some(given);
        }
        _ => {}
    }
}

fn presentation_row(
    known: &Known,
    given: Presentation,
    now: DateTime<Utc>,
    remarks: &mut Vec<String>,
) -> (Verdict, Option<presentation::Model>) {
    let Some(medication) = known.by_registration.get(given.registration.as_str()) else {
        let registration = &given.registration;
        remarks.push(format!("no medication has the registration {registration}: import ANVISA's register first"));
        return (Verdict::Rejected, None);
    };
    let code = given.code.to_string();
    let before = known.presentations.get(&code);
    let mut row = before.cloned().unwrap_or_else(|| presentation::Model {
        code: code.clone(),
        medication_id: medication.id,
        ggrem: None,
        description: String::new(),
        tarja: None,
        factory_price: None,
        consumer_price: None,
        updated_at: stored(now),
    });
    row.description = given.description;
    if given.ggrem.is_some() {
        row.ggrem = given.ggrem;
    }
    // What was known does not become unknown, and is not changed by a file.
    mark_of_presentation(&mut row.tarja, given.tarja.map(|tarja| tarja.to_string()), remarks);
    let cents = |price: domain::Cents| i64::try_from(price.0).unwrap_or(i64::MAX);
    price("factory_price", &mut row.factory_price, given.factory_price.map(cents), remarks);
    price("consumer_price", &mut row.consumer_price, given.consumer_price.map(cents), remarks);
    let mut eans_before = known.eans.get(&code).cloned().unwrap_or_default();
    eans_before.sort_unstable();
    match before {
        None => (Verdict::New, Some(row)),
        Some(before) if *before == row && eans_before == given.eans => (Verdict::Same, None),
        Some(_) => {
            row.updated_at = stored(now);
            (Verdict::Changed, Some(row))
        }
    }
}

fn mark_of_presentation(field: &mut Option<String>, given: Option<String>, remarks: &mut Vec<String>) {
    match (&*field, given) {
        (Some(set), Some(given)) if *set != given => {
            remarks.push(format!("tarja is {set} and stays so; the file says {given}"));
        }
        (None, given) => *field = given,
        _ => {}
    }
}

/// A price ten times as high or as low is a slip of the comma more often than a price.
fn price(name: &str, field: &mut Option<i64>, given: Option<i64>, remarks: &mut Vec<String>) {
    let Some(given) = given else { return };
    match *field {
        Some(set) if given >= set.saturating_mul(10) && set > 0 || set >= given.saturating_mul(10) && set > given => {
            let reais = |cents: i64| domain::Cents(cents.unsigned_abs());
            remarks.push(format!("{name} is {} and stays so; the file says {}", reais(set), reais(given)));
        }
        _ => *field = Some(given),
    }
}
