//! What a row of a product does: which medication it means, and what it makes of it.

use chrono::{DateTime, Utc};
use domain::Product;
use uuid::Uuid;

use super::{Key, Known, Source, Verdict};
use crate::connect::stored;
use crate::entity::medication;
use crate::search_text::search_text;

/// What a row means: a medication that is known, or a new one.
pub(super) struct Meant<'a> {
    known: Option<&'a medication::Model>,
    /// What an earlier row of the same has at least one of.
    pub(super) keys: Vec<Key>,
    /// What this row has, for later ones.
    pub(super) marks: Vec<Key>,
}

/// By its id where the row has one, else by its registration, else by its name.
pub(super) fn meant<'a>(known: &'a Known, product: &Product) -> Meant<'a> {
    let name = || search_text(product.name.as_str());
    let found = match (product.id, &product.registration) {
        (Some(id), _) => known.of_id(id.0),
        (None, Some(registration)) => known.of_registration(registration.as_str()),
        (None, None) => known.of_name(&name()),
    };
    let registration = product.registration.as_ref().map(ToString::to_string);
    let id = found.map(|row| row.id).or(product.id.map(|id| id.0));
    let mut keys: Vec<Key> = id.map(Key::Id).into_iter().chain(registration.clone().map(Key::Registration)).collect();
    if id.is_none() && registration.is_none() {
        keys.push(Key::Name(name()));
    }
    // Also what the row does not say itself: a later one may know it by that.
    let registration = registration.or_else(|| found.and_then(|row| row.registration.clone()));
    let marks = [id.map(Key::Id), Some(registration.map_or_else(|| Key::Name(name()), Key::Registration))];
    Meant { known: found, keys, marks: marks.into_iter().flatten().collect() }
}

impl Meant<'_> {
    /// Why the row can't be taken: its id and its registration are of two medications.
    pub(super) fn contradiction(&self, known: &Known, product: &Product) -> Option<String> {
        let (id, registration) = (product.id?, product.registration.as_ref()?);
        match self.known.map(|row| (row, row.registration.as_deref())) {
            Some((_, Some(has))) if has == registration.as_str() => None,
            Some((row, Some(has))) => Some(format!(
                "the medication {id} ({}) has the registration {has}, the file says {registration}: \
                 for another product leave the id empty",
                row.name
            )),
            Some((_, None)) | None => known.of_registration(registration.as_str()).map(|other| {
                format!(
                    "the registration {registration} is that of the medication {} ({}): \
                     give that id, or leave the id empty",
                    other.id, other.name
                )
            }),
        }
    }
}

/// The medication after the row, where that differs from what is known.
pub(super) fn product_row(
    meant: &Meant<'_>,
    source: Source,
    product: Product,
    now: DateTime<Utc>,
    remarks: &mut Vec<String>,
) -> (Verdict, Option<medication::Model>) {
    let before = meant.known.cloned();
    let mut row = before.clone().unwrap_or_else(|| medication::Model {
        id: product.id.map_or_else(Uuid::now_v7, |id| id.0),
        name: product.name.to_string(),
        description: None,
        area: None,
        med_class: None,
        search_text: search_text(product.name.as_str()),
        // What may not be sold any more is in the catalogue, and can't be ordered.
        is_active: product.is_in_use.unwrap_or(product.is_valid != Some(false)),
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
    match (source, product.registered_name) {
        (Source::Regulator, _) => row.registered_name = Some(product.name.to_string()),
        (Source::Hospital, Some(registered)) => row.registered_name = Some(registered.into()),
        (Source::Hospital, None) => {}
    }
    if row.registration.is_none()
        && let Some(registration) = product.registration
    {
        remarks.push(format!("its registration is now {registration}"));
        row.registration = Some(registration.to_string());
    }
    if let Some(is_valid) = product.is_valid {
        let follows = before.is_some() && product.is_in_use.is_none();
        if follows && row.is_registered.is_some_and(|was| was != is_valid) {
            row.is_active = is_valid;
            remarks.push(match is_valid {
                true => "its registration stands again: it can be ordered".to_owned(),
                false => "its registration has ended: it can't be ordered any more".to_owned(),
            });
        }
        row.is_registered = Some(is_valid);
    }
    if let Some(is_in_use) = product.is_in_use.filter(|is_in_use| *is_in_use != row.is_active) {
        row.is_active = is_in_use;
        remarks.push(match is_in_use {
            true => "it is in use again: it can be ordered".to_owned(),
            false => "it is out of use: it can't be ordered any more".to_owned(),
        });
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
