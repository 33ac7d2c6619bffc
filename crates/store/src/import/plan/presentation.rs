//! What a row of a pack does.

use chrono::{DateTime, Utc};
use domain::Presentation;

use super::{Known, Verdict};
use crate::connect::stored;
use crate::entity::presentation;

/// The pack after the row, where that differs from what is known.
pub(super) fn presentation_row(
    known: &Known,
    given: Presentation,
    now: DateTime<Utc>,
    remarks: &mut Vec<String>,
) -> (Verdict, Option<presentation::Model>) {
    let Some(medication) = known.of_registration(given.registration.as_str()) else {
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
