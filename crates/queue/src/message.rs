//! The message envelope: what travels between services. Old and new versions of Botica run side by
//! side during an upgrade, so its form is a contract.

use bytes::Bytes;
use domain::PlacedOrder;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The `type` of a message that carries a [`PlacedOrder`].
pub const ORDER_PLACED: &str = "order.placed.v1";

/// The newest version of the body that this build writes and reads.
pub const VERSION: u32 = 1;

/// Room for the body of an order of some lines, so that it need not be moved while it grows.
const USUAL_BYTES: usize = 1024;

/// A message as a keeper carries it. Whatever a stranger puts into the queue must fit in, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The order's id, in the words of whoever sent it; `None` if they gave none.
    pub id: Option<String>,
    /// What the body is, such as [`ORDER_PLACED`].
    pub kind: Option<String>,
    /// W3C trace context of the request that made it.
    pub traceparent: Option<String>,
    /// The body, as it came.
    pub body: Bytes,
}

#[derive(Serialize, Deserialize)]
struct Body<T> {
    version: u32,
    #[serde(flatten)]
    content: T,
}

/// Why a message can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// Not JSON, or not an order by the rules of form.
    #[error("the body is not an order: {0}")]
    Malformed(String),
    /// Of another type than [`ORDER_PLACED`].
    #[error("messages of type \"{0}\" are not known to this version of Botica")]
    UnknownType(String),
    /// Written by a newer Botica.
    #[error(
        "the body has version {0}, this version of Botica reads up to {VERSION}: upgrade, and it is stored by itself"
    )]
    Newer(u32),
}

impl Undecodable {
    /// The version that its reader must know, where that is all that is wrong.
    pub fn needs_version(&self) -> Option<u32> {
        match self {
            Undecodable::Newer(version) => Some(*version),
            Undecodable::Malformed(_) | Undecodable::UnknownType(_) => None,
        }
    }
}

impl Message {
    /// The message that carries `order`.
    pub fn order_placed(order: &PlacedOrder, traceparent: Option<String>) -> Self {
        let mut body = Vec::with_capacity(USUAL_BYTES);
        #[expect(clippy::expect_used, reason = "the text says why it can't fail")]
        serde_json::to_writer(&mut body, &Body { version: VERSION, content: order })
            .expect("a placed order has no map keys that are not text and no failing serializer");
        Message {
            id: Some(order.order.id().to_string()),
            kind: Some(ORDER_PLACED.to_owned()),
            traceparent,
            body: body.into(),
        }
    }

    /// The order that it carries.
    ///
    /// # Errors
    /// When it can't be read; the reason is for a person.
    pub fn decode(&self) -> Result<PlacedOrder, Undecodable> {
        if let Some(kind) = &self.kind
            && kind != ORDER_PLACED
        {
            return Err(match newer_version(kind) {
                Some(version) => Undecodable::Newer(version),
                None => Undecodable::UnknownType(kind.clone()),
            });
        }
        let malformed = |error: serde_json::Error| Undecodable::Malformed(error.to_string());
        // The version first: a newer body may have another form.
        let Version { version } = serde_json::from_slice(&self.body).map_err(malformed)?;
        if version > VERSION {
            return Err(Undecodable::Newer(version));
        }
        let order: PlacedOrder = serde_json::from_slice(&self.body).map_err(malformed)?;
        let named = order.order.id();
        match &self.id {
            Some(id) if id.parse::<Uuid>() != Ok(named.0) => {
                Err(Undecodable::Malformed(format!("the message id is \"{id}\", but the order's id is {named}")))
            }
            _ => Ok(order),
        }
    }
}

/// The version in the type of a placed order that a newer Botica wrote.
fn newer_version(kind: &str) -> Option<u32> {
    let name = ORDER_PLACED.trim_end_matches(|c: char| c.is_ascii_digit());
    kind.strip_prefix(name)?.parse().ok().filter(|version| *version > VERSION)
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = r#"{
        "version": 1,
        "order": {
            "id": "01890a5d-ac96-774b-bcce-b302099a8057",
            "dispenser_id": "01890a5d-ac96-774b-bcce-b302099a8058",
            "priority": "stat",
            "lines": [{"medication_id": "01890a5d-ac96-774b-bcce-b302099a8059", "quantity": 3}],
            "note": "leito 12"
        },
        "placed_by": {"id": "01890a5d-ac96-774b-bcce-b302099a805a", "name": "Nurse", "role": "nurse"},
        "placed_at": "2026-03-09T14:05:00Z"
    }"#;

    fn message(body: impl Into<Bytes>) -> Message {
        Message { id: None, kind: Some(ORDER_PLACED.to_owned()), traceparent: None, body: body.into() }
    }

    /// The stored form is a contract between versions: this text must be readable for ever.
    #[test]
    fn version_1_is_read() {
        let order = message(ORDER).decode().unwrap();
        assert_eq!(order.order.lines()[0].quantity.get(), 3);
        assert_eq!(order.order.note().unwrap().as_str(), "leito 12");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let order = message(ORDER).decode().unwrap();
        assert_eq!(Message::order_placed(&order, None).decode(), Ok(order));
    }

    #[test]
    fn a_newer_version_is_told_from_a_broken_body() {
        let newer = message(r#"{"version": 2, "orders": []}"#);
        assert_eq!(newer.decode(), Err(Undecodable::Newer(2)));
        for broken in ["", "{", "[]", "{\"version\":\"1\"}", "{\"version\":1}", "\u{0}", &ORDER.replace("3}", "0}")] {
            assert!(matches!(message(broken.to_owned()).decode(), Err(Undecodable::Malformed(_))), "{broken}");
        }
        assert!(matches!(message(vec![0xff, 0xfe]).decode(), Err(Undecodable::Malformed(_))));
    }

    #[test]
    fn a_message_under_another_orders_id_is_refused() {
        let other = Message { id: Some("01890a5d-ac96-774b-bcce-b30209900000".to_owned()), ..message(ORDER) };
        assert!(matches!(other.decode(), Err(Undecodable::Malformed(_))));
    }

    #[test]
    fn another_type_is_refused_by_its_name() {
        let other = Message { kind: Some("order.cancelled.v1".to_owned()), ..message(ORDER) };
        assert_eq!(other.decode(), Err(Undecodable::UnknownType("order.cancelled.v1".to_owned())));
    }

    #[test]
    fn a_newer_type_of_order_is_told_from_an_unknown_one() {
        let typed = |kind: &str| Message { kind: Some(kind.to_owned()), ..message("{}") }.decode().unwrap_err();
        assert_eq!(typed("order.placed.v7"), Undecodable::Newer(7));
        assert_eq!(typed("order.placed.v7").needs_version(), Some(7));
        for unknown in ["order.placed.v0", "order.placed.v", "order.placed.v-2", "order.placed", "xorder.placed.v2"] {
            assert_eq!(typed(unknown), Undecodable::UnknownType(unknown.to_owned()));
            assert_eq!(typed(unknown).needs_version(), None);
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_crash() {
        assert!(matches!(message("[".repeat(100_000)).decode(), Err(Undecodable::Malformed(_))));
    }
}
