//! What people do to service calls: opening one, and the steps of its life, one transaction each.

use domain::{
    DispenserId, Note, Person, ReasonCode, ReasonList, ServiceCallChange, ServiceCallId, ServiceCallRefusal,
    ServiceCallState, ServiceCallStatus, ServiceCallStep, decide_service_call,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::{Value, json};

use crate::connect::stored;
use crate::entity::{admin_change, dispenser, service_call};
use crate::orders::units;
use crate::service_calls::{self, whole};
use crate::{Act, ServiceCall, Store, StoreError, changes, reasons};

/// A call to be opened.
#[derive(Clone, Debug)]
pub struct NewServiceCall {
    /// Its id. The same id, content and person is the same call.
    pub id: ServiceCallId,
    /// Which dispenser.
    pub dispenser_id: DispenserId,
    /// What is wrong.
    pub kind: ReasonCode,
    /// Whether the dispenser can still be used in part.
    pub is_partly_usable: bool,
    /// The same in words.
    pub note: Option<Note>,
}

/// Why a call was not opened. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// The hospital does not have this dispenser.
    NoSuchDispenser,
    /// The dispenser is out of use.
    DispenserOutOfUse,
    /// The list of kinds does not have this one, or not any more.
    NoSuchKind,
    /// The id is that of a call with other content, or of another person's.
    OtherContent,
}

/// A step as it is asked for.
#[derive(Clone, Debug)]
pub struct ServiceCallRequest {
    /// What is done.
    pub step: ServiceCallStep,
    /// The versions of the call that the asker has in mind; `None` for any.
    pub versions: Option<Vec<u32>>,
}

/// Why a step was not done. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceCallNotDone {
    /// There is no such call.
    NoSuchCall,
    /// The call has another version than the asker has in mind.
    OtherVersion(Box<ServiceCall>),
    /// The rules say no, to the call as it stands.
    Refused(ServiceCallRefusal, Box<ServiceCall>),
}

impl Store {
    /// Opens a call. An open one of the same kind is told of, and stops nobody. Opened again by the same
    /// person, it is the same call, as it stands now.
    ///
    /// # Errors
    /// The database's; why it was not opened, within.
    pub async fn open_service_call(
        &self,
        new: &NewServiceCall,
        act: &Act,
    ) -> Result<Result<ServiceCall, NotOpened>, StoreError> {
        let transaction = self.begin().await?;
        if let Some(known) = service_call::Entity::find_by_id(new.id.0).one(&transaction).await? {
            return again(&transaction, known, new, act).await;
        }
        // Locked: of two who report the same at once, the second is told of the first.
        let dispenser = dispenser::Entity::find_by_id(new.dispenser_id.0).lock_exclusive().one(&transaction).await?;
        match dispenser {
            None => return Ok(Err(NotOpened::NoSuchDispenser)),
            Some(dispenser) if !dispenser.is_active => return Ok(Err(NotOpened::DispenserOutOfUse)),
            Some(_) => {}
        }
        if !reasons::is_active(&transaction, ReasonList::ServiceCall, &new.kind).await? {
            return Ok(Err(NotOpened::NoSuchKind));
        }
        let row = row(new, act);
        let already = service_calls::open_of(&transaction, vec![row.dispenser_id]).await?;
        let duplicate_of = already.iter().find(|open| open.kind == row.kind).map(|open| ServiceCallId(open.id));
        let inserted = service_call::Entity::insert(row.clone().into_active_model().reset_all())
            .on_conflict(OnConflict::column(service_call::Column::Id).do_nothing().to_owned())
            .exec_without_returning(&transaction)
            .await?;
        if inserted == 0 {
            // The same id came twice at once, and the other has committed.
            let known = service_call::Entity::find_by_id(new.id.0).one(&transaction).await?;
            let known = known.ok_or_else(|| StoreError::Corrupt(format!("service call {} vanished", new.id)))?;
            return again(&transaction, known, new, act).await;
        }
        let facts = json!({
            "dispenser_id": row.dispenser_id,
            "kind": row.kind,
            "is_partly_usable": row.is_partly_usable,
            "note": row.note,
        });
        let mut call = whole(&transaction, row).await?;
        call.duplicate_of = duplicate_of;
        changes::record(&transaction, act, "service_call.opened", Some(new.id.0), Some(facts)).await?;
        transaction.commit().await?;
        Ok(Ok(call))
    }

    /// Does a step: the call afterwards. A step that was the last thing to happen to the call, and was done by
    /// the same person, is answered as it was, and not done again.
    ///
    /// # Errors
    /// The database's; why it was not done, within.
    pub async fn step_service_call(
        &self,
        id: ServiceCallId,
        request: &ServiceCallRequest,
        act: &Act,
    ) -> Result<Result<ServiceCall, ServiceCallNotDone>, StoreError> {
        let transaction = self.begin().await?;
        // Locked: of many who reach for one call, each sees what the one before has made of it.
        let found = service_call::Entity::find_by_id(id.0).lock_exclusive().one(&transaction).await?;
        let Some(row) = found else { return Ok(Err(ServiceCallNotDone::NoSuchCall)) };
        let version = units(row.version)?;
        let is_done = is_last_change(&transaction, &row, &request.step, act).await?;
        if let Some(versions) = &request.versions
            && !versions.contains(&version)
        {
            let call = whole(&transaction, row).await?;
            // Who asks again after a lost answer still has the version of before.
            let is_repeat = is_done && versions.contains(&(version - 1));
            return Ok(if is_repeat { Ok(call) } else { Err(ServiceCallNotDone::OtherVersion(Box::new(call))) });
        }
        if is_done {
            return Ok(Ok(whole(&transaction, row).await?));
        }
        let change = match decide_service_call(&state(&row)?, &request.step, &act.by) {
            Ok(change) => change,
            Err(refusal) => {
                let call = whole(&transaction, row).await?;
                return Ok(Err(ServiceCallNotDone::Refused(refusal, Box::new(call))));
            }
        };
        let before = service_calls::worker(&row)?;
        let row = write(&transaction, row, &change, act).await?;
        let call = whole(&transaction, row).await?;
        let data = data(&request.step, before.as_ref());
        changes::record(&transaction, act, kind(&request.step), Some(id.0), data).await?;
        transaction.commit().await?;
        Ok(Ok(call))
    }
}

