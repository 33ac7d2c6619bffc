//! The names of the catalogue in memory, so that what people type is found in the order in which it helps them.
//! Pure; all comparing is of bytes, so every process on every database finds the same in the same order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::Label;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::words::{FORGIVEN_FROM, findable, is_boundary, key, letters, meant};
use crate::After;
use crate::search_text::search_text;

/// How a medication was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// Every word that was typed is a word of its name.
    Exact,
    /// Every word that was typed is one of its name, or the beginning of one.
    Prefix,
    /// Only with a typing error: what was found may be a look-alike of what was meant.
    Typo,
}

/// What somebody typed to find a medication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchText {
    key: String,
}

impl SearchText {
    /// `None` when there is no word in it. What goes beyond the length of a name is left out.
    pub fn parse(text: &str) -> Option<SearchText> {
        let key: String = key(&search_text(text)).chars().take(Label::MAX).collect();
        let key = key.trim_end().to_owned();
        (!key.is_empty()).then_some(SearchText { key })
    }
}

/// Where something found stands in the order: the better first, of equals what a dispenser stocks, then by
/// name, then by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRank {
    /// From the name itself (0) to one typing error (5) and more.
    pub tier: u8,
    /// Whether some dispenser stocks it.
    pub is_stocked: bool,
    /// Its name as names are compared.
    pub name: String,
}

/// How the words of a search have found a name: [`Match`] as a number, and one more for each further word with a
/// typing error.
type Level = u8;

/// A word of the search does not find the name.
const NOT_FOUND: Level = Level::MAX;

/// Of two words of a search.
fn both(one: Level, other: Level) -> Level {
    const TYPO: Level = Match::Typo as Level;
    match (one, other) {
        (NOT_FOUND, _) | (_, NOT_FOUND) => NOT_FOUND,
        // Bounded, so that it is never taken for NOT_FOUND.
        (TYPO.., TYPO..) => (one + 1).min(NOT_FOUND / 2),
        _ => one.max(other),
    }
}

#[derive(Clone, Debug)]
struct Entry {
    id: Uuid,
    key: String,
    is_stocked: bool,
    /// How many names come before it.
    place: u32,
}

/// The catalogue's names. An entry keeps its slot for as long as it is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    slots: Vec<Option<Entry>>,
    slot_of: HashMap<Uuid, u32>,
    free: Vec<u32>,
    /// The slots by name and id.
    order: Vec<u32>,
    /// For each word, the slots of the names that are found by it.
    words: BTreeMap<String, Vec<u32>>,
    alphabet: BTreeSet<char>,
}

impl Index {
    /// Takes out `gone`, and puts in `there`, each an id and its stored search text, in place of what these ids
    /// had before.
    pub(crate) fn change(
        &mut self,
        gone: impl IntoIterator<Item = Uuid>,
        there: impl IntoIterator<Item = (Uuid, String)>,
    ) {
        for id in gone {
            self.take_out(id);
        }
        for (id, text) in there {
            let was_stocked = self.take_out(id);
            self.put_in(id, key(&text), was_stocked);
        }
        let Index { slots, order, .. } = self;
        let entry = |slot: &u32| slots[*slot as usize].as_ref().map(|entry| (entry.key.as_str(), entry.id));
        order.retain(|slot| entry(slot).is_some());
        order.sort_by(|one, other| entry(one).cmp(&entry(other)));
        order.dedup();
        for (place, slot) in (0..).zip(&*order) {
            if let Some(entry) = &mut slots[*slot as usize] {
                entry.place = place;
            }
        }
    }

    /// Says which medications some dispenser stocks.
    pub(crate) fn set_stocked(&mut self, stocked: &HashSet<Uuid>) {
        for entry in self.slots.iter_mut().flatten() {
            entry.is_stocked = stocked.contains(&entry.id);
        }
    }

