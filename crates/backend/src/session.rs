//! Signing in and out.

pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod refresh;

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::{Session, User};
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
    /// A fresh access token for `user`. It ends with its session at the latest.
    pub(crate) fn signed_in(&self, user: User, session: &Session, now: DateTime<Utc>) -> SignedIn {
        let left = (session.expires_at - now).to_std().unwrap_or_default();
        let lifetime = self.sessions.access_token.min(left);
        SignedIn {
            access_token: self.signer.sign(&user.person(), session.id, now, lifetime),
            token_type: "Bearer",
            expires_in: lifetime.as_secs(),
            user: user.into(),
        }
    }
}
