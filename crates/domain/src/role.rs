//! Who may do what: one table, [`may`].

use serde::{Deserialize, Serialize};

/// What a person does in the hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Orders for a ward and confirms what arrives.
    Nurse,
    /// Works the pharmacy's queue.
    Technician,
    /// Reads everything.
    Manager,
    /// Does everything, and keeps users, medications and dispensers.
    Admin,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 4] = [Role::Nurse, Role::Technician, Role::Manager, Role::Admin];

    /// The word that stands for it in JSON, in tokens and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Nurse => "nurse",
            Role::Technician => "technician",
            Role::Manager => "manager",
            Role::Admin => "admin",
        }
    }
}

/// What can be done. Reading medications, dispensers and orders is open to everyone signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Ask the pharmacy for medication. Controlled ones take a right of the user's own, too.
    PlaceOrder,
    /// Confirm that a delivery arrived.
    ReceiveOrder,
    /// Call an order off: their own, or, for those who work the queue, anybody's.
    CancelOrder,
    /// Say how a delivery went.
    RateOrder,
    /// Take an order.
    AcceptOrder,
    /// Give an accepted order back to the queue.
    ReleaseOrder,
    /// Say no to an order.
    RejectOrder,
    /// Leave for the ward.
    DispatchOrder,
    /// Hand over at the ward.
    DeliverOrder,
    /// Report a dispenser that does not work, and call the report off: their own, or, for those who mend
    /// dispensers, anybody's.
    OpenServiceCall,
    /// Mend a dispenser and close its call.
    WorkServiceCall,
    /// Create and change medications and their lots.
    KeepMedications,
    /// Create and change wards and dispensers.
    KeepDispensers,
    /// Set targets, and keep the lists of reasons.
    KeepSettings,
    /// Create and revoke wall screens.
    KeepBoards,
    /// Create, change and deactivate users.
    KeepUsers,
    /// Read users.
    ReadUsers,
    /// Read figures and exports.
    ReadReports,
    /// Read who did what.
    ReadAudit,
    /// Read messages that could not be processed.
    ReadDeadLetters,
    /// Replay or discard them.
    KeepDeadLetters,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 21] = [
        Action::PlaceOrder,
        Action::ReceiveOrder,
        Action::CancelOrder,
        Action::RateOrder,
        Action::AcceptOrder,
        Action::ReleaseOrder,
        Action::RejectOrder,
        Action::DispatchOrder,
        Action::DeliverOrder,
        Action::OpenServiceCall,
        Action::WorkServiceCall,
        Action::KeepMedications,
        Action::KeepDispensers,
        Action::KeepSettings,
        Action::KeepBoards,
        Action::KeepUsers,
        Action::ReadUsers,
        Action::ReadReports,
        Action::ReadAudit,
        Action::ReadDeadLetters,
        Action::KeepDeadLetters,
    ];
}

/// Whether `role` may do `action` at all. Whether this person may do it to this order is for
/// [`decide`](crate::decide).
pub fn may(role: Role, action: Action) -> bool {
    use Action::*;
    match role {
        Role::Nurse => matches!(action, PlaceOrder | ReceiveOrder | CancelOrder | RateOrder | OpenServiceCall),
        Role::Technician => matches!(
            action,
            AcceptOrder
                | ReleaseOrder
                | RejectOrder
                | DispatchOrder
                | DeliverOrder
                | CancelOrder
                | OpenServiceCall
                | WorkServiceCall
        ),
        Role::Manager => matches!(action, ReadUsers | ReadReports | ReadAudit | ReadDeadLetters),
        Role::Admin => true,
    }
}

/// `Display` and `FromStr` by the words of `as_str`, for enums that list themselves in `ALL`.
macro_rules! words {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::role::UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                $name::ALL
                    .into_iter()
                    .find(|value| value.as_str() == word)
                    .ok_or_else(|| $crate::role::UnknownWord(word.to_owned()))
            }
        }
    };
}
pub(crate) use words;

/// A word that stands for none of the values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word \"{0}\"")]
pub struct UnknownWord(pub String);

words!(Role);

#[cfg(test)]
mod tests {
    use super::*;
    use Action::*;

    /// The whole table, written out a second time by hand: a change of [`may`] must be meant twice.
    #[test]
    fn each_role_may_do_exactly_what_the_design_says() {
        let table: [(Role, &[Action]); 4] = [
            (Role::Nurse, &[PlaceOrder, ReceiveOrder, CancelOrder, RateOrder, OpenServiceCall]),
            (
                Role::Technician,
                &[
                    CancelOrder,
                    AcceptOrder,
                    ReleaseOrder,
                    RejectOrder,
                    DispatchOrder,
                    DeliverOrder,
                    OpenServiceCall,
                    WorkServiceCall,
                ],
            ),
            (Role::Manager, &[ReadUsers, ReadReports, ReadAudit, ReadDeadLetters]),
            (Role::Admin, &Action::ALL),
        ];
        for (role, allowed) in table {
            for action in Action::ALL {
                assert_eq!(may(role, action), allowed.contains(&action), "{role} {action:?}");
            }
        }
    }
}
