//! Finding medications by what people type.
//!
//! The names are searched in memory; the database says at each search whether they are still what it has, and
//! what has changed if not, so nothing is found or missed for being late, whichever process changed it.

mod catalogue;
mod index;
mod words;

pub(crate) use catalogue::Catalogue;
pub use index::{Match, SearchRank, SearchText};

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::medication;
use crate::{After, Medication, Page, Store, StoreError};

/// A medication that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub medication: Medication,
    /// How.
    pub found_by: Match,
}

impl Store {
    /// Medications in use that `search` finds. Its words may come in any order and be the beginnings of the
    /// name's; in one of four letters or more, one typing error is forgiven. In front is the name itself, then
    /// names that begin with the text, then those that have all its words, then those where words begin so, and
    /// last what only a typing error leads to; of equals, what some dispenser stocks comes first, then by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn search_medications(
        &self,
        search: &SearchText,
        after: Option<After<SearchRank>>,
        limit: u64,
    ) -> Result<Page<Found, SearchRank>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (found, next) = self.catalogue().await?.index().find(search, after.as_ref(), limit);
        let rows = medication::Entity::find()
            .filter(medication::Column::Id.is_in(found.iter().map(|(id, _)| *id)))
            .filter(medication::Column::IsActive.eq(true))
            .all(&self.read)
            .await?;
        let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        // One that was taken out of use since then is left out.
        let there = found.into_iter().filter_map(|(id, found_by)| Some((rows.remove(&id)?, found_by)));
        let item = |(row, found_by)| Ok(Found { medication: Medication::try_from(row)?, found_by });
        Ok(Page { items: there.map(item).collect::<Result<_, StoreError>>()?, next })
    }
}
