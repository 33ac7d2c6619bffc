//! `GET /on_duty`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::Role;
use http::{Caller, Page, Problem, Query, words};
use serde::{Deserialize, Serialize};
use store::User;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::Backend;
use crate::database_problem::database_problem;

/// Who of those on duty.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Those of this role.
    #[param(value_type = Option<words::Role>)]
    role: Option<Role>,
}

/// Somebody who is on duty.
#[derive(Serialize, ToSchema)]
#[schema(as = OnDutyPerson)]
pub(crate) struct OnDutyBody {
    /// Their id.
    id: Uuid,
    /// Their name.
    name: String,
    /// Their role.
    #[schema(value_type = words::Role)]
    role: Role,
    /// Since when.
    on_duty_since: Option<DateTime<Utc>>,
}

impl From<User> for OnDutyBody {
    fn from(user: User) -> Self {
        OnDutyBody { id: user.id.0, name: user.name, role: user.role, on_duty_since: user.on_duty_since }
    }
}

/// Who is on duty now
///
/// The whole list; who has been longest comes first. Who signs out stays on duty, since people lock their
/// phones; deactivation and another role end it.
#[utoipa::path(get, path = "/on_duty", tag = "me", params(List),
    responses((status = 200, description = "People on duty", body = Page<OnDutyBody>)))]
pub(crate) async fn list_on_duty(
    State(backend): State<Backend>,
    _: Caller,
    Query(list): Query<List>,
) -> Result<axum::Json<Page<OnDutyBody>>, Problem> {
    let people = backend.store.on_duty(list.role).await.map_err(database_problem)?;
    Ok(axum::Json(Page::whole(people.into_iter().map(OnDutyBody::from))))
}
