//! `/medication/…`: the routes and field names of the first services, for clients that still use them.

use axum::extract::State;
use domain::{Label, LotId, MedicationId, Note};
use http::{Caller, Invalid, Json, Path, Problem};
use serde::{Deserialize, Serialize};
use store::{Medication, NewLot, NewMedication};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;
use crate::patch::optional;

/// A medication to create, in the older form.
#[derive(Deserialize, ToSchema)]
#[schema(as = OlderNewMedication)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// The area of the pharmacy that keeps it.
    #[schema(min_length = 1, max_length = 200)]
    area: Option<String>,
    /// What it is; its name, too, unless there is one.
    #[schema(min_length = 1, max_length = 200)]
    description: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// A lot's number, as number or text.
    lot: Option<LotNumber>,
    /// Its therapeutic class.
    #[serde(rename = "medClass")]
    #[schema(min_length = 1, max_length = 200)]
    med_class: Option<String>,
}

/// The largest lot number that may come as a number: beyond 2^53 - 1, clients that read JSON as
/// JavaScript does have lost digits already, and a wrong lot is worse than none.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// A lot's number: text, since leading zeros count; older clients send numbers.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text or a whole number")]
pub(crate) enum LotNumber {
    /// As printed.
    Text(String),
    /// As older clients have it.
    Number(u64),
}

impl LotNumber {
    fn label(self) -> Result<Label, String> {
        let text = match self {
            LotNumber::Text(text) => text,
            LotNumber::Number(number) if number > MAX_NUMBER => {
                return Err(format!("must be at most {MAX_NUMBER} as a number: send it as text"));
            }
            LotNumber::Number(number) => number.to_string(),
        };
        Label::parse(&text).map_err(|error| error.to_string())
    }
}

impl PartialSchema for LotNumber {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(200));
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(MAX_NUMBER));
        OneOfBuilder::new().item(text).item(number).into()
    }
}

impl ToSchema for LotNumber {}

/// A medication in the older form.
#[derive(Serialize, ToSchema)]
#[schema(as = OlderMedication)]
pub(crate) struct OlderMedication {
    /// Its id.
    id: Uuid,
    /// What people call it.
    name: String,
    /// The area of the pharmacy that keeps it.
    area: Option<String>,
    /// What it is.
    description: Option<String>,
    /// The number of the lot that was recorded last.
    lot: Option<String>,
    /// Its therapeutic class.
    #[serde(rename = "medClass")]
    med_class: Option<String>,
}

/// The medication was created.
#[derive(Serialize, ToSchema)]
pub(crate) struct OlderCreated {
    /// Always the same words.
    #[schema(example = "Medication created successfully")]
    message: &'static str,
    /// The medication.
    medication: OlderMedication,
}

/// One medication.
#[derive(Serialize, ToSchema)]
pub(crate) struct OlderOne {
    /// The medication.
    medication: OlderMedication,
}

/// All medications.
#[derive(Serialize, ToSchema)]
pub(crate) struct OlderAll {
    /// The medications.
    medications: Vec<OlderMedication>,
}

fn older(medication: Medication, lot: Option<String>) -> OlderMedication {
    OlderMedication {
        id: medication.id.0,
        name: medication.name,
        area: medication.area,
        description: medication.description,
        lot,
        med_class: medication.med_class,
    }
}

/// Create a medication, by its older address
#[utoipa::path(post, path = "/medication/newmedication", tag = "medications", request_body = Body,
    responses((status = 200, description = "Created", body = OlderCreated)))]
pub(crate) async fn create_older_medication(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<Body>,
) -> Result<axum::Json<OlderCreated>, Problem> {
    let mut invalid = Invalid::new();
    let description = invalid.take("/description", Label::parse(&body.description));
    let name = invalid.take("/name", optional(body.name.as_ref(), Label::parse));
    let area = invalid.take("/area", optional(body.area.as_ref(), Label::parse));
    let med_class = invalid.take("/medClass", optional(body.med_class.as_ref(), Label::parse));
    let lot = invalid.take("/lot", body.lot.map(LotNumber::label).transpose());
    let (Some(description), Some(name), Some(area), Some(med_class), Some(lot)) =
        (description, name, area, med_class, lot)
    else {
        return Err(invalid.into_problem());
    };
    let lot_number = lot.as_ref().map(ToString::to_string);
    let new = NewMedication {
        id: MedicationId(Uuid::now_v7()),
        description: Note::parse(description.as_str()).ok(),
        name: name.unwrap_or(description),
        area,
        med_class,
        lot: lot.map(|number| NewLot { id: LotId(Uuid::now_v7()), number, expires_on: None }),
    };
    let medication = backend.store.create_medication(&new, &act(&caller)).await.map_err(database_problem)?;
    let medication = older(medication, lot_number);
    Ok(axum::Json(OlderCreated { message: "Medication created successfully", medication }))
}

/// All medications, by their older address
#[utoipa::path(get, path = "/medication/all", tag = "medications",
    responses((status = 200, description = "Medications in use, by name", body = OlderAll)))]
pub(crate) async fn all_older_medications(
    State(backend): State<Backend>,
    _: Caller,
) -> Result<axum::Json<OlderAll>, Problem> {
    let all = backend.store.all_medications_with_lot().await.map_err(database_problem)?;
    let medications = all.into_iter().map(|(medication, lot)| older(medication, lot.map(|lot| lot.number)));
    Ok(axum::Json(OlderAll { medications: medications.collect() }))
}

/// One medication, by its older address
#[utoipa::path(get, path = "/medication/{id}", tag = "medications", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The medication", body = OlderOne)))]
pub(crate) async fn get_older_medication(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<MedicationId>,
) -> Result<axum::Json<OlderOne>, Problem> {
    let medication = backend.store.medication(id).await.map_err(database_problem)?;
    let medication = medication.ok_or_else(|| Problem::not_found("medication"))?;
    let lots = backend.store.lots(id).await.map_err(database_problem)?.unwrap_or_default();
    let latest = lots.into_iter().max_by_key(|lot| lot.created_at).map(|lot| lot.number);
    Ok(axum::Json(OlderOne { medication: older(medication, latest) }))
}
