//! What people do to an order: one transaction each, around the life cycle's pure rule.

use chrono::{NaiveDate, TimeDelta};
use domain::{
    Change, Delivery, EventKind, Note, OrderId, OrderLineId, OrderState, Quantity, ReasonCode, ReasonList, Refusal,
    StateLine, Status, Step, decide,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde_json::{Map, Value, json};

use crate::entity::{delivery, order, order_line};
use crate::events::{self, NewEvent};
use crate::{Act, Order, OrderEvent, Store, StoreError, lots, orders, reasons};

/// For how long the same part delivered again is the same message sent twice. Later it is another part;
/// whoever means another one earlier says so with a key or a version.
const SENT_TWICE: TimeDelta = TimeDelta::seconds(60);

/// A step as it is asked for.
#[derive(Clone, Debug)]
pub struct StepRequest {
    /// What is done.
    pub step: Step,
    /// Why, where the step wants to know.
    pub reason: Option<Reason>,
    /// The versions of the order that the asker has in mind; `None` for any.
    pub versions: Option<Vec<u32>>,
    /// Tells one asking from another: the same person's same key is the same step.
    pub key: Option<String>,
    /// The day at the hospital, by which lots expire.
    pub today: NaiveDate,
    /// Why a lot is handed over although it has expired.
    pub expired: Option<Reason>,
}

/// Why something is done, by a word of one of the hospital's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which list.
    pub list: ReasonList,
    /// The word.
    pub code: ReasonCode,
    /// In words.
    pub note: Option<Note>,
}

/// Why a step was not done. Nothing has changed.
#[derive(Clone, Debug)]
pub enum NotDone {
    /// There is no such order.
    NoSuchOrder,
    /// This list of reasons does not have this one, or not any more.
    NoSuchReason(ReasonList),
    /// A lot of this line has expired, and no reason says why it is handed over.
    Expired(OrderLineId, NaiveDate, Box<Order>),
    /// The order has another version than the asker has in mind.
    OtherVersion(Box<Order>),
    /// The rules say no, to the order as it stands.
    Refused(Refusal, Box<Order>),
}

impl Store {
    /// Does a step: the order with its history afterwards. A step that the same person has done already is
    /// answered as it was, and not done again.
    ///
    /// # Errors
    /// The database's; why it was not done, within.
    pub async fn step(
        &self,
        id: OrderId,
        request: &StepRequest,
        act: &Act,
    ) -> Result<Result<(Order, Vec<OrderEvent>), NotDone>, StoreError> {
        let transaction = self.begin().await?;
        // Locked: of many who reach for one order, each sees what the one before has made of it.
        let Some(row) = order::Entity::find_by_id(id.0).lock_exclusive().one(&transaction).await? else {
            return Ok(Err(NotDone::NoSuchOrder));
        };
        let history = events::of(&transaction, id).await?;
        let lines = orders::lines_of(&transaction, vec![id.0]).await?;
        let state = state(&row, &lines)?;
        let request = &with_known_expiries(&transaction, &lines, request).await?;
        let refused = match answer(request, &state, orders::units(row.version)?, &history, act) {
            Answer::Repeat => None,
            Answer::OtherVersion => Some(Err(())),
            Answer::Decided(Err(refusal)) => Some(Ok(refusal)),
            Answer::Decided(Ok(change)) => {
                for reason in [&request.reason, &request.expired].into_iter().flatten() {
                    if !reasons::is_active(&transaction, reason.list, &reason.code).await? {
                        return Ok(Err(NotDone::NoSuchReason(reason.list)));
                    }
                }
                let expired = change.deliveries.iter().find(|part| part.is_expired(request.today));
                if let (Some(part), None) = (expired, &request.expired) {
                    let order = orders::with_lines(&transaction, vec![row]).await?.pop();
                    let order = order.ok_or_else(|| StoreError::Corrupt(format!("order {id} vanished")))?;
                    let last_day = part.expires_on.unwrap_or(request.today);
                    return Ok(Err(NotDone::Expired(part.line_id, last_day, Box::new(order))));
                }
                make(&transaction, row.clone(), request, &state, &change, act).await?;
                None
            }
        };
        let row = order::Entity::find_by_id(id.0).all(&transaction).await?;
        let order = orders::with_lines(&transaction, row).await?.pop();
        let order = order.ok_or_else(|| StoreError::Corrupt(format!("order {id} vanished within a transaction")))?;
        let history = events::of(&transaction, id).await?;
        self.commit(transaction).await?;
        Ok(match refused {
            None => Ok((order, history)),
            Some(Ok(refusal)) => Err(NotDone::Refused(refusal, Box::new(order))),
            Some(Err(())) => Err(NotDone::OtherVersion(Box::new(order))),
        })
    }
}

