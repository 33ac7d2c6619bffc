//! `GET /dispensers/{id}/open-orders`: what is on its way already.

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::{DispenserId, MedicationId, Status};
use http::{Caller, Cursor, Limit, Page, Path, Problem, Query};
use serde::Deserialize;
use store::{After, OrderFilter};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::Backend;
use crate::database_problem::database_problem;
use crate::orders::OrderBody;

/// Which open orders, and which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Those with this medication: a warning before it is ordered twice.
    medication_id: Option<Uuid>,
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<After<DateTime<Utc>>>>,
}

/// Open orders for a dispenser, the newest first
///
/// Nothing stops anyone from ordering the same again; this says that it is on its way.
#[utoipa::path(get, path = "/dispensers/{id}/open-orders", tag = "dispensers", params(("id" = Uuid, Path), List),
    responses((status = 200, description = "Orders that the pharmacy still works on", body = Page<OrderBody>)))]
pub(crate) async fn list_open_orders(
    State(backend): State<Backend>,
    _: Caller,
    Path(id): Path<DispenserId>,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<OrderBody>>, Problem> {
    let known = backend.store.dispenser(id).await.map_err(database_problem)?;
    known.ok_or_else(|| Problem::not_found("dispenser"))?;
    let filter = OrderFilter {
        statuses: Status::ALL.into_iter().filter(|status| status.is_open()).collect(),
        dispenser_id: Some(id),
        medication_id: list.medication_id.map(MedicationId),
        ..OrderFilter::default()
    };
    let before = list.cursor.map(|cursor| cursor.0);
    let page = backend.store.orders(&filter, before, list.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, OrderBody::from)))
}