/// The call that has the id already, if it is the same one.
async fn again<C: ConnectionTrait>(
    database: &C,
    known: service_call::Model,
    new: &NewServiceCall,
    act: &Act,
) -> Result<Result<ServiceCall, NotOpened>, StoreError> {
    let content = |row: &service_call::Model| {
        (row.dispenser_id, row.kind.clone(), row.is_partly_usable, row.note.clone(), row.opened_by_id)
    };
    if content(&known) != content(&row(new, act)) {
        return Ok(Err(NotOpened::OtherContent));
    }
    whole(database, known).await.map(Ok)
}

fn row(new: &NewServiceCall, act: &Act) -> service_call::Model {
    service_call::Model {
        id: new.id.0,
        dispenser_id: new.dispenser_id.0,
        kind: new.kind.to_string(),
        is_partly_usable: new.is_partly_usable,
        note: new.note.as_ref().map(ToString::to_string),
        status: ServiceCallStatus::Open.as_str().to_owned(),
        version: 1,
        opened_by_id: act.by.id.0,
        opened_by_name: act.by.name.clone(),
        opened_by_role: act.by.role.as_str().to_owned(),
        opened_at: stored(act.at),
        worked_by_id: None,
        worked_by_name: None,
        worked_by_role: None,
        started_at: None,
        closed_at: None,
        outcome: None,
    }
}

/// What the record calls a step.
fn kind(step: &ServiceCallStep) -> &'static str {
    match step {
        ServiceCallStep::Start => "service_call.started",
        ServiceCallStep::Release => "service_call.released",
        ServiceCallStep::Resolve { .. } => "service_call.resolved",
        ServiceCallStep::Cancel { .. } => "service_call.cancelled",
    }
}

/// What the record keeps of a step beside who and when; `worked_by` is who worked on the call before.
fn data(step: &ServiceCallStep, worked_by: Option<&Person>) -> Option<Value> {
    match step {
        ServiceCallStep::Start => None,
        ServiceCallStep::Release => Some(json!({ "worked_by": worked_by })),
        ServiceCallStep::Resolve { outcome } => Some(json!({ "outcome": outcome })),
        ServiceCallStep::Cancel { note } => note.as_ref().map(|note| json!({ "note": note })),
    }
}

/// Whether the last that happened to a call is this step, done by the same person in the same words. The
/// record knows: each change of a call is a row of it.
async fn is_last_change<C: ConnectionTrait>(
    database: &C,
    row: &service_call::Model,
    step: &ServiceCallStep,
    act: &Act,
) -> Result<bool, StoreError> {
    let last = admin_change::Entity::find()
        .filter(admin_change::Column::SubjectId.eq(row.id))
        .order_by_desc(admin_change::Column::Seq)
        .one(database)
        .await?;
    let words = match step {
        ServiceCallStep::Start | ServiceCallStep::Release => None,
        ServiceCallStep::Resolve { outcome } => Some(outcome.as_str()),
        ServiceCallStep::Cancel { note } => note.as_ref().map(Note::as_str),
    };
    let is_same = |last: admin_change::Model| last.kind == kind(step) && last.by_id == act.by.id.0;
    Ok(last.is_some_and(is_same) && row.outcome.as_deref() == words)
}

fn state(row: &service_call::Model) -> Result<ServiceCallState, StoreError> {
    Ok(ServiceCallState {
        status: service_calls::status(row)?,
        opened_by: row.opened_by_id.into(),
        worked_by: service_calls::worker(row)?,
    })
}

/// Writes what a change says: the row afterwards.
async fn write<C: ConnectionTrait>(
    database: &C,
    row: service_call::Model,
    change: &ServiceCallChange,
    act: &Act,
) -> Result<service_call::Model, StoreError> {
    let now = Some(stored(act.at));
    let version = row.version;
    let mut row = row.into_active_model();
    match change.status {
        ServiceCallStatus::Open => row.started_at = Set(None),
        ServiceCallStatus::InProgress => row.started_at = Set(now),
        ServiceCallStatus::Resolved | ServiceCallStatus::Cancelled => row.closed_at = Set(now),
    }
    let worked_by = change.worked_by.as_ref();
    row.status = Set(change.status.as_str().to_owned());
    row.version = Set(version + 1);
    row.worked_by_id = Set(worked_by.map(|person| person.id.0));
    row.worked_by_name = Set(worked_by.map(|person| person.name.clone()));
    row.worked_by_role = Set(worked_by.map(|person| person.role.as_str().to_owned()));
    row.outcome = Set(change.outcome.as_ref().map(ToString::to_string));
    Ok(row.update(database).await?)
}
