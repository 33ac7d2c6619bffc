//! Keeps the names in memory what the database has.
//!
//! Every change of a medication or of what a dispenser holds is a row of the record, in the same transaction.
//! So the record's last number says whether anything can have changed, and its rows since then say what.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::RwLockReadGuard;
use uuid::Uuid;

use super::index::Index;
use crate::entity::{admin_change, dispenser_medication, medication};
use crate::{Store, StoreError};

/// With more changes than this, such as after an import, all names are read anew: that is one query.
const FEW: u64 = 500;

/// What the record speaks of that has nothing to do with how medications are found. A subject that is missing here
/// costs time, one too many would hide changes.
const ELSEWHERE: [&str; 8] = ["board", "lot", "order", "reason", "service_call", "targets", "user", "ward"];

/// The names as they were at one number of the record.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    index: Index,
    /// All that the record has up to this number is in the index; `None` until it was read.
    seq: Option<i64>,
}

impl Catalogue {
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }
}

/// What the record says was done to the catalogue.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changed {
    medications: HashSet<Uuid>,
    has_holdings: bool,
}

impl Store {
    /// The catalogue as it is now: with all that was committed before this was called, by whichever process.
    pub(super) async fn catalogue(&self) -> Result<RwLockReadGuard<'_, Catalogue>, StoreError> {
        let seq = self.last_seq().await?;
        let catalogue = self.catalogue.read().await;
        if catalogue.seq == Some(seq) {
            return Ok(catalogue);
        }
        drop(catalogue);
        let mut catalogue = self.catalogue.write().await;
        // Asked again: others may have brought it further while this one waited.
        let seq = self.last_seq().await?;
        let changed = match catalogue.seq {
            Some(known) if known == seq => Some(Changed::default()),
            Some(known) if known < seq => self.changed_after(known).await?,
            // A database that was put back counts anew.
            _ => None,
        };
        match changed {
            Some(changed) => self.take_over(&mut catalogue.index, changed).await?,
            None => catalogue.index = self.read_index().await?,
        }
        catalogue.seq = Some(seq);
        Ok(catalogue.downgrade())
    }

    /// What was done since the record had the number `known`; `None` when it is simpler to read everything.
    async fn changed_after(&self, known: i64) -> Result<Option<Changed>, StoreError> {
        let rows: Vec<(String, Option<Uuid>)> = admin_change::Entity::find()
            .select_only()
            .columns([admin_change::Column::Kind, admin_change::Column::SubjectId])
            .filter(admin_change::Column::Seq.gt(known))
            .order_by_asc(admin_change::Column::Seq)
            .limit(FEW + 1)
            .into_tuple()
            .all(&self.read)
            .await?;
        Ok(changed(&rows))
    }

    async fn take_over(&self, index: &mut Index, changed: Changed) -> Result<(), StoreError> {
        if !changed.medications.is_empty() {
            let there: Vec<(Uuid, String)> = names()
                .filter(medication::Column::Id.is_in(changed.medications.iter().copied()))
                .into_tuple()
                .all(&self.read)
                .await?;
            index.change(changed.medications, there);
        }
        if changed.has_holdings {
            index.set_stocked(&self.stocked().await?);
        }
        Ok(())
    }

    async fn read_index(&self) -> Result<Index, StoreError> {
        let there: Vec<(Uuid, String)> = names().into_tuple().all(&self.read).await?;
        let mut index = Index::default();
        index.change([], there);
        index.set_stocked(&self.stocked().await?);
        Ok(index)
    }

    async fn stocked(&self) -> Result<HashSet<Uuid>, StoreError> {
        let query = dispenser_medication::Entity::find().select_only().distinct();
        let ids: Vec<Uuid> =
            query.column(dispenser_medication::Column::MedicationId).into_tuple().all(&self.read).await?;
        Ok(ids.into_iter().collect())
    }
}

/// The ids and search texts of medications in use.
fn names() -> sea_orm::Select<medication::Entity> {
    medication::Entity::find()
        .select_only()
        .columns([medication::Column::Id, medication::Column::SearchText])
        .filter(medication::Column::IsActive.eq(true))
}

/// What these rows of the record, kind and subject, say was done; `None` when it is simpler to read everything.
fn changed(rows: &[(String, Option<Uuid>)]) -> Option<Changed> {
    if rows.len() as u64 > FEW {
        return None;
    }
    let mut changed = Changed::default();
    for (kind, id) in rows {
        let subject = kind.split('.').next().unwrap_or_default();
        match (kind.as_str(), subject, id) {
            ("medication.created" | "medication.changed", _, Some(id)) => {
                changed.medications.insert(*id);
            }
            (_, "dispenser", _) => changed.has_holdings = true,
            (_, subject, _) if ELSEWHERE.contains(&subject) => {}
            // An import, and what is yet to be invented.
            _ => return None,
        }
    }
    Some(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, subject: Option<u128>) -> (String, Option<Uuid>) {
        (kind.to_owned(), subject.map(Uuid::from_u128))
    }

    #[test]
    fn what_the_record_says_is_taken_over_and_what_it_does_not_is_read_anew() {
        let rows =
            [row("medication.created", Some(1)), row("user.created", Some(2)), row("medication.changed", Some(1))];
        let one = Changed { medications: HashSet::from([Uuid::from_u128(1)]), has_holdings: false };
        assert_eq!(changed(&rows), Some(one));
        let held = Changed { medications: HashSet::new(), has_holdings: true };
        assert_eq!(changed(&[row("dispenser.medications_set", Some(3))]), Some(held));
        assert_eq!(changed(&[]), Some(Changed::default()));
        assert_eq!(changed(&[row("catalogue.imported", None)]), None);
        assert_eq!(changed(&[row("invented.later", Some(1))]), None);
        assert_eq!(changed(&[row("medication.created", None)]), None);
        assert_eq!(changed(&vec![row("user.created", Some(2)); 501]), None);
    }
}
