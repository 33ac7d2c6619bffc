//! What people decide about dead letters, and how a replay is carried out.
//!
//! To replay is to mark: whoever has the queue looks for marked letters, claims one, puts it into the queue,
//! and marks it as replayed. Killed in between, it is put there twice, which has one effect.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{DeadLetterState, DiscardReason, Person};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::connect::stored;
use crate::entity::dead_letter;
use crate::entity::dead_letter::Column;
use crate::{Act, DeadLetter, Store, StoreError, changes};

/// Why nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDecided {
    /// There is no such dead letter.
    NoSuchLetter,
    /// Something else was decided about it already, or by somebody else.
    NotWaiting(Box<DeadLetter>),
}

/// How long a claim holds. Longer than a publish takes; after it, whoever claimed is taken for dead.
const CLAIM: TimeDelta = TimeDelta::seconds(15);

/// How long a letter that came back from a replay by itself is left alone: another consumer, not yet upgraded,
/// may be the one that gets it.
const AGAIN: TimeDelta = TimeDelta::seconds(60);

/// Letters of one look: their bodies are read into memory.
const AT_ONCE: u64 = 20;

impl Store {
    /// Marks a waiting letter to be put into the order queue again. Repeated by the same person, it stays as it
    /// is.
    ///
    /// # Errors
    /// The database's.
    pub async fn replay_dead_letter(&self, id: Uuid, act: &Act) -> Result<Result<DeadLetter, NotDecided>, StoreError> {
        self.decide_dead_letter(id, None, act).await
    }

    /// Gives a waiting letter up, for a reason. Repeated by the same person with the same reason, it stays as it
    /// is.
    ///
    /// # Errors
    /// The database's.
    pub async fn discard_dead_letter(
        &self,
        id: Uuid,
        reason: &DiscardReason,
        act: &Act,
    ) -> Result<Result<DeadLetter, NotDecided>, StoreError> {
        self.decide_dead_letter(id, Some(reason), act).await
    }

    /// To discard it with this reason, or to replay it.
    async fn decide_dead_letter(
        &self,
        id: Uuid,
        discard: Option<&DiscardReason>,
        act: &Act,
    ) -> Result<Result<DeadLetter, NotDecided>, StoreError> {
        let transaction = self.begin().await?;
        let Some(row) = dead_letter::Entity::find_by_id(id).lock_exclusive().one(&transaction).await? else {
            return Ok(Err(NotDecided::NoSuchLetter));
        };
        let before = DeadLetter::try_from(row.clone())?;
        if before.state != DeadLetterState::Waiting {
            let is_repeated = is_decided_so(&before, discard, &act.by);
            return Ok(if is_repeated { Ok(before) } else { Err(NotDecided::NotWaiting(Box::new(before))) });
        }
        let state = if discard.is_some() { DeadLetterState::Discarded } else { DeadLetterState::Replaying };
        let mut row = row.into_active_model();
        row.state = Set(state.as_str().to_owned());
        row.decided_at = Set(Some(stored(act.at)));
        row.decided_by_id = Set(Some(act.by.id.0));
        row.decided_by_name = Set(Some(act.by.name.clone()));
        row.decided_by_role = Set(Some(act.by.role.as_str().to_owned()));
        row.decision_reason = Set(discard.map(ToString::to_string));
        row.claimed_at = Set(None);
        let after = DeadLetter::try_from(row.update(&transaction).await?)?;
        let kind = if discard.is_some() { "dead_letter.discarded" } else { "dead_letter.replayed" };
        changes::record(&transaction, act, kind, Some(id), Some(facts(&after, discard))).await?;
        transaction.commit().await?;
        Ok(Ok(after))
    }

