//! Controlled medications in orders: which lines are of such, as it was when the order was stored. The first
//! event of an order keeps it in its data, so the record's chain vouches for it, whatever becomes of the
//! catalogue.

use std::collections::{HashMap, HashSet};

use domain::{ControlledList, MedicationId, OrderLineId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::StoreError;
use crate::entity::order_event;

/// The member of the first event's data that has the lines.
pub(crate) const CONTROLLED: &str = "controlled";

/// A line of a controlled medication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlledLine {
    /// Which line of the order.
    pub line_id: OrderLineId,
    /// Of which medication.
    pub medication_id: MedicationId,
    /// What that was called then.
    pub name: String,
    /// The list of special control that it was on then.
    pub list: ControlledList,
}

/// The controlled lines of these orders, by the first event of each.
pub(crate) async fn of_orders<C: ConnectionTrait>(
    database: &C,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<ControlledLine>>, StoreError> {
    let ids: HashSet<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let first: Vec<(Uuid, i64, Option<Value>)> = order_event::Entity::find()
        .select_only()
        .columns([order_event::Column::OrderId, order_event::Column::Seq, order_event::Column::Data])
        .filter(order_event::Column::OrderId.is_in(ids))
        .filter(order_event::Column::Kind.is_in(["requested", "refused"]))
        .into_tuple()
        .all(database)
        .await?;
    let lines = |(id, seq, data): (Uuid, i64, Option<Value>)| {
        let lines = data.and_then(|mut data| data.get_mut(CONTROLLED).map(Value::take)).unwrap_or(Value::Array(vec![]));
        let lines =
            serde_json::from_value(lines).map_err(|error| StoreError::Corrupt(format!("event {seq}: {error}")))?;
        Ok((id, lines))
    };
    first.into_iter().map(lines).collect()
}
