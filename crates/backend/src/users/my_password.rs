//! `PUT /me/password`.

use std::time::Instant;

use axum::extract::State;
use axum::http::StatusCode;
use domain::Email;
use http::{Caller, Invalid, Json, Problem};
use serde::Deserialize;
use store::UserChange;
use utoipa::ToSchema;

use crate::Backend;
use crate::act::act;
use crate::database_problem::database_problem;
use crate::device::DeviceId;
use crate::passwords::Asker;
use crate::session::login::busy;
use crate::throttle::Client;

/// Another password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MyPassword {
    /// The password so far.
    #[schema(format = Password)]
    current_password: String,
    /// The password from now on.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    new_password: String,
}

/// Change one's password
///
/// Signs out everywhere, here too: whoever knew the old password is out.
#[utoipa::path(put, path = "/me/password", tag = "me", request_body = MyPassword,
    responses((status = 204, description = "Changed; sign in again")))]
pub(crate) async fn change_my_password(
    State(backend): State<Backend>,
    caller: Caller,
    Json(body): Json<MyPassword>,
) -> Result<StatusCode, Problem> {
    let id = caller.person.id;
    let user = backend.store.user(id).await.map_err(database_problem)?.ok_or_else(Problem::invalid_token)?;
    let email = Email::parse(&user.email).map_err(|_| Problem::invalid_token())?;
    let known = backend.store.credentials(&email).await.map_err(database_problem)?;
    let hash = known.as_ref().map(|(_, hash)| hash.as_str());
    let mut invalid = Invalid::new();
    // Whoever found a device left signed in must not find out its user's password by trying.
    let session = uuid::Uuid::from(caller.session).into_bytes();
    let client = Client::Known(DeviceId::of_session(session));
    let attempt = backend.throttle.begin(&client, Instant::now()).map_err(Problem::too_many_requests)?;
    if !backend.passwords.is_right(&body.current_password, hash, Asker::Known).await.map_err(busy)? {
        attempt.failed();
        invalid.add("/current_password", "is not your password");
        return Err(invalid.into_problem());
    }
    let hashed = backend.passwords.hash(&body.new_password).await;
    let Some(password_hash) = invalid.take("/new_password", hashed) else { return Err(invalid.into_problem()) };
    let change = UserChange { password_hash: Some(password_hash), ..UserChange::default() };
    backend.store.change_user(id, change, &act(&caller)).await.map_err(database_problem)?;
    Ok(StatusCode::NO_CONTENT)
}
