//! `PATCH /users/{id}`.

use axum::extract::State;
use domain::{Email, Label, Role, UserId};
use http::{Caller, Invalid, Json, Path, Problem, words};
use serde::Deserialize;
use store::UserChange;
use utoipa::ToSchema;

use super::UserBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::taken_or;
use crate::patch::optional;

/// What to change of a user; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = UserChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Another name.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Another address.
    #[schema(format = Email, max_length = 254)]
    email: Option<String>,
    /// Another password; ends the user's sessions.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    password: Option<String>,
    /// Another role; ends the user's sessions.
    #[schema(value_type = Option<words::Role>)]
    role: Option<Role>,
    /// `false` shuts the user out at once, `true` lets them in again.
    is_active: Option<bool>,
    /// `true` gives the right to order controlled medications, `false` takes it. What was placed before stays.
    may_order_controlled: Option<bool>,
}

/// Change a user
#[utoipa::path(patch, path = "/users/{id}", tag = "users", params(("id" = Uuid, Path)), request_body = Body,
    responses(
        (status = 200, description = "Changed", body = UserBody),
        (status = 409, description = "The address is taken, or nobody would be left to keep users",
            body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn change_user(
    State(backend): State<Backend>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(body): Json<Body>,
) -> Result<axum::Json<UserBody>, Problem> {
    let gives_up_admin = body.is_active == Some(false) || body.role.is_some_and(|role| role != Role::Admin);
    if id == caller.person.id && gives_up_admin {
        return Err(super::deactivate::not_oneself());
    }
    let mut invalid = Invalid::new();
    let name = invalid.take("/name", optional(body.name.as_ref(), Label::parse));
    let email = invalid.take("/email", optional(body.email.as_ref(), Email::parse));
    let password_hash = match &body.password {
        None => Some(None),
        Some(password) => invalid.take("/password", backend.passwords.hash(password).await).map(Some),
    };
    let (Some(name), Some(email), Some(password_hash)) = (name, email, password_hash) else {
        return Err(invalid.into_problem());
    };
    let change = UserChange {
        email,
        name,
        role: body.role,
        password_hash,
        is_active: body.is_active,
        is_on_duty: None,
        may_order_controlled: body.may_order_controlled,
    };
    let changed = backend.store.change_user(id, change, &act(&caller)).await;
    let user =
        changed.map_err(|error| taken_or(error, "email_taken", "/email", "Another user has this address already."))?;
    user.map(|user| axum::Json(user.into())).ok_or_else(|| Problem::not_found("user"))
}
