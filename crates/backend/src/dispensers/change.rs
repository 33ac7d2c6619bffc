//! `PATCH /dispensers/{id}`.

use axum::extract::State;
use domain::{DispenserId, Label, WardId};
use http::{Caller, Invalid, Json, Path, Problem};
use serde::Deserialize;
use store::DispenserChange;
use utoipa::ToSchema;
use uuid::Uuid;

use super::DispenserBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;
use crate::patch::{nullable, optional, optional_nullable};

/// What to change of a dispenser; what is left out stays, `null` empties.
#[derive(Deserialize, ToSchema)]
#[schema(as = DispenserChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Another name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Another ward.
    #[schema(min_length = 1, max_length = 200)]
    ward: Option<String>,
    /// Another wing, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    wing: Option<Option<String>>,
    /// Another floor, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    floor: Option<Option<String>>,
    /// Another number of the hospital's own, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    reference: Option<Option<String>>,
    /// Whether orders may name it.
    is_active: Option<bool>,
}

/// Change a dispenser
#[utoipa::path(patch, path = "/dispensers/{id}", tag = "dispensers", params(("id" = Uuid, Path)), request_body = Body,
    responses((status = 200, description = "Changed", body = DispenserBody)))]
pub(crate) async fn change_dispenser(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<DispenserId>,
    Json(body): Json<Body>,
) -> Result<axum::Json<DispenserBody>, Problem> {
    let mut invalid = Invalid::new();
    let name = invalid.take("/name", optional(body.name.as_ref(), Label::parse));
    let ward = invalid.take("/ward", optional(body.ward.as_ref(), Label::parse));
    let wing = invalid.take("/wing", optional_nullable(body.wing.as_ref(), Label::parse));
    let floor = invalid.take("/floor", optional_nullable(body.floor.as_ref(), Label::parse));
    let reference = invalid.take("/reference", optional_nullable(body.reference.as_ref(), Label::parse));
    let (Some(name), Some(ward), Some(wing), Some(floor), Some(reference)) = (name, ward, wing, floor, reference)
    else {
        return Err(invalid.into_problem());
    };
    let change = DispenserChange { name, ward, wing, floor, reference, is_active: body.is_active };
    let changed = backend.store.change_dispenser(id, change, WardId(Uuid::now_v7()), &act(&caller)).await;
    let dispenser = changed.map_err(database_problem)?;
    backend.with_its_open_calls(dispenser).await
}
