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
