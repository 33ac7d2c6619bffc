//! `POST /users`.

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use domain::{Email, Label, Role, UserId};
use http::{Caller, Invalid, Json, Problem, words};
use serde::Deserialize;
use store::NewUser;
use utoipa::ToSchema;
use uuid::Uuid;

use super::UserBody;
use crate::Backend;
use crate::act::act;
use crate::database_problem::taken_or;

/// A user to create.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewUser)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    /// Their name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What they will sign in with.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// Their first password.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    password: String,
    /// Their role.
    #[schema(value_type = words::Role)]
    role: Role,
    /// Whether they may order controlled medications; it takes a role that may place orders, too.
    #[serde(default)]
    may_order_controlled: bool,
}

/// Create a user
#[utoipa::path(post, path = "/users", tag = "users", request_body = Body,
    responses(
        (status = 201, description = "Created", body = UserBody, headers(("Location" = String))),
        (status = 409, description = "The address is taken", body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn create_user(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<Body>,
) -> Result<(StatusCode, [(HeaderName, String); 1], axum::Json<UserBody>), Problem> {
    let mut invalid = Invalid::new();
    let name = invalid.take("/name", Label::parse(&body.name));
    let email = invalid.take("/email", Email::parse(&body.email));
    let password_hash = invalid.take("/password", backend.passwords.hash(&body.password).await);
    let (Some(name), Some(email), Some(password_hash)) = (name, email, password_hash) else {
        return Err(invalid.into_problem());
    };
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        email,
        name,
        role: body.role,
        password_hash,
        may_order_controlled: body.may_order_controlled,
    };
    let created = backend.store.create_user(&new, &act(&caller)).await;
    let user =
        created.map_err(|error| taken_or(error, "email_taken", "/email", "Another user has this address already."))?;
    tracing::info!(user.id = %user.id, by.id = %caller.person.id, "user created");
    Ok((StatusCode::CREATED, [(LOCATION, format!("/users/{}", user.id))], axum::Json(user.into())))
}
