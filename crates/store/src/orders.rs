//! Orders as they are read.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    DispenserCode, DispenserId, MedicationId, OrderId, OrderLineId, Person, Priority, Status, Targets, UserId,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::entity::{delivery, dispenser, order, order_line};
use crate::page::{cut, is_before};
use crate::{
    After, Feedback, MedicationRef, Page, Place, Store, StoreError, dispensers, feedback, medication_ref, targets,
};

/// An order with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Where it goes.
    pub dispenser: DispenserRef,
    /// How soon it is needed.
    pub priority: Priority,
    /// Where it stands.
    pub status: Status,
    /// A remark for the pharmacy.
    pub note: Option<String>,
    /// Why the system refused it, for the person who placed it.
    pub refusal: Option<String>,
    /// Why the pharmacy said no, it was called off, or it ended short: a word of the hospital's lists.
    pub reason: Option<String>,
    /// The same in words.
    pub reason_note: Option<String>,
    /// Who placed it.
    pub requested_by: Person,
    /// When the publisher took it in.
    pub requested_at: DateTime<Utc>,
    /// Who has it.
    pub accepted_by: Option<Person>,
    /// When the consumer stored it.
    pub stored_at: DateTime<Utc>,
    /// Counts its changes, from 1.
    pub version: u32,
    /// By when somebody should have taken it; `None` once somebody has, and of one that has ended.
    pub answer_due_at: Option<DateTime<Utc>>,
    /// How who placed it found it.
    pub feedback: Option<Feedback>,
    /// Whether one of its medications was on a list of special control when it was stored.
    pub is_controlled: bool,
    /// The trace of the request that placed it (W3C Trace Context).
    pub traceparent: Option<String>,
    /// Its lines, as they were placed.
    pub lines: Vec<OrderLine>,
}

/// A dispenser as an order names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispenserRef {
    /// Its id.
    pub id: DispenserId,
    /// What is known of it; `None` when the hospital does not have it.
    pub known: Option<(DispenserCode, String, Place)>,
}

/// One medication and its quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// Its id.
    pub id: OrderLineId,
    /// What.
    pub medication: MedicationRef,
    /// How much was asked for.
    pub quantity: u32,
    /// How much has been handed over.
    pub delivered: u32,
    /// What was handed over, in its order.
    pub deliveries: Vec<LineDelivery>,
    /// The order for the same medication that the dispenser had open when this one was stored.
    pub duplicate_of: Option<OrderId>,
}

/// Units of a line that were handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDelivery {
    /// The event with which it was.
    pub seq: i64,
    /// How much.
    pub quantity: u32,
    /// The manufacturer's number of the lot.
    pub lot: Option<String>,
    /// The last day on which it may be used.
    pub expires_on: Option<NaiveDate>,
}

/// Which orders to list; what is not set does not matter.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// One of these; empty for any.
    pub statuses: Vec<Status>,
    /// This priority.
    pub priority: Option<Priority>,
    /// For this dispenser.
    pub dispenser_id: Option<DispenserId>,
    /// For this medication, among others.
    pub medication_id: Option<MedicationId>,
    /// For a dispenser on the ward of this name.
    pub ward: Option<String>,
    /// Placed by this user.
    pub requested_by: Option<UserId>,
    /// Held by this user.
    pub accepted_by: Option<UserId>,
    /// Placed at this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Placed before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Those that at this instant nobody has taken within their target.
    pub unanswered_at: Option<DateTime<Utc>>,
    /// Of controlled medications or not.
    pub is_controlled: Option<bool>,
}

impl Store {
    /// One order.
    ///
    /// # Errors
    /// The database's.
    pub async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        let rows = order::Entity::find_by_id(id.0).all(&self.read).await?;
        Ok(with_lines(&self.read, rows).await?.pop())
    }

    /// The orders with these ids, in any order.
    ///
    /// # Errors
    /// The database's.
    pub async fn orders_by_id(&self, ids: &[OrderId]) -> Result<Vec<Order>, StoreError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let rows = order::Entity::find().filter(order::Column::Id.is_in(ids.iter().map(|id| id.0)));
        with_lines(&self.read, rows.all(&self.read).await?).await
    }

    /// Orders, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn orders(
        &self,
        filter: &OrderFilter,
        before: Option<After<DateTime<Utc>>>,
        limit: u64,
    ) -> Result<Page<Order, DateTime<Utc>>, StoreError> {
        let mut query = filtered(order::Entity::find(), filter);
        if let Some(at) = filter.unanswered_at {
            query = query.filter(is_unanswered(&targets::read(&self.read).await?, at));
        }
        if let Some(before) = before {
            query = query.filter(is_before(order::Column::RequestedAt, order::Column::Id, before));
        }
        let rows = query
            .order_by_desc(order::Column::RequestedAt)
            .order_by_desc(order::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.requested_at, id: row.id });
        Ok(Page { items: with_lines(&self.read, rows).await?, next })
    }
}

