//! The hash chain through the record: events of orders and administrative changes, in one sequence.
//!
//! Each row holds the hash of all that it says and of the hash of the row before it, so a row can't be
//! changed, removed, added or moved without every later hash being wrong. `event_head` holds the last
//! number and hash; the lock on its one row, held to the commit, makes commit order and `seq` order agree.
//!
//! The form of a link never changes: what was written must be verified for as long as it is kept.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::StoreError;
use crate::entity::event_head;

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// What the first link follows.
pub(crate) const GENESIS: Hash = [0; 32];

/// All that one row of the record says.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Link {
    /// Which of the two tables it is in.
    pub(crate) table: &'static str,
    pub(crate) seq: i64,
    /// The order, or what the change is about.
    pub(crate) subject: Option<Uuid>,
    pub(crate) kind: String,
    /// Microseconds since 1970.
    pub(crate) at: i64,
    /// Id, name and role.
    pub(crate) by: (Uuid, String, String),
    /// What else is to be known of it.
    pub(crate) data: Option<Value>,
    /// Where the event brings an order into being: the digest of what was ordered.
    pub(crate) content: Option<Hash>,
}

impl Link {
    /// The hash of this row after the row with the hash `previous`.
    pub(crate) fn after(&self, previous: &[u8]) -> Hash {
        let mut hash = Sha256::new_with_prefix(previous);
        hash.update(json(&(
            self.table,
            self.seq,
            self.subject,
            &self.kind,
            self.at,
            &self.by,
            self.data.as_ref().map(canonical),
            self.content,
        )));
        hash.finalize().into()
    }

    /// Whether an event of this kind is an order's first.
    pub(crate) fn takes_content(kind: &str) -> bool {
        matches!(kind, "requested" | "refused")
    }
}

/// What was ordered: all of an order that never changes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Content {
    pub(crate) order_id: Uuid,
    pub(crate) dispenser_id: Uuid,
    pub(crate) priority: String,
    pub(crate) note: Option<String>,
    pub(crate) refusal: Option<String>,
    /// Id, name and role.
    pub(crate) requested_by: (Uuid, String, String),
    /// Microseconds since 1970.
    pub(crate) requested_at: i64,
    /// Microseconds since 1970.
    pub(crate) stored_at: i64,
    /// Id, position, medication, quantity, and the open order that had it already; by position.
    pub(crate) lines: Vec<(Uuid, i16, Uuid, i32, Option<Uuid>)>,
}

impl Content {
    pub(crate) fn digest(&self) -> Hash {
        Sha256::digest(json(self)).into()
    }
}

/// A value in one form, however a database keeps it: no white space, the members of objects by name.
/// PostgreSQL's `jsonb` brings them in an order of its own.
fn canonical(value: &Value) -> String {
    let list = |parts: Vec<String>| parts.join(",");
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_str());
            let member =
                |(name, value): (&String, &Value)| format!("{}:{}", Value::from(name.as_str()), canonical(value));
            format!("{{{}}}", list(members.into_iter().map(member).collect()))
        }
        Value::Array(values) => format!("[{}]", list(values.iter().map(canonical).collect())),
        plain => plain.to_string(),
    }
}

#[expect(clippy::expect_used, reason = "numbers, texts and lists of them always have a form in JSON")]
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain values")
}

/// Takes the next `count` numbers, and with them the lock; the number and hash of the row before them.
pub(crate) async fn take<C: ConnectionTrait>(database: &C, count: i64) -> Result<(i64, Vec<u8>), StoreError> {
    let take_numbers = Query::update()
        .table(event_head::Entity)
        .value(event_head::Column::Seq, Expr::col(event_head::Column::Seq).add(count))
        .and_where(Expr::col(event_head::Column::Id).eq(1))
        .returning(Query::returning().columns([event_head::Column::Seq, event_head::Column::Hash]))
        .to_owned();
    let head = database.query_one(&take_numbers).await?;
    let Some(head) = head else { return Err(StoreError::Corrupt("the table event_head is empty".to_owned())) };
    let last: i64 = head.try_get("", "seq")?;
    Ok((last - count, head.try_get("", "hash")?))
}

/// Sets the hash of the last row.
pub(crate) async fn close<C: ConnectionTrait>(database: &C, hash: &[u8]) -> Result<(), StoreError> {
    event_head::Entity::update_many()
        .col_expr(event_head::Column::Hash, Expr::value(hash.to_vec()))
        .filter(event_head::Column::Id.eq(1))
        .exec(database)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_has_one_form() {
        let value: Value = serde_json::from_str(r#"{ "b": [1, {"y": null, "x": "é\""}], "a": true }"#).unwrap();
        assert_eq!(canonical(&value), r#"{"a":true,"b":[1,{"x":"é\"","y":null}]}"#);
        assert_eq!(canonical(&value), canonical(&json!({ "a": true, "b": [1, { "x": "é\"", "y": null }] })));
    }

    /// What was written must be verified for ever: this hash was computed apart, with Python's hashlib, over
    /// 32 zero bytes and the JSON of the row.
    #[test]
    fn the_form_of_a_link_does_not_change() {
        let link = Link {
            table: "order_events",
            seq: 7,
            subject: Some(Uuid::from_u128(1)),
            kind: "released".to_owned(),
            at: 1_773_065_100_000_001,
            by: (Uuid::from_u128(2), "Ana".to_owned(), "technician".to_owned()),
            data: Some(json!({ "key": "k", "accepted_by": null })),
            content: None,
        };
        let hash: String = link.after(&GENESIS).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, "c8fc401ca4b47be64794fe896dd41afc7fc63cb2f4f5035c83bf93675e2873fb");
    }
}
