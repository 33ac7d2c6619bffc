//! Dead letters: messages that could not be processed, kept whole for a person.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, PaginatorTrait, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::arrivals::Letter;
use crate::connect::stored;
use crate::entity::dead_letter;
use crate::page::cut;
use crate::{After, Page, Store, StoreError};

/// A message that could not be processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id; follows from its content.
    pub id: Uuid,
    /// What came, to the byte.
    pub letter: Letter,
    /// Why it could not be processed, for a person.
    pub reason: String,
    /// When it first came.
    pub first_seen_at: DateTime<Utc>,
    /// When it last came.
    pub last_seen_at: DateTime<Utc>,
    /// How often it came.
    pub seen: u32,
}

/// Name space of the ids (UUID version 5).
const LETTERS: Uuid = Uuid::from_u128(0x6f1a_4f0c_9d0b_4a3e_8a55_b071_ca00_0002);

impl Letter {
    /// A message that comes again, since its acknowledgement was lost, is the same letter.
    fn id(&self) -> Uuid {
        let mut content = Vec::with_capacity(self.body.len() + 128);
        for part in [&self.message_id, &self.kind] {
            content.extend_from_slice(part.as_deref().unwrap_or_default().as_bytes());
            content.push(0);
        }
        content.extend_from_slice(&self.body);
        Uuid::new_v5(&LETTERS, &content)
    }
}

impl Store {
    /// Dead letters, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn dead_letters(
        &self,
        before: Option<After<DateTime<Utc>>>,
        limit: u64,
    ) -> Result<Page<DeadLetter, DateTime<Utc>>, StoreError> {
        let mut query = dead_letter::Entity::find();
        if let Some(before) = before {
            let is_before = crate::page::is_before(dead_letter::Column::FirstSeenAt, dead_letter::Column::Id, before);
            query = sea_orm::QueryFilter::filter(query, is_before);
        }
        let rows = query
            .order_by_desc(dead_letter::Column::FirstSeenAt)
            .order_by_desc(dead_letter::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.first_seen_at, id: row.id });
        Ok(Page { items: rows.into_iter().map(Into::into).collect(), next })
    }

    /// How many there are.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_dead_letters(&self) -> Result<u64, StoreError> {
        Ok(dead_letter::Entity::find().count(&self.read).await?)
    }
}

/// Keeps letters with the reason of each. One that is there already is counted once more.
pub(crate) async fn keep<C: ConnectionTrait>(
    database: &C,
    letters: &[(&Letter, String)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for (letter, reason) in letters {
        let row = dead_letter::ActiveModel {
            id: Set(letter.id()),
            message_id: Set(letter.message_id.as_deref().map(without_nul)),
            kind: Set(letter.kind.as_deref().map(without_nul)),
            traceparent: Set(letter.traceparent.as_deref().map(without_nul)),
            body: Set(letter.body.clone()),
            reason: Set(without_nul(reason)),
            first_seen_at: Set(stored(now)),
            last_seen_at: Set(stored(now)),
            seen: Set(1),
        };
        let seen_again = OnConflict::column(dead_letter::Column::Id)
            .update_columns([dead_letter::Column::LastSeenAt, dead_letter::Column::Reason])
            .value(dead_letter::Column::Seen, Expr::col((dead_letter::Entity, dead_letter::Column::Seen)).add(1))
            .to_owned();
        dead_letter::Entity::insert(row).on_conflict(seen_again).exec_without_returning(database).await?;
    }
    Ok(())
}

/// PostgreSQL's text can't hold NUL; the headers of a stranger's message may.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

impl From<dead_letter::Model> for DeadLetter {
    fn from(row: dead_letter::Model) -> Self {
        DeadLetter {
            id: row.id,
            letter: Letter { message_id: row.message_id, kind: row.kind, traceparent: row.traceparent, body: row.body },
            reason: row.reason,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            seen: u32::try_from(row.seen).unwrap_or(0),
        }
    }
}
