//! `GET /orders`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::{DispenserId, MedicationId, Priority, Status, UserId};
use http::{Cursor, Limit, Page, Problem, Query, Viewer, words};
use serde::{Deserialize, Deserializer, de};
use store::{After, OrderFilter};
use utoipa::IntoParams;
use uuid::Uuid;

use super::OrderBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which orders, and which part of the list. What is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Where they stand: a word, or several with commas between them.
    #[serde(default, deserialize_with = "statuses")]
    #[param(value_type = Option<Vec<words::Status>>, explode = false)]
    status: Vec<Status>,
    /// How soon they are needed.
    #[param(value_type = Option<words::Priority>)]
    priority: Option<Priority>,
    /// For this dispenser.
    dispenser_id: Option<Uuid>,
    /// With this medication, among others.
    medication_id: Option<Uuid>,
    /// For dispensers of the ward with this name.
    ward: Option<String>,
    /// Placed by this user.
    requested_by: Option<Uuid>,
    /// Held by this technician.
    accepted_by: Option<Uuid>,
    /// Placed at this instant or later.
    from: Option<DateTime<Utc>>,
    /// Placed before this instant.
    until: Option<DateTime<Utc>>,
    /// Those that nobody has taken within their target; see `GET /targets`.
    #[serde(default)]
    unanswered: bool,
    /// Those with a medication that was on a list of special control when they were stored, or the others.
    controlled: Option<bool>,
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<After<DateTime<Utc>>>>,
}

fn statuses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Status>, D::Error> {
    let words = String::deserialize(deserializer)?;
    words.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().map_err(de::Error::custom)).collect()
}

/// Orders, the newest first
#[utoipa::path(get, path = "/orders", tag = "orders", params(List),
    responses((status = 200, description = "Orders without their history", body = Page<OrderBody>)))]
pub(crate) async fn list_orders(
    State(backend): State<Backend>,
    _: Viewer,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<OrderBody>>, Problem> {
    let filter = OrderFilter {
        statuses: list.status,
        priority: list.priority,
        dispenser_id: list.dispenser_id.map(DispenserId),
        medication_id: list.medication_id.map(MedicationId),
        ward: list.ward,
        requested_by: list.requested_by.map(UserId),
        accepted_by: list.accepted_by.map(UserId),
        from: list.from,
        until: list.until,
        unanswered_at: list.unanswered.then(Utc::now),
        is_controlled: list.controlled,
    };
    let before = list.cursor.map(|cursor| cursor.0);
    let page = backend.store.orders(&filter, before, list.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, OrderBody::from)))
}
