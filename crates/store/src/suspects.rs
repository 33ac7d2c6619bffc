//! Messages that may have killed whoever read them. Each is tried alone, and each try is written down before
//! it is made: a try that is still there was somebody's end.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};

use crate::connect::stored;
use crate::entity::suspect;
use crate::{Store, StoreError};

/// A suspected message, known by the SHA-256 of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Suspect([u8; 32]);

impl Suspect {
    /// The message with this body.
    pub fn of(body: &[u8]) -> Self {
        Suspect(Sha256::digest(body).into())
    }

    fn key(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl Store {
    /// How often each of these was tried alone; who was not tried is not among the answers.
    ///
    /// # Errors
    /// The database's.
    pub async fn tries_of(&self, suspects: &[Suspect]) -> Result<HashMap<Suspect, u32>, StoreError> {
        let keys = suspects.iter().map(|suspect| suspect.key());
        let rows = suspect::Entity::find().filter(suspect::Column::BodyHash.is_in(keys)).all(&self.read).await?;
        let tries = |row: suspect::Model| {
            let hash = <[u8; 32]>::try_from(row.body_hash).ok()?;
            Some((Suspect(hash), u32::try_from(row.tries).unwrap_or(0)))
        };
        Ok(rows.into_iter().filter_map(tries).collect())
    }

    /// Writes down that it is now tried alone. Once that is survived, [`Store::end_suspicion`] takes it back.
    ///
    /// # Errors
    /// The database's; then it must not be tried.
    pub async fn begin_try(&self, suspect: Suspect, now: DateTime<Utc>) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let row = suspect::ActiveModel { body_hash: Set(suspect.key()), tries: Set(1), last_at: Set(stored(now)) };
        let once_more = OnConflict::column(suspect::Column::BodyHash)
            .update_column(suspect::Column::LastAt)
            .value(suspect::Column::Tries, Expr::col((suspect::Entity, suspect::Column::Tries)).add(1))
            .to_owned();
        suspect::Entity::insert(row).on_conflict(once_more).exec_without_returning(&transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// It was read and nobody died of it: it is suspected no more, whatever was before.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_suspicion(&self, suspect: Suspect) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        clear(&transaction, suspect).await?;
        Ok(transaction.commit().await?)
    }
}

/// It is suspected no more.
pub(crate) async fn clear<C: ConnectionTrait>(database: &C, suspect: Suspect) -> Result<(), StoreError> {
    suspect::Entity::delete_by_id(suspect.key()).exec(database).await?;
    Ok(())
}
