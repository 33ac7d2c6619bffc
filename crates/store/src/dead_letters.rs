//! Dead letters: messages that could not be processed, kept whole for a person, who decides what becomes of
//! them. None is ever deleted.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{DeadLetterState, Person};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::arrivals::{Letter, Unreadable};
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
    /// The version of the message's form that its reader must know, where that is all that is wrong with it.
    pub needs_version: Option<u32>,
    /// When it first came.
    pub first_seen_at: DateTime<Utc>,
    /// When it last came.
    pub last_seen_at: DateTime<Utc>,
    /// How often it came.
    pub seen: u32,
    /// Where it stands.
    pub state: DeadLetterState,
    /// What was decided about it; nothing while it waits.
    pub decision: Option<Decision>,
}

/// Who decided about a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub by: Person,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, in their words, where it was discarded.
    pub reason: Option<String>,
}

/// Name space of the ids (UUID version 5).
const LETTERS: Uuid = Uuid::from_u128(0x6f1a_4f0c_9d0b_4a3e_8a55_b071_ca00_0002);

impl Letter {
    /// A message that comes again, since its acknowledgement was lost or since it was replayed, is the same
    /// letter.
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
    /// Dead letters that stand in one of these states, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn dead_letters(
        &self,
        states: &[DeadLetterState],
        before: Option<After<DateTime<Utc>>>,
        limit: u64,
    ) -> Result<Page<DeadLetter, DateTime<Utc>>, StoreError> {
        let states = states.iter().map(|state| state.as_str());
        let mut query = dead_letter::Entity::find().filter(dead_letter::Column::State.is_in(states));
        if let Some(before) = before {
            let is_before = crate::page::is_before(dead_letter::Column::FirstSeenAt, dead_letter::Column::Id, before);
            query = query.filter(is_before);
        }
        let rows = query
            .order_by_desc(dead_letter::Column::FirstSeenAt)
            .order_by_desc(dead_letter::Column::Id)
            .limit(limit + 1)
            .all(&self.read)
            .await?;
        let (rows, next) = cut(rows, limit, |row| After { key: row.first_seen_at, id: row.id });
        Ok(Page { items: rows.into_iter().map(DeadLetter::try_from).collect::<Result<_, _>>()?, next })
    }

    /// One of them, whatever its state; `None` when there is none.
    ///
    /// # Errors
    /// The database's.
    pub async fn dead_letter(&self, id: Uuid) -> Result<Option<DeadLetter>, StoreError> {
        dead_letter::Entity::find_by_id(id).one(&self.read).await?.map(DeadLetter::try_from).transpose()
    }

    /// How many there are, in any state.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_dead_letters(&self) -> Result<u64, StoreError> {
        Ok(dead_letter::Entity::find().count(&self.read).await?)
    }
}

/// Keeps letters with the reason of each. One that is there already is counted once more and waits again:
/// whatever was decided about it, it is here, and could not be processed.
pub(crate) async fn keep<C: ConnectionTrait>(
    database: &C,
    mut letters: Vec<(&Letter, Unreadable)>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    use dead_letter::Column;
    // In one order: two consumers that keep the same letters would wait for each other.
    letters.sort_by_cached_key(|(letter, _)| letter.id());
    for (letter, why) in letters {
        let row = dead_letter::ActiveModel {
            id: Set(letter.id()),
            message_id: Set(letter.message_id.as_deref().map(without_nul)),
            kind: Set(letter.kind.as_deref().map(without_nul)),
            traceparent: Set(letter.traceparent.as_deref().map(without_nul)),
            body: Set(letter.body.clone()),
            reason: Set(without_nul(&why.reason)),
            first_seen_at: Set(stored(now)),
            last_seen_at: Set(stored(now)),
            seen: Set(1),
            headers: Set(headers(&letter.headers)),
            needs_version: Set(why.needs_version.map(i64::from)),
            state: Set(DeadLetterState::Waiting.as_str().to_owned()),
            decided_at: Set(None),
            decided_by_id: Set(None),
            decided_by_name: Set(None),
            decided_by_role: Set(None),
            decision_reason: Set(None),
            claimed_at: Set(None),
        };
        let seen_again = OnConflict::column(Column::Id)
            .update_columns([
                Column::LastSeenAt,
                Column::Reason,
                Column::Headers,
                Column::NeedsVersion,
                Column::State,
                Column::DecidedAt,
                Column::DecidedById,
                Column::DecidedByName,
                Column::DecidedByRole,
                Column::DecisionReason,
                Column::ClaimedAt,
            ])
            .value(Column::Seen, Expr::col((dead_letter::Entity, Column::Seen)).add(1))
            .to_owned();
        dead_letter::Entity::insert(row).on_conflict(seen_again).exec_without_returning(database).await?;
    }
    Ok(())
}

/// PostgreSQL's text can't hold NUL; the headers of a stranger's message may.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn headers(headers: &BTreeMap<String, String>) -> Option<Value> {
    let member = |(name, value): (&String, &String)| (without_nul(name), Value::from(without_nul(value)));
    (!headers.is_empty()).then(|| Value::Object(headers.iter().map(member).collect::<Map<_, _>>()))
}

impl TryFrom<dead_letter::Model> for DeadLetter {
    type Error = StoreError;
    fn try_from(row: dead_letter::Model) -> Result<Self, StoreError> {
        let id = row.id;
        let corrupt = |what: &dyn std::fmt::Display| StoreError::Corrupt(format!("the dead letter {id}: {what}"));
        let decision = match (row.decided_at, row.decided_by_id, row.decided_by_name, row.decided_by_role) {
            (Some(at), Some(by_id), Some(name), Some(role)) => {
                let role = role.parse().map_err(|error| corrupt(&error))?;
                Some(Decision { by: Person { id: by_id.into(), name, role }, at, reason: row.decision_reason })
            }
            _ => None,
        };
        let headers = row.headers.map(serde_json::from_value).transpose().map_err(|error| corrupt(&error))?;
        Ok(DeadLetter {
            id,
            letter: Letter {
                message_id: row.message_id,
                kind: row.kind,
                traceparent: row.traceparent,
                headers: headers.unwrap_or_default(),
                body: row.body,
            },
            reason: row.reason,
            needs_version: row.needs_version.and_then(|version| u32::try_from(version).ok()),
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            seen: u32::try_from(row.seen).unwrap_or(0),
            state: row.state.parse().map_err(|error| corrupt(&error))?,
            decision,
        })
    }
}
