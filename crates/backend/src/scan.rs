//! `POST /scan`: what a scanned or typed code is.

use axum::extract::State;
use chrono::{Datelike, NaiveDate, Utc};
use domain::gs1::{Code, Gtin, Scan, ScanError, Unreadable, what_is};
use domain::{DispenserCode, Registration};
use http::{Caller, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Backend;
use crate::database_problem::database_problem;
use crate::dispensers::DispenserBody;
use crate::medications::MedicationBody;

/// What was scanned.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewScan)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The text as the scanner or the camera gives it, or as it is typed.
    #[schema(example = "(01)07896006219149(17)271231(10)AB1")]
    code: String,
}

/// What a code is.
#[derive(Serialize, ToSchema)]
#[schema(as = Scan)]
pub(crate) struct ScanBody {
    /// Of which kind.
    kind: Kind,
    /// A dispenser's code, as it is printed.
    dispenser_code: Option<String>,
    /// The dispenser with that code; null where there is none.
    dispenser: Option<DispenserBody>,
    /// What a product's code says.
    product: Option<ProductBody>,
    /// Whether the product's code can be read in more than one way from some place on: `product` has what is
    /// certain, and `reason` says what to look for on the pack.
    is_ambiguous: bool,
    /// Why it is neither, or what is ambiguous.
    reason: Option<String>,
}

/// Of which kind a code is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A dispenser's label or code.
    Dispenser,
    /// A product's code.
    Product,
    /// Eight digits that could be both.
    Either,
    /// Neither, or damaged.
    Neither,
}

/// What a product's code says.
#[derive(Serialize, ToSchema)]
#[schema(as = ScannedProduct)]
pub(crate) struct ProductBody {
    /// Its number, with 14 digits.
    gtin: Option<String>,
    /// The lot.
    lot: Option<String>,
    /// The last day on which it may be used.
    expires_on: Option<NaiveDate>,
    /// Whether that day is over at the hospital.
    is_expired: bool,
    /// The number of this one pack.
    serial: Option<String>,
    /// The registration number of ANVISA in the code.
    anvisa: Option<String>,
    /// The medications that it can be: none where the catalogue has no such number, several where packs share one.
    medications: Vec<MedicationBody>,
}

/// Say what a scanned code is
///
/// A dispenser's label, a product, or neither. What can't be split without its separator is said to be
/// ambiguous, and not guessed.
#[utoipa::path(post, path = "/scan", tag = "scan", request_body = Body,
    responses((status = 200, description = "What it is", body = ScanBody)))]
pub(crate) async fn scan(
    State(backend): State<Backend>,
    _: Caller,
    Json(body): Json<Body>,
) -> Result<axum::Json<ScanBody>, Problem> {
    let today = Utc::now().with_timezone(&backend.time_zone).date_naive();
    let (kind, dispenser, product, reason) = match what_is(&body.code, today.year()) {
        Code::Dispenser(dispenser) => (Kind::Dispenser, Some(dispenser), None, None),
        Code::Product(product) => (Kind::Product, None, Some(product), None),
        Code::Either { dispenser, product } => (Kind::Either, Some(dispenser), Some(product), None),
        Code::Neither(Unreadable::Product(ScanError::Ambiguous(ambiguity))) => {
            let reason = ambiguity.to_string();
            (Kind::Product, None, Some(ambiguity.certain), Some(reason))
        }
        Code::Neither(why) => (Kind::Neither, None, None, Some(why.to_string())),
    };
    let is_ambiguous = reason.is_some() && product.is_some();
    Ok(axum::Json(ScanBody {
        kind,
        dispenser_code: dispenser.as_ref().map(ToString::to_string),
        dispenser: match dispenser {
            Some(code) => backend.dispenser_of(&code).await?,
            None => None,
        },
        product: match product {
            Some(product) => Some(backend.product(product, today).await?),
            None => None,
        },
        is_ambiguous,
        reason,
    }))
}

impl Backend {
    async fn dispenser_of(&self, code: &DispenserCode) -> Result<Option<DispenserBody>, Problem> {
        let found = self.store.dispenser_by_code(code).await.map_err(database_problem)?;
        Ok(self.with_open_calls(found.into_iter().collect()).await?.pop())
    }

    async fn product(&self, scan: Scan, today: NaiveDate) -> Result<ProductBody, Problem> {
        let numbers = scan.gtin.map(as_printed).unwrap_or_default();
        // The registration of a pack has 13 digits; its first nine are the product's.
        let product_of = |text: &String| Registration::parse(text.get(..Registration::DIGITS)?).ok();
        let registration = scan.anvisa.as_ref().and_then(product_of);
        let medications = if numbers.is_empty() && registration.is_none() {
            vec![]
        } else {
            let found = self.store.medications_of_product(&numbers, registration.as_ref()).await;
            found.map_err(database_problem)?
        };
        Ok(ProductBody {
            gtin: scan.gtin.map(|gtin| gtin.to_string()),
            lot: scan.lot,
            expires_on: scan.expires_on,
            is_expired: scan.expires_on.is_some_and(|last_day| last_day < today),
            serial: scan.serial,
            anvisa: scan.anvisa,
            medications: medications.into_iter().map(Into::into).collect(),
        })
    }
}

/// A number in all lengths in which lists and packs write it: 14 digits, and those without zeros in front.
fn as_printed(gtin: Gtin) -> Vec<String> {
    let whole = gtin.to_string();
    let shorter = [13, 12, 8].into_iter().filter_map(|length| {
        let (zeros, rest) = whole.split_at_checked(whole.len().checked_sub(length)?)?;
        zeros.bytes().all(|byte| byte == b'0').then(|| rest.to_owned())
    });
    shorter.chain([whole.clone()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_looked_for_as_it_may_be_written() {
        let of = |digits: &str| as_printed(Gtin::parse(digits).unwrap());
        assert_eq!(of("7896006219149"), ["7896006219149", "07896006219149"]);
        assert_eq!(of("17896006219146"), ["17896006219146"]);
        assert_eq!(of("96385074"), ["0000096385074", "000096385074", "96385074", "00000096385074"]);
    }
}
