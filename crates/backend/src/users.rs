//! Users, and oneself.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod deactivate;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod list_on_duty;
pub(crate) mod me;
pub(crate) mod my_password;
pub(crate) mod on_duty;

use chrono::{DateTime, Utc};
use http::words;
use serde::Serialize;
use store::User;
use utoipa::ToSchema;
use uuid::Uuid;

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserBody {
    /// Their id.
    id: Uuid,
    /// What they sign in with.
    email: String,
    /// Their name.
    name: String,
    /// Their role.
    #[schema(value_type = words::Role)]
    role: domain::Role,
    /// Whether they may sign in.
    is_active: bool,
    /// Whether they are at work and want to be alerted.
    is_on_duty: bool,
    /// Since when.
    on_duty_since: Option<DateTime<Utc>>,
    /// Whether an admin has given them the right to order controlled medications. It counts beside a role that
    /// may place orders, and gives none.
    may_order_controlled: bool,
    /// When they were created.
    created_at: DateTime<Utc>,
    /// When they were last changed.
    updated_at: DateTime<Utc>,
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        UserBody {
            id: user.id.0,
            email: user.email,
            name: user.name,
            role: user.role,
            is_active: user.is_active,
            is_on_duty: user.is_on_duty,
            on_duty_since: user.on_duty_since,
            may_order_controlled: user.may_order_controlled,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