fn filtered(mut query: Select<order::Entity>, filter: &OrderFilter) -> Select<order::Entity> {
    if !filter.statuses.is_empty() {
        query = query.filter(order::Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
    }
    if let Some(priority) = filter.priority {
        query = query.filter(order::Column::Priority.eq(priority.as_str()));
    }
    if let Some(id) = filter.dispenser_id {
        query = query.filter(order::Column::DispenserId.eq(id.0));
    }
    if let Some(id) = filter.medication_id {
        let with_it = Query::select()
            .column(order_line::Column::OrderId)
            .from(order_line::Entity)
            .and_where(order_line::Column::MedicationId.eq(id.0))
            .to_owned();
        query = query.filter(order::Column::Id.in_subquery(with_it));
    }
    if let Some(ward) = &filter.ward {
        query = query.filter(order::Column::DispenserId.in_subquery(dispensers::of_ward(ward)));
    }
    if let Some(id) = filter.requested_by {
        query = query.filter(order::Column::RequestedById.eq(id.0));
    }
    if let Some(id) = filter.accepted_by {
        query = query.filter(order::Column::AcceptedById.eq(id.0));
    }
    // Bare, as the partial index has it: neither database knows that `is_controlled = $1` may be the same.
    query = match filter.is_controlled {
        Some(true) => query.filter(Expr::col(order::Column::IsControlled)),
        Some(false) => query.filter(Expr::col(order::Column::IsControlled).not()),
        None => query,
    };
    if let Some(from) = filter.from {
        query = query.filter(order::Column::RequestedAt.gte(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(order::Column::RequestedAt.lt(until));
    }
    query
}

fn is_unanswered(targets: &Targets, at: DateTime<Utc>) -> SimpleExpr {
    let overdue = Priority::ALL.into_iter().map(|priority| {
        let placed_before = at - Duration::from(targets.of(priority));
        order::Column::Priority.eq(priority.as_str()).and(order::Column::RequestedAt.lt(placed_before))
    });
    let nobody_has_it = order::Column::Status.eq(Status::Requested.as_str());
    nobody_has_it.and(overdue.reduce(SimpleExpr::or).unwrap_or_else(|| Expr::val(false)))
}

/// Finds the lines, medications and dispensers of these orders in one query each.
pub(crate) async fn with_lines<C: ConnectionTrait>(
    database: &C,
    rows: Vec<order::Model>,
) -> Result<Vec<Order>, StoreError> {
    let lines = lines_of(database, rows.iter().map(|row| row.id).collect()).await?;
    let medications = medication_ref::by_id(database, lines.iter().map(|line| line.medication_id)).await?;
    let cabinets = dispenser::Entity::find()
        .filter(dispenser::Column::Id.is_in(rows.iter().map(|row| row.dispenser_id)))
        .all(database)
        .await?;
    let cabinets: HashMap<_, _> = dispensers::with_places(database, cabinets)
        .await?
        .into_iter()
        .map(|dispenser| (dispenser.id.0, (dispenser.code, dispenser.name, dispenser.place)))
        .collect();

    let waits = |row: &order::Model| row.status == Status::Requested.as_str();
    let targets = if rows.iter().any(waits) { Some(targets::read(database).await?) } else { None };
    let is_rateable =
        |row: &&order::Model| [Status::Delivered.as_str(), Status::Received.as_str()].contains(&&*row.status);
    let mut ratings =
        feedback::of_orders(database, rows.iter().filter(is_rateable).map(|row| row.id).collect()).await?;
    let mut deliveries = deliveries_of(database, &lines).await?;
    let mut lines_by_order: HashMap<_, Vec<OrderLine>> = HashMap::new();
    for line in lines {
        let medication = medications.get(&line.medication_id).cloned();
        lines_by_order.entry(line.order_id).or_default().push(OrderLine {
            id: line.id.into(),
            medication: medication.unwrap_or_else(|| MedicationRef::unknown(line.medication_id)),
            quantity: units(line.quantity)?,
            delivered: units(line.delivered)?,
            deliveries: deliveries.remove(&line.id).unwrap_or_default(),
            duplicate_of: line.duplicate_of.map(OrderId),
        });
    }
    rows.into_iter()
        .map(|row| {
            let lines = lines_by_order.remove(&row.id).unwrap_or_default();
            let known = cabinets.get(&row.dispenser_id).cloned();
            let (targets, rating) = (targets.filter(|_| waits(&row)), ratings.remove(&row.id));
            order(row, known, lines, targets, rating)
        })
        .collect()
}

async fn deliveries_of<C: ConnectionTrait>(
    database: &C,
    lines: &[order_line::Model],
) -> Result<HashMap<uuid::Uuid, Vec<LineDelivery>>, StoreError> {
    let mut begun: Vec<_> = lines.iter().filter(|line| line.delivered > 0).map(|line| line.order_id).collect();
    begun.dedup();
    let mut by_line: HashMap<_, Vec<LineDelivery>> = HashMap::new();
    if begun.is_empty() {
        return Ok(by_line);
    }
    let rows = delivery::Entity::find()
        .filter(delivery::Column::OrderId.is_in(begun))
        .order_by_asc(delivery::Column::OrderId)
        .order_by_asc(delivery::Column::Seq)
        .order_by_asc(delivery::Column::Position)
        .all(database)
        .await?;
    for row in rows {
        by_line.entry(row.line_id).or_default().push(LineDelivery {
            seq: row.seq,
            quantity: units(row.quantity)?,
            lot: row.lot,
            expires_on: row.expires_on,
        });
    }
    Ok(by_line)
}

pub(crate) fn units(number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Corrupt(format!("a quantity of {number}")))
}

/// The lines of these orders, as they were placed.
pub(crate) async fn lines_of<C: ConnectionTrait>(
    database: &C,
    ids: Vec<uuid::Uuid>,
) -> Result<Vec<order_line::Model>, StoreError> {
    Ok(order_line::Entity::find()
        .filter(order_line::Column::OrderId.is_in(ids))
        .order_by_asc(order_line::Column::OrderId)
        .order_by_asc(order_line::Column::Position)
        .all(database)
        .await?)
}

/// Who has an order.
pub(crate) fn holder(row: &order::Model) -> Result<Option<Person>, StoreError> {
    let corrupt = |error| StoreError::Corrupt(format!("order {}: {error}", row.id));
    Ok(match (row.accepted_by_id, &row.accepted_by_name, &row.accepted_by_role) {
        (Some(id), Some(name), Some(role)) => {
            Some(Person { id: id.into(), name: name.clone(), role: role.parse().map_err(corrupt)? })
        }
        _ => None,
    })
}

fn order(
    row: order::Model,
    known: Option<(DispenserCode, String, Place)>,
    lines: Vec<OrderLine>,
    targets: Option<Targets>,
    feedback: Option<Feedback>,
) -> Result<Order, StoreError> {
    let corrupt = |error| StoreError::Corrupt(format!("order {}: {error}", row.id));
    let accepted_by = holder(&row)?;
    let priority: Priority = row.priority.parse().map_err(corrupt)?;
    Ok(Order {
        id: row.id.into(),
        dispenser: DispenserRef { id: row.dispenser_id.into(), known },
        priority,
        status: row.status.parse().map_err(corrupt)?,
        note: row.note,
        refusal: row.refusal,
        reason: row.reason,
        reason_note: row.reason_note,
        requested_by: Person {
            id: row.requested_by_id.into(),
            name: row.requested_by_name,
            role: row.requested_by_role.parse().map_err(corrupt)?,
        },
        requested_at: row.requested_at,
        accepted_by,
        stored_at: row.stored_at,
        version: units(row.version)?,
        answer_due_at: targets.map(|targets| row.requested_at + Duration::from(targets.of(priority))),
        feedback,
        is_controlled: row.is_controlled,
        traceparent: row.traceparent,
        lines,
    })
}
