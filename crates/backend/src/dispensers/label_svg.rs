//! `GET /dispensers/{id}/label.svg`.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use domain::DispenserId;
use http::{Caller, Path, Problem};

use super::label::{DispenserLabel, svg};
use crate::Backend;
use crate::database_problem::database_problem;

/// A dispenser's label
///
/// 90 × 92 mm: a QR code of 50 mm that leads to the dispenser, the code to read aloud and type, name and place.
#[utoipa::path(get, path = "/dispensers/{id}/label.svg", tag = "dispensers", params(("id" = Uuid, Path)),
    responses((status = 200, description = "A drawing, to print at its own size", body = String, content_type = "image/svg+xml")))]
pub(crate) async fn get_label(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<DispenserId>,
    headers: HeaderMap,
) -> Result<([(HeaderName, String); 2], String), Problem> {
    let url = backend.reached_at(&headers)?;
    let dispenser = backend.store.dispenser(id).await.map_err(database_problem)?;
    let dispenser = dispenser.ok_or_else(|| Problem::not_found("dispenser"))?;
    let label = DispenserLabel::of(&dispenser, &url).map_err(super::label_problem)?;
    let headers = [
        (CONTENT_TYPE, "image/svg+xml".to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"etiqueta-{}.svg\"", label.code())),
    ];
    Ok((headers, svg::draw(&label)))
}