    /// Marks the waiting letters whose only fault was a version up to `version` to be replayed, in the name of
    /// `act`; how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn replay_readable(&self, version: u32, act: &Act) -> Result<usize, StoreError> {
        let was_left_alone = Column::Seen.eq(1).or(Column::LastSeenAt.lte(stored(act.at - AGAIN)));
        let ids: Vec<Uuid> = dead_letter::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::State.eq(DeadLetterState::Waiting.as_str()))
            .filter(Column::NeedsVersion.lte(version))
            .filter(was_left_alone)
            .order_by_asc(Column::FirstSeenAt)
            .order_by_asc(Column::Id)
            .into_tuple()
            .all(&self.read)
            .await?;
        for id in &ids {
            // Another consumer that has marked it meanwhile has done the same.
            drop(self.replay_dead_letter(*id, act).await?);
        }
        Ok(ids.len())
    }

    /// Some of the letters that are to be put into the order queue and that nobody has claimed, those first that
    /// were decided first.
    ///
    /// # Errors
    /// The database's.
    pub async fn letters_to_replay(&self, now: DateTime<Utc>) -> Result<Vec<DeadLetter>, StoreError> {
        let rows = dead_letter::Entity::find()
            .filter(Column::State.eq(DeadLetterState::Replaying.as_str()))
            .filter(is_free(now))
            .order_by_asc(Column::DecidedAt)
            .order_by_asc(Column::Id)
            .limit(AT_ONCE)
            .all(&self.read)
            .await?;
        rows.into_iter().map(DeadLetter::try_from).collect()
    }

    /// Takes a letter to put it into the queue; `false` when somebody else has it.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_replay(&self, letter: &DeadLetter, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let claim = replaying(letter).col_expr(Column::ClaimedAt, Expr::value(stored(now))).filter(is_free(now));
        self.update_letter(claim).await
    }

    /// Marks a letter as replayed, now that the queue has promised to keep it; `false` when it came back already
    /// and waits again.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish_replay(&self, letter: &DeadLetter) -> Result<bool, StoreError> {
        let state = DeadLetterState::Replayed.as_str();
        self.update_letter(replaying(letter).col_expr(Column::State, Expr::value(state))).await
    }

    /// Gives a claimed letter back: the queue did not take it.
    ///
    /// # Errors
    /// The database's.
    pub async fn release_replay(&self, letter: &DeadLetter) -> Result<(), StoreError> {
        let none: Option<DateTime<Utc>> = None;
        self.update_letter(replaying(letter).col_expr(Column::ClaimedAt, Expr::value(none))).await.map(drop)
    }

    async fn update_letter(&self, update: UpdateMany<dead_letter::Entity>) -> Result<bool, StoreError> {
        let transaction = self.begin().await?;
        let updated = update.exec(&transaction).await?;
        transaction.commit().await?;
        Ok(updated.rows_affected == 1)
    }
}

/// An update of this letter, for as long as it has not come again since it was read: the copy that came back,
/// and what was decided about it then, are not this replay's.
fn replaying(letter: &DeadLetter) -> UpdateMany<dead_letter::Entity> {
    dead_letter::Entity::update_many()
        .filter(Column::Id.eq(letter.id))
        .filter(Column::State.eq(DeadLetterState::Replaying.as_str()))
        .filter(Column::Seen.eq(letter.seen))
}

fn is_free(now: DateTime<Utc>) -> Condition {
    let has_lapsed: SimpleExpr = Column::ClaimedAt.lt(stored(now - CLAIM));
    Condition::any().add(Column::ClaimedAt.is_null()).add(has_lapsed)
}

/// Whether just this was decided, by this person.
fn is_decided_so(letter: &DeadLetter, discard: Option<&DiscardReason>, by: &Person) -> bool {
    let Some(decision) = &letter.decision else { return false };
    let is_discarded = letter.state == DeadLetterState::Discarded;
    // Commands on the host have one id and several names.
    let is_same_person = decision.by.id == by.id && decision.by.name == by.name;
    is_same_person
        && is_discarded == discard.is_some()
        && decision.reason.as_deref() == discard.map(DiscardReason::as_str)
}

fn facts(letter: &DeadLetter, discard: Option<&DiscardReason>) -> Value {
    let mut facts = json!({
        "message_id": letter.letter.message_id,
        "kind": letter.letter.kind,
        "because": letter.reason,
        "seen": letter.seen,
    });
    if let Some(reason) = discard {
        facts["reason"] = json!(reason);
    }
    facts
}
