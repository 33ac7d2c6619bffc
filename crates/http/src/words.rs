//! The domain's words as the API's description shows them. The domain itself knows no OpenAPI; a test
//! holds both together. For fields: `#[schema(value_type = words::Priority)]`.

use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($word:ident = $text:literal,)* })*) => {
        $($(#[$doc])*
        #[derive(ToSchema)]
        pub enum $name {
            $(#[doc = $text] #[schema(rename = $text)] $word,)*
        })*

        #[cfg(test)]
        mod tests {
            $(
                #[test]
                #[expect(non_snake_case, reason = "named after the type")]
                fn $name() {
                    let described = [$($text),*];
                    assert_eq!(domain::$name::ALL.map(domain::$name::as_str), described);
                }
            )*
        }
    };
}

words! {
    /// How soon an order is needed.
    Priority { Routine = "routine", Urgent = "urgent", Stat = "stat", }

    /// What a person does in the hospital.
    Role { Nurse = "nurse", Technician = "technician", Manager = "manager", Admin = "admin", }

    /// A list of reasons.
    ReasonList { Reject = "reject", Cancel = "cancel", Short = "short", Expired = "expired", ServiceCall = "service_call", }

    /// The band on a medicine's package.
    Tarja { None = "none", Red = "red", RedRestricted = "red_restricted", Black = "black", }

    /// A list of special control (Portaria 344/98).
    ControlledList {
        A1 = "A1", A2 = "A2", A3 = "A3", B1 = "B1", B2 = "B2", C1 = "C1", C2 = "C2", C3 = "C3", C5 = "C5", D1 = "D1",
        D2 = "D2", E = "E", F = "F",
    }

    /// Where an order stands.
    Status {
        Requested = "requested",
        Accepted = "accepted",
        InTransit = "in_transit",
        Delivered = "delivered",
        Received = "received",
        Rejected = "rejected",
        Cancelled = "cancelled",
        Refused = "refused",
    }

    /// Where a service call stands.
    ServiceCallStatus {
        Open = "open",
        InProgress = "in_progress",
        Resolved = "resolved",
        Cancelled = "cancelled",
    }

    /// Where a message that could not be processed stands.
    DeadLetterState {
        Waiting = "waiting",
        Replaying = "replaying",
        Replayed = "replayed",
        Discarded = "discarded",
    }

    /// What happened to an order.
    EventKind {
        Requested = "requested",
        Refused = "refused",
        Accepted = "accepted",
        Released = "released",
        Rejected = "rejected",
        Dispatched = "dispatched",
        PartiallyDelivered = "partially_delivered",
        Delivered = "delivered",
        Received = "received",
        Cancelled = "cancelled",
    }
}
