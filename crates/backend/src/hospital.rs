//! `GET /hospital`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Backend;

/// What the hospital has set for everyone.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hospital {
    /// Its time zone, by its IANA name: what was when is shown in it.
    #[schema(example = "America/Sao_Paulo")]
    time_zone: String,
    /// The telephone number of its pharmacy.
    #[schema(example = "+55 11 5555-0100")]
    pharmacy_phone: Option<String>,
}

/// What every screen must know
///
/// Also one that nobody has signed in at.
#[utoipa::path(get, path = "/hospital", tag = "hospital", security(()),
    responses((status = 200, description = "The hospital's settings", body = Hospital)))]
pub(crate) async fn get_hospital(State(backend): State<Backend>) -> Json<Hospital> {
    let time_zone = backend.time_zone.name().to_owned();
    Json(Hospital { time_zone, pharmacy_phone: backend.pharmacy_phone })
}
