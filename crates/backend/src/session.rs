//! Signing in and out.

pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod refresh;

use chrono::{DateTime, Utc};
use domain::SessionId;
use serde::Serialize;
use store::User;
use utoipa::ToSchema;

use crate::Backend;
use crate::users::UserBody;

/// Somebody is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedIn {
    /// To send as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How long the access token is good, in seconds; then refresh.
    expires_in: u64,
    /// Who.
    user: UserBody,
}

impl Backend {
    /// A fresh access token for `user`.
    pub(crate) fn signed_in(&self, user: User, session: SessionId, now: DateTime<Utc>) -> SignedIn {
        let lifetime = self.sessions.access_token;
        SignedIn {
            access_token: self.signer.sign(&user.person(), session, now, lifetime),
            token_type: "Bearer",
            expires_in: lifetime.as_secs(),
            user: user.into(),
        }
    }
}
