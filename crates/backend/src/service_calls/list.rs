//! `GET /service-calls`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::{DispenserId, ServiceCallStatus};
use http::{Caller, Cursor, Limit, Page, Problem, Query, words};
use serde::{Deserialize, Deserializer, de};
use store::{After, ServiceCallFilter};
use utoipa::IntoParams;
use uuid::Uuid;

use super::ServiceCallBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which calls, and which part of the list. What is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Where they stand: a word, or several with commas between them.
    #[serde(default, deserialize_with = "statuses")]
    #[param(value_type = Option<Vec<words::ServiceCallStatus>>, explode = false)]
    status: Vec<ServiceCallStatus>,
    /// Whether somebody still has something to do.
    is_open: Option<bool>,
    /// Of this dispenser.
    dispenser_id: Option<Uuid>,
    /// Of dispensers of the ward with this name.
    ward: Option<String>,
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<After<DateTime<Utc>>>>,
}

fn statuses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ServiceCallStatus>, D::Error> {
    let words = String::deserialize(deserializer)?;
    words.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().map_err(de::Error::custom)).collect()
}

/// Service calls, the newest first
#[utoipa::path(get, path = "/service-calls", tag = "service calls", params(List),
    responses((status = 200, description = "Calls", body = Page<ServiceCallBody>)))]
pub(crate) async fn list_service_calls(
    State(backend): State<Backend>,
    _: Caller,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<ServiceCallBody>>, Problem> {
    let filter = ServiceCallFilter {
        statuses: list.status,
        is_open: list.is_open,
        dispenser_id: list.dispenser_id.map(DispenserId),
        ward: list.ward,
    };
    let before = list.cursor.map(|cursor| cursor.0);
    let page = backend.store.service_calls(&filter, before, list.limit.get()).await.map_err(database_problem)?;
    Ok(axum::Json(Page::of(page.items, page.next, ServiceCallBody::from)))
}
