//! `GET /dispensers/labels.pdf`.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use http::{Caller, Problem, Query};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::label::{DispenserLabel, sheets};
use crate::Backend;
use crate::database_problem::database_problem;

/// Whose labels.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Those of the ward with this name; without it, all.
    ward: Option<String>,
}

/// A PDF.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Pdf(Vec<u8>);

/// The labels of all dispensers in use
///
/// A4 sheets with six labels each and cut marks, by the dispensers' names.
#[utoipa::path(get, path = "/dispensers/labels.pdf", tag = "dispensers", params(Which),
    responses(
        (status = 200, description = "Sheets, to print at their own size", body = inline(Pdf), content_type = "application/pdf"),
        (status = 404, description = "No dispenser is in use there", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn get_labels(
    State(backend): State<Backend>,
    _: Caller,
    Query(which): Query<Which>,
    headers: HeaderMap,
) -> Result<([(HeaderName, &'static str); 2], Vec<u8>), Problem> {
    let url = backend.reached_at(&headers)?;
    let dispensers = backend.store.active_dispensers(which.ward.as_deref()).await.map_err(database_problem)?;
    if dispensers.is_empty() {
        return Err(Problem::not_found("dispenser"));
    }
    // A hundred labels take a while, in which a thread that serves requests would serve none.
    let drawn = tokio::task::spawn_blocking(move || {
        let labels = dispensers.iter().map(|dispenser| DispenserLabel::of(dispenser, &url));
        labels.collect::<Result<Vec<_>, _>>().map(|labels| sheets::draw(&labels))
    });
    let pdf = match drawn.await {
        Ok(pdf) => pdf.map_err(super::label_problem)?,
        Err(panic) => return Err(super::label_problem(panic)),
    };
    let headers = [(CONTENT_TYPE, "application/pdf"), (CONTENT_DISPOSITION, "inline; filename=\"etiquetas.pdf\"")];
    Ok((headers, pdf))
}
