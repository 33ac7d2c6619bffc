//! The record as it is read: who did what, when; events of orders and administrative changes in one list.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{Person, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::entity::{admin_change, order_event};
use crate::{ControlledLine, Store, StoreError, controlled};

/// What the kinds of orders' events begin with in the audit; there an event `accepted` is `order.accepted`.
const OF_ORDERS: &str = "order";

/// One row of the record.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// Its number; the record has each number once, from 1 on.
    pub seq: i64,
    /// What was done: `subject.verb`.
    pub kind: String,
    /// The id of the order, or of what was changed.
    pub subject_id: Option<Uuid>,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it, with the name and role of that time.
    pub by: Person,
    /// What else is to be known of it, such as what changed.
    pub data: Option<serde_json::Value>,
    /// The SHA-256 that chains it to the row before it.
    pub hash: Vec<u8>,
    /// Of an event, its order's lines of controlled medications, as they were when it was stored.
    pub controlled: Vec<ControlledLine>,
}

/// Which rows; what is not set does not matter.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// This kind, such as `order.accepted`, or with a subject alone, such as `order`, all of that subject.
    pub kind: Option<String>,
    /// About this order, user, medication, and so on.
    pub subject_id: Option<Uuid>,
    /// Done by this person.
    pub by: Option<UserId>,
    /// Done at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Done before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Events of orders of controlled medications alone.
    pub is_controlled: bool,
}

/// From where on, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFrom {
    /// The newest first: those with a smaller number, or all.
    Before(Option<i64>),
    /// The oldest first: those with a greater number.
    After(i64),
}

/// The columns of one of the two tables.
struct Columns<E: EntityTrait> {
    seq: E::Column,
    kind: E::Column,
    subject_id: E::Column,
    at: E::Column,
    by_id: E::Column,
}

impl Store {
    /// A part of the record, up to `limit` rows.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit(&self, filter: &AuditFilter, from: AuditFrom, limit: u64) -> Result<Vec<AuditRow>, StoreError> {
        let (kind_of_event, kind_of_change) = kinds(filter.kind.as_deref());
        let kind_of_change = kind_of_change.filter(|_| !filter.is_controlled);
        let events = Columns::<order_event::Entity> {
            seq: order_event::Column::Seq,
            kind: order_event::Column::Kind,
            subject_id: order_event::Column::OrderId,
            at: order_event::Column::At,
            by_id: order_event::Column::ById,
        };
        let changes = Columns::<admin_change::Entity> {
            seq: admin_change::Column::Seq,
            kind: admin_change::Column::Kind,
            subject_id: admin_change::Column::SubjectId,
            at: admin_change::Column::At,
            by_id: admin_change::Column::ById,
        };
        let (mut rows, mut controlled) = (Vec::new(), HashMap::new());
        if let Some(kind) = kind_of_event {
            let mut query = events.select(filter, kind, from, limit);
            if filter.is_controlled {
                // Bare, as the partial index has it.
                query = query.filter(Expr::col(order_event::Column::IsControlled));
            }
            for event in query.all(&self.read).await? {
                if event.is_controlled {
                    controlled.insert(event.seq, event.order_id);
                }
                rows.push(of_event(event)?);
            }
        }
        if let Some(kind) = kind_of_change {
            let changes = changes.select(filter, kind, from, limit).all(&self.read).await?;
            for change in changes {
                rows.push(of_change(change)?);
            }
        }
        match from {
            AuditFrom::Before(_) => rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.seq)),
            AuditFrom::After(_) => rows.sort_unstable_by_key(|row| row.seq),
        }
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let lines = controlled::of_orders(&self.read, controlled.values().copied()).await?;
        for row in &mut rows {
            let order = controlled.get(&row.seq);
            row.controlled = order.and_then(|id| lines.get(id)).cloned().unwrap_or_default();
        }
        Ok(rows)
    }
}

/// A kind that is looked for in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Is(String),
    /// All kinds of a subject: `subject.` and what follows.
    Of(String),
}

/// What to look for among the events and among the changes; `None` where nothing can be found.
fn kinds(asked: Option<&str>) -> (Option<Kind>, Option<Kind>) {
    let Some(asked) = asked else { return (Some(Kind::Any), Some(Kind::Any)) };
    match asked.split_once('.') {
        Some((OF_ORDERS, verb)) => (Some(Kind::Is(verb.to_owned())), Some(Kind::Is(asked.to_owned()))),
        Some(_) => (None, Some(Kind::Is(asked.to_owned()))),
        None => ((asked == OF_ORDERS).then_some(Kind::Any), Some(Kind::Of(asked.to_owned()))),
    }
}

impl<E: EntityTrait> Columns<E> {
    fn select(&self, filter: &AuditFilter, kind: Kind, from: AuditFrom, limit: u64) -> Select<E> {
        let mut query = E::find();
        query = match kind {
            Kind::Any => query,
            Kind::Is(kind) => query.filter(self.kind.eq(kind)),
            // Equal, so it is the same in every collation: in some, '/' comes before '.', and LIKE has
            // letters with a meaning of their own.
            Kind::Of(subject) => {
                let prefix = format!("{subject}.");
                let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
                let begin = Func::cust("substr").arg(Expr::col(self.kind)).arg(1).arg(length);
                query.filter(Expr::from(begin).eq(prefix))
            }
        };
        if let Some(id) = filter.subject_id {
            query = query.filter(self.subject_id.eq(id));
        }
        if let Some(id) = filter.by {
            query = query.filter(self.by_id.eq(id.0));
        }
        if let Some(instant) = filter.from {
            query = query.filter(self.at.gte(instant));
        }
        if let Some(instant) = filter.until {
            query = query.filter(self.at.lt(instant));
        }
        let query = match from {
            AuditFrom::Before(None) => query.order_by_desc(self.seq),
            AuditFrom::Before(Some(seq)) => query.filter(self.seq.lt(seq)).order_by_desc(self.seq),
            AuditFrom::After(seq) => query.filter(self.seq.gt(seq)).order_by_asc(self.seq),
        };
        query.limit(limit)
    }
}

fn of_event(row: order_event::Model) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        seq: row.seq,
        kind: format!("{OF_ORDERS}.{}", row.kind),
        subject_id: Some(row.order_id),
        at: row.at,
        by: person(row.seq, row.by_id, row.by_name, &row.by_role)?,
        data: row.data,
        hash: row.hash,
        controlled: vec![],
    })
}

fn of_change(row: admin_change::Model) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        seq: row.seq,
        kind: row.kind,
        subject_id: row.subject_id,
        at: row.at,
        by: person(row.seq, row.by_id, row.by_name, &row.by_role)?,
        data: row.data,
        hash: row.hash,
        controlled: vec![],
    })
}

fn person(seq: i64, id: Uuid, name: String, role: &str) -> Result<Person, StoreError> {
    let role = role.parse().map_err(|error| StoreError::Corrupt(format!("row {seq} of the record: {error}")))?;
    Ok(Person { id: id.into(), name, role })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_looked_for_where_it_can_be() {
        let is = |kind: &str| Some(Kind::Is(kind.to_owned()));
        assert_eq!(kinds(None), (Some(Kind::Any), Some(Kind::Any)));
        assert_eq!(kinds(Some("order")), (Some(Kind::Any), Some(Kind::Of("order".to_owned()))));
        assert_eq!(kinds(Some("order.accepted")), (is("accepted"), is("order.accepted")));
        assert_eq!(kinds(Some("user")), (None, Some(Kind::Of("user".to_owned()))));
        assert_eq!(kinds(Some("user.created")), (None, is("user.created")));
    }
}
