//! Targets: within what time an order of each priority is to be taken.

use domain::{Priority, Target, Targets};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, QuerySelect};
use serde_json::{Value, json};

use crate::entity::target;
use crate::{Act, Store, StoreError, changes};

impl Store {
    /// The targets in force.
    ///
    /// # Errors
    /// The database's.
    pub async fn targets(&self) -> Result<Targets, StoreError> {
        read(&self.read).await
    }

    /// Sets them.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_targets(&self, targets: Targets, act: &Act) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        // Locked: of two changes at once, each is recorded with what it found.
        let rows = target::Entity::find().lock_exclusive().all(&transaction).await?;
        let before = of(&rows)?;
        if let Some(difference) = changes::difference(&facts(before), &facts(targets)) {
            for priority in Priority::ALL {
                let row = target::ActiveModel {
                    priority: Set(priority.as_str().to_owned()),
                    // At most a week.
                    seconds: Set(i32::try_from(targets.of(priority).seconds()).unwrap_or(i32::MAX)),
                };
                row.update(&transaction).await?;
            }
            changes::record(&transaction, act, "targets.changed", None, Some(difference)).await?;
        }
        Ok(transaction.commit().await?)
    }
}

pub(crate) async fn read<C: ConnectionTrait>(database: &C) -> Result<Targets, StoreError> {
    of(&target::Entity::find().all(database).await?)
}

fn of(rows: &[target::Model]) -> Result<Targets, StoreError> {
    let target = |priority: Priority| {
        let row = rows.iter().find(|row| row.priority == priority.as_str());
        let seconds = row.and_then(|row| u32::try_from(row.seconds).ok());
        let target = seconds.and_then(|seconds| Target::new(seconds).ok());
        target.ok_or_else(|| StoreError::Corrupt(format!("the target of the priority {priority}")))
    };
    Ok(Targets {
        routine: target(Priority::Routine)?,
        urgent: target(Priority::Urgent)?,
        stat: target(Priority::Stat)?,
    })
}

fn facts(targets: Targets) -> Value {
    json!({
        "routine": targets.routine.seconds(),
        "urgent": targets.urgent.seconds(),
        "stat": targets.stat.seconds(),
    })
}
