//! Service calls as they are read: dispensers that do not work, and who mends them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{DispenserId, Person, ServiceCallId, ServiceCallStatus};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::entity::{dispenser, service_call};
use crate::orders::units;
use crate::page::{cut, is_before};
use crate::{After, DispenserRef, Page, Store, StoreError, dispensers};

/// A report that a dispenser does not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCall {
    /// Its id.
    pub id: ServiceCallId,
    /// Which dispenser.
    pub dispenser: DispenserRef,
    /// What is wrong: a word of the hospital's list.
    pub kind: String,
    /// Whether the dispenser can still be used in part.
    pub is_partly_usable: bool,
    /// The same in words.
    pub note: Option<String>,
    /// Where it stands.
    pub status: ServiceCallStatus,
    /// Counts its changes, from 1.
    pub version: u32,
    /// Who opened it.
    pub opened_by: Person,
    /// When.
    pub opened_at: DateTime<Utc>,
    /// Who works on it, or worked on it when it was closed.
    pub worked_by: Option<Person>,
    /// When they began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was resolved or cancelled.
    pub closed_at: Option<DateTime<Utc>>,
    /// How it ended, in the words of who ended it.
    pub outcome: Option<String>,
    /// The open call of the same kind that the dispenser had before; nothing is stored of it.
    pub duplicate_of: Option<ServiceCallId>,
}

/// Which calls to list; what is not set does not matter.
#[derive(Clone, Debug, Default)]
pub struct ServiceCallFilter {
    /// One of these; empty for any.
    pub statuses: Vec<ServiceCallStatus>,
    /// Whether somebody still has something to do.
    pub is_open: Option<bool>,
    /// Of this dispenser.
    pub dispenser_id: Option<DispenserId>,
    /// Of a dispenser on the ward of this name.
    pub ward: Option<String>,
}

impl Store {
    /// One call.
    ///
    /// # Errors
    /// The database's.
    pub async fn service_call(&self, id: ServiceCallId) -> Result<Option<ServiceCall>, StoreError> {
        let rows = service_call::Entity::find_by_id(id.0).all(&self.read).await?;
        Ok(with_dispensers(&self.read, rows).await?.pop())
    }

    /// Calls, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn service_calls(
        &self,
        filter: &ServiceCallFilter,
        before: Option<After<DateTime<Utc>>>,
        limit: u64,
    ) -> Result<Page<ServiceCall, DateTime<Utc>>, StoreError> {
        let mut query = filtered(service_call::Entity::find(), filter);
        if let Some(before) = before {
            query = query.filter(is_before(service_call::Column::OpenedAt, service_call::Column::Id, before));
        }
        let rows = query
            .order_by_desc(service_call::Column::OpenedAt)
            .order_by_desc(service_call::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.opened_at, id: row.id });
        Ok(Page { items: with_dispensers(&self.read, rows).await?, next })
    }

    /// How many open calls each of these dispensers has; one without any is left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_open_service_calls(&self, ids: &[DispenserId]) -> Result<HashMap<DispenserId, u32>, StoreError> {
        let counts = service_call::Entity::find()
            .select_only()
            .column(service_call::Column::DispenserId)
            .column_as(service_call::Column::Id.count(), "open")
            .filter(service_call::Column::DispenserId.is_in(ids.iter().map(|id| id.0)))
            .filter(is_open(true))
            .group_by(service_call::Column::DispenserId)
            .into_tuple::<(Uuid, i64)>()
            .all(&self.read)
            .await?;
        Ok(counts.into_iter().map(|(id, open)| (id.into(), u32::try_from(open).unwrap_or(u32::MAX))).collect())
    }
}

