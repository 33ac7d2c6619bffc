//! `GET /d/{code}`: what a phone's camera opens when it reads a label.

use axum::extract::State;
use axum::http::header::{ACCEPT, LOCATION, VARY};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use domain::DispenserCode;
use http::{Path, Problem};

use crate::Backend;

/// What a label's QR code leads to
///
/// A browser is sent to the web app, which reads the code from its address; a program, which asks for no HTML,
/// to the dispenser itself. Anyone may ask: the database is not, so the answer does not tell whether there is
/// such a dispenser.
#[utoipa::path(get, path = "/d/{code}", tag = "dispensers", security(()),
    params(("code" = String, Path, description = "The code, in any case, with or without spaces and hyphens", example = "7K3M-9PX2")),
    responses(
        (status = 303, description = "To the web app or the dispenser, with the code as it is printed", headers(("Location" = String))),
        (status = 422, description = "No dispenser can have such a code", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn scan_label(
    State(backend): State<Backend>,
    Path(code): Path<DispenserCode>,
    headers: HeaderMap,
) -> (StatusCode, [(HeaderName, String); 2]) {
    let path = backend.public_url.as_ref().map_or("", |url| url.path());
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    // Every browser names it (Fetch standard, "document"), and no program does by itself.
    let is_browser = accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html"));
    let location = if is_browser { format!("{path}/?d={code}") } else { format!("{path}/dispensers/by-code/{code}") };
    (StatusCode::SEE_OTHER, [(LOCATION, location), (VARY, "accept".to_owned())])
}
