//! How much waits, for whoever watches the whole.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use domain::{DeadLetterState, Priority, Status};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

use crate::entity::{dead_letter, order};
use crate::{Store, StoreError};

/// Orders of one priority that nobody has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingOrders {
    /// Theirs.
    pub priority: Priority,
    /// How many.
    pub count: u64,
    /// When the one was placed that waits longest.
    pub oldest: Option<DateTime<Utc>>,
}

/// Connections to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// At work.
    pub busy: u32,
    /// Free to be used.
    pub idle: u32,
}

impl Store {
    /// What waits for the pharmacy, of each priority.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting_orders(&self) -> Result<Vec<WaitingOrders>, StoreError> {
        let rows: Vec<(String, i64, Option<DateTime<Utc>>)> = order::Entity::find()
            .select_only()
            .column(order::Column::Priority)
            .column_as(order::Column::Id.count(), "count")
            .column_as(order::Column::RequestedAt.min(), "oldest")
            .filter(order::Column::Status.eq(Status::Requested.as_str()))
            .group_by(order::Column::Priority)
            .into_tuple()
            .all(&self.read)
            .await?;
        let mut waiting = Priority::ALL.map(|priority| WaitingOrders { priority, count: 0, oldest: None });
        for (priority, count, oldest) in rows {
            let priority = Priority::from_str(&priority).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            for one in waiting.iter_mut().filter(|one| one.priority == priority) {
                (one.count, one.oldest) = (count.unsigned_abs(), oldest);
            }
        }
        Ok(waiting.into())
    }

    /// How many dead letters wait for a person.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting_letters(&self) -> Result<u64, StoreError> {
        let waiting = dead_letter::Column::State.eq(DeadLetterState::Waiting.as_str());
        Ok(dead_letter::Entity::find().filter(waiting).count(&self.read).await?)
    }

    /// Its connections, as they are now.
    pub fn connections(&self) -> Connections {
        let of = |open: u32, idle: usize| {
            let idle = u32::try_from(idle).unwrap_or(open);
            Connections { busy: open.saturating_sub(idle), idle }
        };
        if self.is_postgres() {
            let pool = self.read.get_postgres_connection_pool();
            return of(pool.size(), pool.num_idle());
        }
        let [read, write] = [&self.read, &self.write].map(|pool| pool.get_sqlite_connection_pool());
        of(read.size() + write.size(), read.num_idle() + write.num_idle())
    }
}
