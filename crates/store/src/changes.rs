//! Administrative changes: who changed what in the hospital, in one sequence with the events of orders.

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::chain::{self, Link};
use crate::connect::stored;
use crate::entity::admin_change;
use crate::{Act, StoreError};

/// Records a change; `kind` is `subject.verb`. Comes last in a transaction: from here to the commit, nobody
/// else can.
pub(crate) async fn record<C: ConnectionTrait>(
    database: &C,
    act: &Act,
    kind: &'static str,
    subject_id: Option<Uuid>,
    data: Option<Value>,
) -> Result<(), StoreError> {
    let (before, previous) = chain::take(database, 1).await?;
    let (seq, at) = (before + 1, stored(act.at));
    let link = Link {
        table: "admin_changes",
        seq,
        subject: subject_id,
        kind: kind.to_owned(),
        at: at.timestamp_micros(),
        by: (act.by.id.0, act.by.name.clone(), act.by.role.as_str().to_owned()),
        data,
        content: None,
    };
    let hash = link.after(&previous).to_vec();
    let row = admin_change::ActiveModel {
        seq: Set(seq),
        kind: Set(link.kind),
        subject_id: Set(subject_id),
        at: Set(at),
        by_id: Set(link.by.0),
        by_name: Set(link.by.1),
        by_role: Set(link.by.2),
        data: Set(link.data),
        hash: Set(hash.clone()),
    };
    admin_change::Entity::insert(row).exec_without_returning(database).await?;
    chain::close(database, &hash).await
}

/// What differs between two states of a subject, as `{field: {"from": …, "to": …}}`; `None` when nothing does.
pub(crate) fn difference(before: &Value, after: &Value) -> Option<Value> {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return None };
    let differing: Map<String, Value> = after
        .iter()
        .filter(|(field, value)| before.get(*field) != Some(value))
        .map(|(field, value)| (field.clone(), json!({ "from": before.get(field), "to": value })))
        .collect();
    (!differing.is_empty()).then_some(Value::Object(differing))
}