/// The request, with the last days of recorded lots where it does not say them: who scans a lot without its
/// expiry does not make it unknown.
async fn with_known_expiries<C: ConnectionTrait>(
    database: &C,
    lines: &[order_line::Model],
    request: &StepRequest,
) -> Result<StepRequest, StoreError> {
    let mut request = request.clone();
    let Step::Deliver { lines: Some(parts), .. } = &mut request.step else { return Ok(request) };
    let is_open = |part: &Delivery| part.lot.is_some() && part.expires_on.is_none();
    if !parts.iter().any(is_open) {
        return Ok(request);
    }
    let last_days = lots::last_days(database, lines.iter().map(|line| line.medication_id)).await?;
    for part in parts.iter_mut().filter(|part| is_open(part)) {
        let line = lines.iter().find(|line| line.id == part.line_id.0);
        if let (Some(line), Some(lot)) = (line, &part.lot) {
            part.expires_on = last_days.get(&(line.medication_id, lot.to_string())).copied();
        }
    }
    Ok(request)
}

/// What is to be done about a request.
enum Answer {
    Repeat,
    OtherVersion,
    Decided(Result<Change, Refusal>),
}

fn answer(request: &StepRequest, order: &OrderState, version: u32, history: &[OrderEvent], act: &Act) -> Answer {
    let is_theirs = |event: &&OrderEvent| event.by.id == act.by.id && kinds(&request.step).contains(&event.kind);
    if let Some(key) = &request.key {
        let is_of_key = |event: &&OrderEvent| event.data.as_ref().is_some_and(|data| data["key"] == key.as_str());
        if history.iter().filter(is_theirs).any(|event| is_of_key(&event)) {
            return Answer::Repeat;
        }
    }
    let last = history.last().filter(is_theirs).filter(|event| is_same(request, event));
    if let Some(versions) = &request.versions
        && !versions.contains(&version)
    {
        // Who asks again after a lost answer still has the version of before.
        let was_done = last.is_some() && versions.contains(&(version - 1));
        return if was_done { Answer::Repeat } else { Answer::OtherVersion };
    }
    let says_which = request.key.is_some() || request.versions.is_some();
    if !says_which && last.is_some_and(|event| act.at - event.at <= SENT_TWICE) {
        return Answer::Repeat;
    }
    match decide(order, &request.step, &act.by) {
        Err(refusal) if !matches!(refusal, Refusal::RoleMayNot(_)) => {
            // Done already, and only carried on by the same person since.
            let since = history.iter().rposition(|event| is_theirs(&event) && is_same(request, event));
            let carried_on = |event: &OrderEvent| event.by.id == act.by.id && event.kind != EventKind::Released;
            match since {
                Some(since) if history[since + 1..].iter().all(carried_on) => Answer::Repeat,
                _ => Answer::Decided(Err(refusal)),
            }
        }
        decided => Answer::Decided(decided),
    }
}

/// The lines of history that a step leaves.
fn kinds(step: &Step) -> &'static [EventKind] {
    match step {
        Step::Accept => &[EventKind::Accepted],
        Step::Release => &[EventKind::Released],
        Step::Reject => &[EventKind::Rejected],
        Step::Dispatch => &[EventKind::Dispatched],
        Step::Deliver { .. } => &[EventKind::PartiallyDelivered, EventKind::Delivered],
        Step::Receive => &[EventKind::Received],
        Step::Cancel => &[EventKind::Cancelled],
    }
}

/// Whether an event is what the request would have left.
fn is_same(request: &StepRequest, event: &OrderEvent) -> bool {
    let data = event.data.as_ref().unwrap_or(&Value::Null);
    match &request.step {
        Step::Deliver { lines, is_final } => {
            let same_lines = match lines {
                Some(lines) => json!(lines) == data["lines"],
                // All that was left, whatever that was.
                None => event.kind == EventKind::Delivered,
            };
            same_lines
                && *is_final == data["final"].is_object()
                && reason_data(request.reason.as_ref()) == data["final"]
        }
        _ => {
            let reason = reason_data(request.reason.as_ref());
            reason["reason"] == data["reason"] && reason["note"] == data["note"]
        }
    }
}

