//! `PUT /me/on_duty`.

use axum::extract::State;
use http::{Caller, Json, Problem};
use serde::Deserialize;
use store::UserChange;
use utoipa::ToSchema;

use super::UserBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;

/// At work or not.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnDuty {
    /// Whether one is at work and wants to be alerted.
    is_on_duty: bool,
}

/// Say whether one is on duty
///
/// It holds until one says otherwise: signing out does not end it, since people lock their phones. Another
/// role and deactivation do.
#[utoipa::path(put, path = "/me/on_duty", tag = "me", request_body = OnDuty,
    responses((status = 200, description = "Noted", body = UserBody)))]
pub(crate) async fn set_on_duty(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<OnDuty>,
) -> Result<axum::Json<UserBody>, Problem> {
    let change = UserChange { is_on_duty: Some(body.is_on_duty), ..UserChange::default() };
    let user = backend.store.change_user(caller.person.id, change, &act(&caller)).await.map_err(database_problem)?;
    user.map(|user| axum::Json(user.into())).ok_or_else(Problem::invalid_token)
}