fn filtered(mut query: Select<service_call::Entity>, filter: &ServiceCallFilter) -> Select<service_call::Entity> {
    if !filter.statuses.is_empty() {
        query = query.filter(service_call::Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
    }
    if let Some(wanted) = filter.is_open {
        query = query.filter(is_open(wanted));
    }
    if let Some(id) = filter.dispenser_id {
        query = query.filter(service_call::Column::DispenserId.eq(id.0));
    }
    if let Some(ward) = &filter.ward {
        query = query.filter(service_call::Column::DispenserId.in_subquery(dispensers::of_ward(ward)));
    }
    query
}

fn is_open(wanted: bool) -> SimpleExpr {
    let statuses = ServiceCallStatus::ALL.into_iter().filter(|status| status.is_open() == wanted);
    service_call::Column::Status.is_in(statuses.map(ServiceCallStatus::as_str))
}

/// The open calls of these dispensers, the oldest first.
pub(crate) async fn open_of<C: ConnectionTrait>(
    database: &C,
    dispensers: Vec<Uuid>,
) -> Result<Vec<service_call::Model>, StoreError> {
    Ok(service_call::Entity::find()
        .filter(service_call::Column::DispenserId.is_in(dispensers))
        .filter(is_open(true))
        .order_by_asc(service_call::Column::OpenedAt)
        .order_by_asc(service_call::Column::Id)
        .all(database)
        .await?)
}

/// One call out of its row.
pub(crate) async fn whole<C: ConnectionTrait>(
    database: &C,
    row: service_call::Model,
) -> Result<ServiceCall, StoreError> {
    let id = row.id;
    let call = with_dispensers(database, vec![row]).await?.pop();
    call.ok_or_else(|| StoreError::Corrupt(format!("service call {id} vanished")))
}

/// Finds the dispensers of these calls, and the open calls that each has already, in one query each.
async fn with_dispensers<C: ConnectionTrait>(
    database: &C,
    rows: Vec<service_call::Model>,
) -> Result<Vec<ServiceCall>, StoreError> {
    let cabinets = dispenser::Entity::find()
        .filter(dispenser::Column::Id.is_in(rows.iter().map(|row| row.dispenser_id)))
        .all(database)
        .await?;
    let cabinets: HashMap<_, _> = dispensers::with_places(database, cabinets)
        .await?
        .into_iter()
        .map(|dispenser| (dispenser.id.0, (dispenser.code, dispenser.name, dispenser.place)))
        .collect();
    let mut of_open = Vec::new();
    for row in &rows {
        if status(row)?.is_open() {
            of_open.push(row.dispenser_id);
        }
    }
    let open = if of_open.is_empty() { vec![] } else { open_of(database, of_open).await? };
    rows.into_iter()
        .map(|row| {
            let is_open = status(&row)?.is_open();
            let first = open.iter().find(|open| (open.dispenser_id, &open.kind) == (row.dispenser_id, &row.kind));
            let duplicate_of = first.filter(|first| is_open && first.id != row.id).map(|first| first.id);
            let dispenser =
                DispenserRef { id: row.dispenser_id.into(), known: cabinets.get(&row.dispenser_id).cloned() };
            call(row, dispenser, duplicate_of)
        })
        .collect()
}

pub(crate) fn status(row: &service_call::Model) -> Result<ServiceCallStatus, StoreError> {
    row.status.parse().map_err(|error| StoreError::Corrupt(format!("service call {}: {error}", row.id)))
}

/// Who works on a call.
pub(crate) fn worker(row: &service_call::Model) -> Result<Option<Person>, StoreError> {
    let corrupt = |error| StoreError::Corrupt(format!("service call {}: {error}", row.id));
    Ok(match (row.worked_by_id, &row.worked_by_name, &row.worked_by_role) {
        (Some(id), Some(name), Some(role)) => {
            Some(Person { id: id.into(), name: name.clone(), role: role.parse().map_err(corrupt)? })
        }
        _ => None,
    })
}

fn call(
    row: service_call::Model,
    dispenser: DispenserRef,
    duplicate_of: Option<Uuid>,
) -> Result<ServiceCall, StoreError> {
    let corrupt = |error| StoreError::Corrupt(format!("service call {}: {error}", row.id));
    Ok(ServiceCall {
        id: row.id.into(),
        dispenser,
        status: status(&row)?,
        version: units(row.version)?,
        worked_by: worker(&row)?,
        opened_by: Person {
            id: row.opened_by_id.into(),
            name: row.opened_by_name,
            role: row.opened_by_role.parse().map_err(corrupt)?,
        },
        kind: row.kind,
        is_partly_usable: row.is_partly_usable,
        note: row.note,
        opened_at: row.opened_at,
        started_at: row.started_at,
        closed_at: row.closed_at,
        outcome: row.outcome,
        duplicate_of: duplicate_of.map(ServiceCallId),
    })
}
