//! Who does something, and when: what every administrative change is recorded with.

use chrono::{DateTime, Utc};
use domain::{Person, Role, UserId};
use uuid::Uuid;

/// A person's act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub by: Person,
    /// When.
    pub at: DateTime<Utc>,
}

impl Act {
    /// What nobody signed in does: a command on the host, or the first start. `name` says which.
    pub fn of_the_host(name: &str, at: DateTime<Utc>) -> Act {
        Act { by: Person { id: UserId(Uuid::nil()), name: name.to_owned(), role: Role::Admin }, at }
    }
}
