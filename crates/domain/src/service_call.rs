//! The life of a service call, "a dispenser does not work": one pure function, [`decide_service_call`].
//!
//! ```text
//! open it ─► open ─► in_progress ─► resolved
//!            │  ▲         │  │
//!            │  └─release─┘  │
//!            └─► cancelled ◄─┘
//! ```

use serde::{Deserialize, Serialize};

use crate::role::words;
use crate::{Action, Note, Person, Role, UserId, may};

/// Where a service call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceCallStatus {
    /// Waits for somebody who mends it.
    Open,
    /// One person works on it.
    InProgress,
    /// The dispenser works again, or what could be done was done.
    Resolved,
    /// Called off.
    Cancelled,
}

impl ServiceCallStatus {
    /// All, in the order of a call's life, then its other end.
    pub const ALL: [ServiceCallStatus; 4] = [
        ServiceCallStatus::Open,
        ServiceCallStatus::InProgress,
        ServiceCallStatus::Resolved,
        ServiceCallStatus::Cancelled,
    ];

    /// The word that stands for it in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            ServiceCallStatus::Open => "open",
            ServiceCallStatus::InProgress => "in_progress",
            ServiceCallStatus::Resolved => "resolved",
            ServiceCallStatus::Cancelled => "cancelled",
        }
    }

    /// Whether the dispenser still waits to be mended.
    pub fn is_open(self) -> bool {
        matches!(self, ServiceCallStatus::Open | ServiceCallStatus::InProgress)
    }
}

words!(ServiceCallStatus);

/// What [`decide_service_call`] needs to know of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCallState {
    /// Where it stands.
    pub status: ServiceCallStatus,
    /// Who opened it.
    pub opened_by: UserId,
    /// Who works on it, or worked on it when it was closed.
    pub worked_by: Option<Person>,
}

/// What somebody does to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceCallStep {
    /// Begin to work on it.
    Start,
    /// Leave it to others.
    Release,
    /// Close it as mended.
    Resolve {
        /// What was done.
        outcome: Note,
    },
    /// Call it off.
    Cancel {
        /// Why.
        note: Option<Note>,
    },
}

impl ServiceCallStep {
    /// The entry of the table [`may`] that allows it.
    pub fn action(&self) -> Action {
        match self {
            ServiceCallStep::Start | ServiceCallStep::Release | ServiceCallStep::Resolve { .. } => {
                Action::WorkServiceCall
            }
            ServiceCallStep::Cancel { .. } => Action::OpenServiceCall,
        }
    }
}

/// What a step that is allowed makes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCallChange {
    /// Where it stands afterwards.
    pub status: ServiceCallStatus,
    /// Who works on it afterwards.
    pub worked_by: Option<Person>,
    /// How it ended, in the words of who ended it.
    pub outcome: Option<Note>,
}

/// Why a step may not be done. An answer, not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceCallRefusal {
    /// The role may never do this.
    #[error("a {0} may not do this")]
    RoleMayNot(Role),
    /// Those who do not mend dispensers call off only what they opened themselves.
    #[error("only who opened the service call may cancel it")]
    NotTheirs,
    /// Somebody else works on it.
    #[error("the service call is in the hands of {}", .0.name)]
    HeldBy(Person),
    /// The call does not stand where this step starts.
    #[error("the service call is {0} already")]
    WrongStatus(ServiceCallStatus),
}

/// What `step`, done by `by`, makes of `call`.
///
/// # Errors
/// The reason for "no". Roles are looked at first, then where the call stands, then whose it is.
pub fn decide_service_call(
    call: &ServiceCallState,
    step: &ServiceCallStep,
    by: &Person,
) -> Result<ServiceCallChange, ServiceCallRefusal> {
    use ServiceCallStatus::*;
    use ServiceCallStep::*;

    if !may(by.role, step.action()) {
        return Err(ServiceCallRefusal::RoleMayNot(by.role));
    }
    let holder = || call.worked_by.clone();
    let another = call.worked_by.as_ref().filter(|holder| holder.id != by.id);
    match (step, call.status) {
        (Start, Open) => Ok(ServiceCallChange { status: InProgress, worked_by: Some(by.clone()), outcome: None }),
        (Start, InProgress) => Err(match another {
            Some(holder) => ServiceCallRefusal::HeldBy(holder.clone()),
            None => ServiceCallRefusal::WrongStatus(InProgress),
        }),
        // Anyone in the pharmacy may: whoever started it may have gone home.
        (Release, InProgress) => Ok(ServiceCallChange { status: Open, worked_by: None, outcome: None }),
        (Resolve { outcome }, InProgress) => match another {
            // An admin may step in.
            Some(holder) if by.role != Role::Admin => Err(ServiceCallRefusal::HeldBy(holder.clone())),
            _ => Ok(ServiceCallChange { status: Resolved, worked_by: holder(), outcome: Some(outcome.clone()) }),
        },
        (Cancel { note }, Open | InProgress) => {
            if by.id != call.opened_by && !may(by.role, Action::WorkServiceCall) {
                return Err(ServiceCallRefusal::NotTheirs);
            }
            Ok(ServiceCallChange { status: Cancelled, worked_by: holder(), outcome: note.clone() })
        }
        (_, status) => Err(ServiceCallRefusal::WrongStatus(status)),
    }
}

#[cfg(test)]
mod tests;
