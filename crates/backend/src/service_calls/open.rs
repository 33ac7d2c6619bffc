//! `POST /service-calls`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use domain::{Note, ReasonCode};
use http::{Caller, Invalid, Json, Problem};
use serde::Deserialize;
use store::{NewServiceCall, NotOpened};
use utoipa::ToSchema;
use uuid::Uuid;

use super::ServiceCallBody;
use super::step::whole;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// A service call to open.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewServiceCall)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Its id, made by the client so that sending it twice is harmless; without it, one is made.
    id: Option<Uuid>,
    /// Which dispenser does not work.
    dispenser_id: Uuid,
    /// What is wrong: a code of the hospital's list `service_call`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "drawer_stuck")]
    kind: String,
    /// Whether the dispenser can still be used in part.
    #[serde(default)]
    #[schema(default = false)]
    is_partly_usable: bool,
    /// What is wrong, in words.
    #[schema(min_length = 1, max_length = 2000)]
    note: Option<String>,
}

/// Report a dispenser that does not work
///
/// An open call of the same kind for the same dispenser stops nobody; `duplicate_of` tells of it. The same
/// id with the same content is the same call, and answered as it stands.
#[utoipa::path(post, path = "/service-calls", tag = "service calls", request_body = Body,
    responses(
        (status = 201, description = "Open, or opened before with this id", body = ServiceCallBody,
            headers(("Location" = String), ("ETag" = String, description = "The call's version"))),
        (status = 409, description = "The id is that of another call", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn open_service_call(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<Body>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let kind = invalid.take("/kind", ReasonCode::parse(&body.kind));
    let note = invalid.take("/note", body.note.as_deref().map(Note::parse).transpose());
    let (Some(kind), Some(note)) = (kind, note) else { return Err(invalid.into_problem()) };
    let new = NewServiceCall {
        id: body.id.unwrap_or_else(Uuid::now_v7).into(),
        dispenser_id: body.dispenser_id.into(),
        kind,
        is_partly_usable: body.is_partly_usable,
        note,
    };
    let opened = backend.store.open_service_call(&new, &act(&caller)).await.map_err(database_problem)?;
    let call = opened.map_err(why_not)?;
    let location = [(LOCATION, format!("/service-calls/{}", call.id))];
    Ok((StatusCode::CREATED, location, whole(call)).into_response())
}

fn why_not(not_opened: NotOpened) -> Problem {
    let invalid = |pointer: &str, detail: &str| {
        let mut invalid = Invalid::new();
        invalid.add(pointer, detail);
        invalid.into_problem()
    };
    match not_opened {
        NotOpened::NoSuchDispenser => invalid("/dispenser_id", "is not a dispenser of the hospital"),
        NotOpened::DispenserOutOfUse => invalid("/dispenser_id", "is a dispenser that is out of use"),
        NotOpened::NoSuchKind => invalid("/kind", "is not in the hospital's list; GET /reasons shows it"),
        NotOpened::OtherContent => {
            let detail = "Another service call has this id already.";
            Problem::new(StatusCode::CONFLICT, "id_taken", detail).with_error("/id", detail)
        }
    }
}
