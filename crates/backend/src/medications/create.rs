//! `POST /medications`.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use domain::{Label, MedicationId, Note};
use http::{Caller, Invalid, Json, Problem};
use serde::Deserialize;
use store::NewMedication;
use utoipa::ToSchema;
use uuid::Uuid;

use super::MedicationBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;
use crate::patch::optional;

/// A medication to create.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMedication)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// What people call it, with strength and form.
    #[schema(min_length = 1, max_length = 200, example = "Dipirona sódica 500 mg/mL solução injetável 2 mL")]
    name: String,
    /// More about it.
    #[schema(min_length = 1, max_length = 2000)]
    description: Option<String>,
    /// The area of the pharmacy that keeps it.
    #[schema(min_length = 1, max_length = 200)]
    area: Option<String>,
    /// Its therapeutic class.
    #[schema(min_length = 1, max_length = 200)]
    med_class: Option<String>,
}

/// Create a medication
#[utoipa::path(post, path = "/medications", tag = "medications", request_body = Body,
    responses((status = 201, description = "Created", body = MedicationBody, headers(("Location" = String)))))]
pub(crate) async fn create_medication(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<Body>,
) -> Result<(StatusCode, [(HeaderName, String); 1], axum::Json<MedicationBody>), Problem> {
    let mut invalid = Invalid::new();
    let name = invalid.take("/name", Label::parse(&body.name));
    let description = invalid.take("/description", optional(body.description.as_ref(), Note::parse));
    let area = invalid.take("/area", optional(body.area.as_ref(), Label::parse));
    let med_class = invalid.take("/med_class", optional(body.med_class.as_ref(), Label::parse));
    let (Some(name), Some(description), Some(area), Some(med_class)) = (name, description, area, med_class) else {
        return Err(invalid.into_problem());
    };
    let new = NewMedication { id: MedicationId(Uuid::now_v7()), name, description, area, med_class, lot: None };
    let medication = backend.store.create_medication(&new, &act(&caller)).await.map_err(database_problem)?;
    let location = format!("/medications/{}", medication.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], axum::Json(medication.into())))
}
