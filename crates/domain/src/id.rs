//! Ids: a type for each, so that a medication's id can't stand where an order's is wanted.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                $name(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )*};
}

ids! {
    /// A person with a login.
    UserId;
    /// One signed-in device of a user; the family of its refresh tokens.
    SessionId;
    /// A product that can be ordered.
    MedicationId;
    /// A manufacturer's batch of one medication.
    LotId;
    /// A nursing unit.
    WardId;
    /// An automated dispensing cabinet on a ward.
    DispenserId;
    /// A ward's replenishment order. Made by whoever places it, so that sending twice is harmless.
    OrderId;
    /// One medication and its quantity within an order.
    OrderLineId;
    /// A report that a dispenser does not work.
    ServiceCallId;
    /// A wall screen that looks on.
    BoardId;
    /// What a requester thought of a delivered order.
    FeedbackId;
    /// A catalogue file on its way into the catalogue.
    ImportId;
}

/// Name space of ids that follow from other values (UUID version 5): line ids and idempotency keys.
const DERIVED: Uuid = Uuid::from_u128(0x6f1a_4f0c_9d0b_4a3e_8a55_b071_ca00_0001);

impl OrderId {
    /// The id of the order that `user` places under `key`: the same key names the same order, and
    /// another user's equal key names another one.
    pub fn from_idempotency_key(user: UserId, key: &str) -> Self {
        let name = [user.0.as_bytes().as_slice(), b"/idempotency-key/", key.as_bytes()].concat();
        OrderId(Uuid::new_v5(&DERIVED, &name))
    }

    /// The id of the line at `position` (from 0). It follows from the order's id, so an order that
    /// is stored again has the same lines.
    pub fn line(self, position: usize) -> OrderLineId {
        OrderLineId(Uuid::new_v5(&self.0, &(position as u64).to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idempotency_key_names_one_order_per_user() {
        let (one, other) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        assert_eq!(OrderId::from_idempotency_key(one, "k"), OrderId::from_idempotency_key(one, "k"));
        assert_ne!(OrderId::from_idempotency_key(one, "k"), OrderId::from_idempotency_key(one, "l"));
        assert_ne!(OrderId::from_idempotency_key(one, "k"), OrderId::from_idempotency_key(other, "k"));
    }
}
