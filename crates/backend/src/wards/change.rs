//! `PATCH /wards/{id}`.

use axum::extract::State;
use domain::{Label, WardId};
use http::{Caller, Invalid, Json, Path, Problem};
use serde::Deserialize;
use store::WardChange;
use utoipa::ToSchema;

use super::WardBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::taken_or;
use crate::patch::{nullable, optional, optional_nullable};

/// What to change of a ward; what is left out stays, `null` empties.
#[derive(Deserialize, ToSchema)]
#[schema(as = WardChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Another name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Another wing, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    wing: Option<Option<String>>,
    /// Another floor, or none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    floor: Option<Option<String>>,
}

/// Rename or move a ward
///
/// All its dispensers go with it.
#[utoipa::path(patch, path = "/wards/{id}", tag = "wards", params(("id" = Uuid, Path)), request_body = Body,
    responses(
        (status = 200, description = "Changed", body = WardBody),
        (status = 409, description = "Another ward has that name, wing and floor", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn change_ward(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<WardId>,
    Json(body): Json<Body>,
) -> Result<axum::Json<WardBody>, Problem> {
    let mut invalid = Invalid::new();
    let name = invalid.take("/name", optional(body.name.as_ref(), Label::parse));
    let wing = invalid.take("/wing", optional_nullable(body.wing.as_ref(), Label::parse));
    let floor = invalid.take("/floor", optional_nullable(body.floor.as_ref(), Label::parse));
    let (Some(name), Some(wing), Some(floor)) = (name, wing, floor) else {
        return Err(invalid.into_problem());
    };
    let changed = backend.store.change_ward(id, WardChange { name, wing, floor }, &act(&caller)).await;
    let ward = changed
        .map_err(|error| taken_or(error, "taken", "/name", "Another ward has this name, wing and floor already."))?;
    ward.map(|ward| axum::Json(ward.into())).ok_or_else(|| Problem::not_found("ward"))
}
