//! Service calls: dispensers that do not work, and who mends them.

pub(crate) mod cancel;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod open;
pub(crate) mod release;
pub(crate) mod resolve;
pub(crate) mod start;
mod step;

use chrono::{DateTime, Utc};
use domain::ServiceCallStatus;
use http::words;
use serde::Serialize;
use store::ServiceCall;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::orders::{DispenserRefBody, PersonBody};

/// A report that a dispenser does not work.
#[derive(Serialize, ToSchema)]
#[schema(as = ServiceCall)]
pub(crate) struct ServiceCallBody {
    /// Its id.
    id: Uuid,
    /// Where it stands.
    #[schema(value_type = words::ServiceCallStatus)]
    status: ServiceCallStatus,
    /// Counts its changes, from 1.
    version: u32,
    /// Which dispenser.
    dispenser: DispenserRefBody,
    /// What is wrong: a code of the hospital's list `service_call`.
    kind: String,
    /// Whether the dispenser can still be used in part.
    is_partly_usable: bool,
    /// What is wrong, in words.
    note: Option<String>,
    /// Who opened it.
    opened_by: PersonBody,
    /// When.
    opened_at: DateTime<Utc>,
    /// Who works on it, or worked on it when it was closed.
    worked_by: Option<PersonBody>,
    /// When they began.
    started_at: Option<DateTime<Utc>>,
    /// When it was resolved or cancelled.
    closed_at: Option<DateTime<Utc>>,
    /// How it ended, in the words of who ended it: what was done, or why it was called off.
    outcome: Option<String>,
    /// While both are open: the call of the same kind that the dispenser had before.
    duplicate_of: Option<Uuid>,
}

impl From<ServiceCall> for ServiceCallBody {
    fn from(call: ServiceCall) -> Self {
        ServiceCallBody {
            id: call.id.0,
            status: call.status,
            version: call.version,
            dispenser: call.dispenser.into(),
            kind: call.kind,
            is_partly_usable: call.is_partly_usable,
            note: call.note,
            opened_by: call.opened_by.into(),
            opened_at: call.opened_at,
            worked_by: call.worked_by.map(Into::into),
            started_at: call.started_at,
            closed_at: call.closed_at,
            outcome: call.outcome,
            duplicate_of: call.duplicate_of.map(|id| id.0),
        }
    }
}