/// A reason as the history keeps it.
fn reason_data(reason: Option<&Reason>) -> Value {
    let Some(reason) = reason else { return Value::Null };
    let mut data = json!({ "reason": reason.code });
    if let Some(note) = &reason.note {
        data["note"] = json!(note);
    }
    data
}

/// Writes what a change says: the order, its lines, the event, and what was delivered with it.
async fn make<C: ConnectionTrait>(
    database: &C,
    row: order::Model,
    request: &StepRequest,
    before: &OrderState,
    change: &Change,
    act: &Act,
) -> Result<(), StoreError> {
    let (id, version, is_controlled) = (row.id, row.version, row.is_controlled);
    let mut row = row.into_active_model();
    let holder = change.accepted_by.as_ref();
    row.status = Set(change.status.as_str().to_owned());
    row.accepted_by_id = Set(holder.map(|person| person.id.0));
    row.accepted_by_name = Set(holder.map(|person| person.name.clone()));
    row.accepted_by_role = Set(holder.map(|person| person.role.as_str().to_owned()));
    row.version = Set(version + 1);
    if let Some(reason) = &request.reason {
        row.reason = Set(Some(reason.code.to_string()));
        row.reason_note = Set(reason.note.as_ref().map(ToString::to_string));
    }
    row.update(database).await?;
    for part in &change.deliveries {
        order_line::Entity::update_many()
            .col_expr(
                order_line::Column::Delivered,
                sea_orm::sea_query::ExprTrait::add(Expr::col(order_line::Column::Delivered), count(part.quantity)),
            )
            .filter(order_line::Column::Id.eq(part.line_id.0))
            .exec(database)
            .await?;
    }
    let event = NewEvent {
        order_id: id.into(),
        kind: change.event,
        at: act.at,
        by: act.by.clone(),
        data: data(request, before, change),
        content: None,
        is_controlled,
    };
    let seq = events::append(database, vec![event]).await?;
    let deliveries = change.deliveries.iter().zip(0_i16..).map(|(part, position)| delivery::ActiveModel {
        order_id: Set(id),
        seq: Set(seq),
        position: Set(position),
        line_id: Set(part.line_id.0),
        quantity: Set(count(part.quantity)),
        lot: Set(part.lot.as_ref().map(ToString::to_string)),
        expires_on: Set(part.expires_on),
    });
    if !change.deliveries.is_empty() {
        delivery::Entity::insert_many(deliveries).exec_without_returning(database).await?;
    }
    Ok(())
}

/// What the history keeps of a step beside who and when.
fn data(request: &StepRequest, before: &OrderState, change: &Change) -> Option<Value> {
    let mut data = Map::new();
    match &request.step {
        Step::Deliver { is_final, .. } => {
            data.insert("lines".to_owned(), json!(change.deliveries));
            if *is_final {
                data.insert("final".to_owned(), reason_data(request.reason.as_ref()));
            }
            if change.deliveries.iter().any(|part| part.is_expired(request.today)) {
                data.insert("expired".to_owned(), reason_data(request.expired.as_ref()));
            }
        }
        Step::Release => {
            data.insert("accepted_by".to_owned(), json!(before.accepted_by));
        }
        _ => {
            if let Value::Object(reason) = reason_data(request.reason.as_ref()) {
                data.extend(reason);
            }
        }
    }
    if let Some(key) = &request.key {
        data.insert("key".to_owned(), json!(key));
    }
    (!data.is_empty()).then_some(Value::Object(data))
}

pub(crate) fn state(row: &order::Model, lines: &[order_line::Model]) -> Result<OrderState, StoreError> {
    let status: Status =
        row.status.parse().map_err(|error| StoreError::Corrupt(format!("order {}: {error}", row.id)))?;
    let line = |line: &order_line::Model| {
        let ordered = Quantity::new(orders::units(line.quantity)?)
            .map_err(|error| StoreError::Corrupt(format!("line {}: {error}", line.id)))?;
        Ok(StateLine { id: OrderLineId(line.id), ordered, delivered: orders::units(line.delivered)? })
    };
    Ok(OrderState {
        status,
        requested_by: row.requested_by_id.into(),
        accepted_by: orders::holder(row)?,
        lines: lines.iter().map(line).collect::<Result<_, StoreError>>()?,
    })
}

/// A quantity is at most 100,000, so it fits.
fn count(quantity: Quantity) -> i32 {
    i32::try_from(quantity.get()).unwrap_or(i32::MAX)
}
