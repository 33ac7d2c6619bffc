//! `PATCH /medications/{id}`.

use axum::extract::State;
use domain::{Label, MedicationId, Note};
use http::{Caller, Invalid, Json, Path, Problem};
use serde::Deserialize;
use store::MedicationChange;
use utoipa::ToSchema;

use super::MedicationBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;
use crate::patch::{nullable, optional, optional_nullable};

/// What to change of a medication; what is left out stays, `null` empties.
#[derive(Deserialize, ToSchema)]
#[schema(as = MedicationChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Another name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Another description, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000)]
    description: Option<Option<String>>,
    /// Another area, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    area: Option<Option<String>>,
    /// Another class, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    med_class: Option<Option<String>>,
    /// Whether it may be ordered.
    is_active: Option<bool>,
}

/// Change a medication
#[utoipa::path(patch, path = "/medications/{id}", tag = "medications", params(("id" = Uuid, Path)), request_body = Body,
    responses((status = 200, description = "Changed", body = MedicationBody)))]
pub(crate) async fn change_medication(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<MedicationId>,
    Json(body): Json<Body>,
) -> Result<axum::Json<MedicationBody>, Problem> {
    let mut invalid = Invalid::new();
    let name = invalid.take("/name", optional(body.name.as_ref(), Label::parse));
    let description = invalid.take("/description", optional_nullable(body.description.as_ref(), Note::parse));
    let area = invalid.take("/area", optional_nullable(body.area.as_ref(), Label::parse));
    let med_class = invalid.take("/med_class", optional_nullable(body.med_class.as_ref(), Label::parse));
    let (Some(name), Some(description), Some(area), Some(med_class)) = (name, description, area, med_class) else {
        return Err(invalid.into_problem());
    };
    let change = MedicationChange { name, description, area, med_class, is_active: body.is_active };
    let medication = backend.store.change_medication(id, change, &act(&caller)).await.map_err(database_problem)?;
    medication.map(|medication| axum::Json(medication.into())).ok_or_else(|| Problem::not_found("medication"))
}
