//! `POST /dispensers`.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use domain::{DispenserCode, DispenserId, Label, WardId};
use http::{Caller, Invalid, Json, Problem};
use serde::Deserialize;
use store::{NewDispenser, Place, StoreError};
use utoipa::ToSchema;
use uuid::Uuid;

use super::DispenserBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;
use crate::patch::optional;

/// A dispenser to create. Its ward is made with it, if it is not there yet.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewDispenser)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The ward on which it stands.
    #[schema(min_length = 1, max_length = 200, example = "UTI Adulto")]
    ward: String,
    /// The ward's wing.
    #[schema(min_length = 1, max_length = 200)]
    wing: Option<String>,
    /// The ward's floor.
    #[schema(min_length = 1, max_length = 200)]
    floor: Option<String>,
    /// The hospital's own number for it.
    #[schema(min_length = 1, max_length = 200)]
    reference: Option<String>,
}

/// Of 27 billion codes a taken one is drawn rarely; several in a row are a fault of the randomness.
const TRIES: usize = 5;

/// Create a dispenser
///
/// It gets a code of its own for its label.
#[utoipa::path(post, path = "/dispensers", tag = "dispensers", request_body = Body,
    responses((status = 201, description = "Created", body = DispenserBody, headers(("Location" = String)))))]
pub(crate) async fn create_dispenser(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<Body>,
) -> Result<(StatusCode, [(HeaderName, String); 1], axum::Json<DispenserBody>), Problem> {
    let mut invalid = Invalid::new();
    let name = invalid.take("/name", Label::parse(&body.name));
    let ward = invalid.take("/ward", Label::parse(&body.ward));
    let wing = invalid.take("/wing", optional(body.wing.as_ref(), Label::parse));
    let floor = invalid.take("/floor", optional(body.floor.as_ref(), Label::parse));
    let reference = invalid.take("/reference", optional(body.reference.as_ref(), Label::parse));
    let (Some(name), Some(ward), Some(wing), Some(floor), Some(reference)) = (name, ward, wing, floor, reference)
    else {
        return Err(invalid.into_problem());
    };
    let mut new = NewDispenser {
        id: DispenserId(Uuid::now_v7()),
        code: random_code(),
        name,
        place: Place { ward, wing, floor },
        ward_id: WardId(Uuid::now_v7()),
        reference,
    };
    let mut created = backend.store.create_dispenser(&new, &act(&caller)).await;
    for _ in 1..TRIES {
        if !matches!(created, Err(StoreError::Taken(_))) {
            break;
        }
        new.code = random_code();
        created = backend.store.create_dispenser(&new, &act(&caller)).await;
    }
    let dispenser = created.map_err(database_problem)?;
    let location = format!("/dispensers/{}", dispenser.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], axum::Json(DispenserBody::of(dispenser, 0))))
}

/// The first eight bytes of a random UUID hold 60 random bits; a code takes 35.
fn random_code() -> DispenserCode {
    DispenserCode::from_random(Uuid::new_v4().as_u64_pair().0)
}
