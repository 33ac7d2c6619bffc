//! `GET /orders/stream`.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use domain::DispenserId;
use http::{FieldError, Problem, Query, Viewer};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::Backend;
use crate::database_problem::database_problem;
use crate::stream::{Filter, Watching, Who};

/// Which orders' events; what is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// For dispensers of the ward with this name.
    ward: Option<String>,
    /// For this dispenser.
    dispenser_id: Option<Uuid>,
    /// Only those that concern oneself: placed, held, or done something to.
    #[serde(default)]
    mine: bool,
}

/// The header with which a browser's EventSource goes on.
const LAST_EVENT_ID: &str = "last-event-id";

/// No proxy may keep events back until it has many (nginx).
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What happens to orders, as it happens
///
/// Server-sent events. Unnamed ones are events of orders, with the event's number as id and JSON of the
/// event and its order; each comes once and in order. `Last-Event-ID` goes on after that number without a
/// gap. `hello` says where the stream begins, `heartbeat` every 3 s that it is in touch with the database,
/// `resync` that the client is so far behind that it should read the lists anew (events after
/// `continues_after` follow), `end` that the session is over or the board revoked. Browsers may send their
/// cookie in place of a token.
#[utoipa::path(get, path = "/orders/stream", tag = "orders",
    params(Which, ("Last-Event-ID" = Option<i64>, Header, description = "The last event that was received", minimum = 0)),
    responses((status = 200, description = "Events without an end", body = String, content_type = "text/event-stream")))]
pub(crate) async fn stream_orders(
    State(backend): State<Backend>,
    viewer: Viewer,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let (person, who) = match viewer {
        Viewer::Person(caller) => (Some(caller.person.id), Who::Session(caller.session)),
        Viewer::Board(board) => (None, Who::Board(board)),
    };
    if which.mine && person.is_none() {
        let detail = "is for people: a board has no orders of its own".to_owned();
        return Err(Problem::invalid_input([FieldError { pointer: "query/mine".to_owned(), detail }]));
    }
    let filter =
        Filter { ward: which.ward, dispenser: which.dispenser_id.map(DispenserId), of: person.filter(|_| which.mine) };
    let last = last_event_id(&headers)?;
    let body = Watching::begin(&backend.feed, filter, last, who).await.map_err(database_problem)?;
    Ok(([(CONTENT_TYPE, "text/event-stream"), (UNBUFFERED, "no")], body).into_response())
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<u64>().ok().and_then(|id| i64::try_from(id).ok()) {
        Some(id) => Ok(Some(id)),
        None => {
            let detail = "must be the number of an event, as the stream sent it".to_owned();
            Err(Problem::invalid_input([FieldError { pointer: "header/Last-Event-ID".to_owned(), detail }]))
        }
    }
}