    fn put_in(&mut self, id: Uuid, key: String, is_stocked: bool) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            // A catalogue has far less than 2^32 names.
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        for word in findable(&key) {
            self.words.entry(word).or_default().push(slot);
        }
        self.alphabet.extend(letters(&key));
        self.slots[slot as usize] = Some(Entry { id, key, is_stocked, place: 0 });
        self.slot_of.insert(id, slot);
        self.order.push(slot);
    }

    /// Says whether it was stocked; `false` when it was not there.
    fn take_out(&mut self, id: Uuid) -> bool {
        let Some(slot) = self.slot_of.remove(&id) else { return false };
        let Some(entry) = self.slots[slot as usize].take() else { return false };
        for word in findable(&entry.key) {
            if let Some(slots) = self.words.get_mut(&word) {
                slots.retain(|other| *other != slot);
                if slots.is_empty() {
                    self.words.remove(&word);
                }
            }
        }
        self.free.push(slot);
        entry.is_stocked
    }

    /// At most `limit` of what `search` finds, from `after` on; and where more of it begins, if there is more.
    pub(crate) fn find(
        &self,
        search: &SearchText,
        after: Option<&After<SearchRank>>,
        limit: usize,
    ) -> (Vec<(Uuid, Match)>, Option<After<SearchRank>>) {
        let found = self.matches(&search.key);
        let after = after.map(|after| self.first_rank_after(after));
        let mut ranks: Vec<(Rank, u32)> = (0..)
            .zip(&self.slots)
            .zip(&found)
            .filter(|(_, level)| **level != NOT_FOUND)
            .filter_map(|((slot, entry), level)| Some((rank(entry.as_ref()?, &search.key, *level), slot)))
            .filter(|(rank, _)| after.is_none_or(|after| *rank >= after))
            .collect();
        let has_more = ranks.len() > limit;
        if has_more && limit > 0 {
            ranks.select_nth_unstable(limit - 1);
        }
        ranks.truncate(limit);
        ranks.sort_unstable();
        let entry = |slot: u32| self.slots[slot as usize].as_ref();
        let items =
            ranks.iter().filter_map(|(_, slot)| Some((entry(*slot)?.id, level(found[*slot as usize])))).collect();
        let next = ranks.last().filter(|_| has_more).and_then(|((tier, ..), slot)| {
            let Entry { id, key, is_stocked, .. } = entry(*slot)?.clone();
            Some(After { key: SearchRank { tier: *tier, is_stocked, name: key }, id })
        });
        (items, next)
    }

    /// For each slot, how the words of `text` have found it.
    fn matches(&self, text: &str) -> Vec<Level> {
        let mut found = vec![Match::Exact as Level; self.slots.len()];
        for typed in text.split(' ').collect::<BTreeSet<_>>() {
            let mut of_word = vec![NOT_FOUND; self.slots.len()];
            let mut mark = |slots: &[u32], level: Match| {
                for slot in slots {
                    let best = &mut of_word[*slot as usize];
                    *best = (*best).min(level as Level);
                }
            };
            for (word, slots) in self.beginning_with(typed) {
                mark(slots, if is_boundary(word, typed.len()) { Match::Exact } else { Match::Prefix });
            }
            let is_short = typed.chars().count() < FORGIVEN_FROM;
            for meant in meant(typed, &self.alphabet) {
                for (word, slots) in self.beginning_with(&meant) {
                    // Of a short word the whole is known, or it would be near to half of the catalogue.
                    if !is_short || is_boundary(word, meant.len()) {
                        mark(slots, Match::Typo);
                    }
                }
            }
            let mut is_any_left = false;
            for (all, this) in found.iter_mut().zip(of_word) {
                *all = both(*all, this);
                is_any_left |= *all != NOT_FOUND;
            }
            if !is_any_left {
                break;
            }
        }
        found
    }

    fn beginning_with(&self, start: &str) -> impl Iterator<Item = (&String, &Vec<u32>)> {
        self.words.range(start.to_owned()..).take_while(move |(word, _)| word.starts_with(start))
    }

    /// The least rank that something after the end of a page can have, also when what stood there is gone.
    fn first_rank_after(&self, After { key, id }: &After<SearchRank>) -> Rank {
        let is_before = |slot: &u32| {
            self.slots[*slot as usize].as_ref().is_some_and(|entry| (&entry.key, &entry.id) <= (&key.name, id))
        };
        let place = self.order.partition_point(is_before);
        (key.tier, !key.is_stocked, u32::try_from(place).unwrap_or(u32::MAX))
    }
}

/// Tier, whether no dispenser stocks it, place by name and id.
type Rank = (u8, bool, u32);

fn rank(entry: &Entry, text: &str, found: Level) -> Rank {
    let tier = match level(found) {
        _ if entry.key == text => 0,
        Match::Exact if entry.key.starts_with(text) => 1,
        Match::Prefix if entry.key.starts_with(text) => 2,
        Match::Exact => 3,
        Match::Prefix => 4,
        // After those, the fewer errors the better.
        Match::Typo => 3 + found,
    };
    (tier, !entry.is_stocked, entry.place)
}

fn level(found: Level) -> Match {
    match found {
        0 => Match::Exact,
        1 => Match::Prefix,
        _ => Match::Typo,
    }
}

#[cfg(test)]
mod tests;
