//! `PATCH /medications/{id}`.

use axum::extract::State;
use domain::{ControlledList, Label, MedicationId, Note, Tarja};
use http::{Caller, Invalid, Json, Path, Problem, words};
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
    /// The list of special control that it is on, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<words::ControlledList>)]
    controlled_list: Option<Option<ControlledList>>,
    /// The band on its package, or that it is not known.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<words::Tarja>)]
    tarja: Option<Option<Tarja>>,
    /// Whether an error with it does great harm.
    is_high_alert: Option<bool>,
    /// A word that it shares with what it is easily mistaken for, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    look_alike_group: Option<Option<String>>,
    /// Its name with the letters that set it apart in capitals, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    tall_man: Option<Option<String>>,
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
    let group = invalid.take("/look_alike_group", optional_nullable(body.look_alike_group.as_ref(), Label::parse));
    let tall_man = invalid.take("/tall_man", optional_nullable(body.tall_man.as_ref(), Label::parse));
    let (Some(name), Some(description), Some(area), Some(med_class), Some(look_alike_group), Some(tall_man)) =
        (name, description, area, med_class, group, tall_man)
    else {
        return Err(invalid.into_problem());
    };
    let change = MedicationChange {
        name,
        description,
        area,
        med_class,
        is_active: body.is_active,
        controlled_list: body.controlled_list,
        tarja: body.tarja,
        is_high_alert: body.is_high_alert,
        look_alike_group,
        tall_man,
    };
    let medication = backend.store.change_medication(id, change, &act(&caller)).await.map_err(database_problem)?;
    medication.map(|medication| axum::Json(medication.into())).ok_or_else(|| Problem::not_found("medication"))
}
