//! `GET /d/{code}`: what a phone's camera opens when it reads a label.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use domain::DispenserCode;
use http::{Path, Problem};

use crate::Backend;

/// What a label's QR code leads to
///
/// The web app, which reads the code from its address. Anyone may ask: the database is not, so the answer does
/// not tell whether there is such a dispenser.
#[utoipa::path(get, path = "/d/{code}", tag = "dispensers", security(()),
    params(("code" = String, Path, description = "The code, in any case, with or without spaces and hyphens", example = "7K3M-9PX2")),
    responses(
        (status = 303, description = "To the web app, with the code as it is printed", headers(("Location" = String))),
        (status = 422, description = "No dispenser can have such a code", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn scan_label(
    State(backend): State<Backend>,
    Path(code): Path<DispenserCode>,
) -> (StatusCode, [(HeaderName, String); 1]) {
    let path = backend.public_url.as_ref().map_or("", |url| url.path());
    (StatusCode::SEE_OTHER, [(LOCATION, format!("{path}/?d={code}"))])
}
