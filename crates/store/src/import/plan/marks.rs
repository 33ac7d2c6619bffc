//! What rows of substances do: each marks the medications that have its substance.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{Label, SubstanceMarks};
use uuid::Uuid;

use super::substance::{Found, Names, names, respelled};
use super::{Known, RowVerdict, Verdict};
use crate::connect::stored;
use crate::entity::medication;

/// How many medications a remark names; it counts all.
const NAMED: usize = 5;

/// A row that can be taken.
pub(super) struct Given {
    line: u64,
    /// Its place among what is told.
    place: usize,
    names: Vec<Vec<String>>,
    marks: SubstanceMarks,
}

impl Given {
    /// # Errors
    /// When its substance has no word, or the spelling that sets it apart is of another.
    pub(super) fn parse(line: u64, place: usize, marks: SubstanceMarks) -> Result<Given, &'static str> {
        let names = names(marks.substance.as_str());
        if names.is_empty() {
            return Err("the substance has no word");
        }
        let spelled = marks.tall_man.as_ref().map(|spelling| self::names(spelling.as_str()));
        if spelled.is_some_and(|spelled| spelled.len() != 1 || !spelled.iter().all(|name| names.contains(name))) {
            return Err("tall_man must be the substance, with the letters that set it apart in capitals");
        }
        Ok(Given { line, place, names, marks })
    }

    /// By what a second row of the substance is known.
    pub(super) fn key(&self) -> String {
        self.names.first().map(|name| name.join(" ")).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    ControlledList,
    Tarja,
    HighAlert,
    LookAlikeGroup,
    TallMan,
}

impl Mark {
    const ALL: [Mark; 5] = [Mark::ControlledList, Mark::Tarja, Mark::HighAlert, Mark::LookAlikeGroup, Mark::TallMan];

    fn as_str(self) -> &'static str {
        match self {
            Mark::ControlledList => "controlled_list",
            Mark::Tarja => "tarja",
            Mark::HighAlert => "high_alert",
            Mark::LookAlikeGroup => "look_alike_group",
            Mark::TallMan => "tall_man",
        }
    }

    /// What a row says of it for this medication.
    fn given(self, marks: &SubstanceMarks, medication: &medication::Model) -> Option<String> {
        match self {
            Mark::ControlledList => marks.controlled_list.map(|list| list.to_string()),
            Mark::Tarja => marks.tarja.map(|tarja| tarja.to_string()),
            Mark::HighAlert => marks.is_high_alert.map(|is| is.to_string()),
            Mark::LookAlikeGroup => marks.look_alike_group.as_ref().map(ToString::to_string),
            // The medication's own name, where it has the substance: a brand is not called by its substance.
            Mark::TallMan => {
                let spelled = respelled(&medication.name, marks.tall_man.as_ref()?.as_str())?;
                Label::parse(&spelled).ok().map(Into::into)
            }
        }
    }

    /// How it is set.
    fn set(self, medication: &medication::Model) -> Option<String> {
        match self {
            Mark::ControlledList => medication.controlled_list.clone(),
            Mark::Tarja => medication.tarja.clone(),
            Mark::HighAlert => medication.is_high_alert.then(|| true.to_string()),
            Mark::LookAlikeGroup => medication.look_alike_group.clone(),
            Mark::TallMan => medication.tall_man.clone(),
        }
    }

    fn put(self, medication: &mut medication::Model, value: String) {
        match self {
            Mark::ControlledList => medication.controlled_list = Some(value),
            Mark::Tarja => medication.tarja = Some(value),
            Mark::HighAlert => medication.is_high_alert = value == true.to_string(),
            Mark::LookAlikeGroup => medication.look_alike_group = Some(value),
            Mark::TallMan => medication.tall_man = Some(value),
        }
    }
}

/// What a row did.
#[derive(Default)]
struct Outcome {
    matched: usize,
    marked: usize,
    /// Medications that have the mark otherwise, in words.
    stays: BTreeMap<Mark, Vec<String>>,
    /// Medications that another row would mark otherwise, in words.
    disputed: BTreeMap<Mark, Vec<String>>,
}

/// Marks medications, and tells in the rows' places what was done.
pub(super) fn mark(
    known: &Known,
    rows: &[Given],
    now: DateTime<Utc>,
    changed: &mut Vec<medication::Model>,
    told: &mut [RowVerdict],
) {
    if rows.is_empty() {
        return;
    }
    let mut index = Names::default();
    for (of, row) in rows.iter().enumerate() {
        row.names.iter().for_each(|name| index.put(name.clone(), of));
    }
    let mut outcomes: Vec<Outcome> = rows.iter().map(|_| Outcome::default()).collect();
    let mut places: HashMap<Uuid, usize> = changed.iter().enumerate().map(|(place, row)| (row.id, place)).collect();
    // The oldest first, in remarks too.
    for before in known.medications.iter().rev() {
        let found = before.active_ingredient.as_deref().map(|text| index.find(text)).unwrap_or_default();
        if found.is_empty() {
            continue;
        }
        let planned = places.get(&before.id).and_then(|place| changed.get(*place));
        let mut row = planned.unwrap_or(before).clone();
        if !mark_one(&mut row, rows, &found, &mut outcomes) {
            continue;
        }
        row.updated_at = stored(now);
        match places.get(&row.id).and_then(|place| changed.get_mut(*place)) {
            Some(planned) => *planned = row,
            None => {
                places.insert(row.id, changed.len());
                changed.push(row);
            }
        }
    }
    for (row, outcome) in rows.iter().zip(outcomes) {
        if let Some(told) = told.get_mut(row.place) {
            outcome.tell(told);
        }
    }
}

/// Whether anything of the medication changed.
fn mark_one(medication: &mut medication::Model, rows: &[Given], found: &[Found], outcomes: &mut [Outcome]) -> bool {
    let mut claimants: Vec<usize> = found.iter().map(|one| one.of).collect();
    claimants.sort_unstable();
    claimants.dedup();
    let mut have_marked = vec![];
    for mark in Mark::ALL {
        let claims: Vec<(&Found, &Given, String)> = found
            .iter()
            .filter_map(|one| {
                let row = rows.get(one.of)?;
                Some((one, row, mark.given(&row.marks, medication)?))
            })
            .collect();
        // Of two names in one place, the longer one says more exactly what it is.
        let counts = |one: &Found| !claims.iter().any(|(other, ..)| one.is_within(other));
        let mut claims: Vec<(usize, u64, &String)> =
            claims.iter().filter(|(one, ..)| counts(one)).map(|(one, row, value)| (one.of, row.line, value)).collect();
        claims.sort_unstable();
        claims.dedup();
        let Some((_, _, value)) = claims.first().copied() else { continue };
        if let Some(dispute) = claims.iter().find(|(_, _, other)| *other != value) {
            for (of, _, says) in &claims {
                let against = claims.iter().find(|(_, _, other)| other != says).unwrap_or(dispute);
                let in_words = format!("{} (line {} says {})", medication.name, against.1, against.2);
                if let Some(outcome) = outcomes.get_mut(*of) {
                    outcome.disputed.entry(mark).or_default().push(in_words);
                }
            }
            continue;
        }
        match mark.set(medication) {
            Some(set) if set != *value => {
                let in_words = format!("{} ({set})", medication.name);
                for (of, ..) in &claims {
                    if let Some(outcome) = outcomes.get_mut(*of) {
                        outcome.stays.entry(mark).or_default().push(in_words.clone());
                    }
                }
            }
            Some(_) => {}
            None if mark == Mark::HighAlert && *value != true.to_string() => {}
            None => {
                have_marked.extend(claims.iter().map(|(of, ..)| *of));
                mark.put(medication, value.clone());
            }
        }
    }
    have_marked.sort_unstable();
    have_marked.dedup();
    for of in claimants {
        if let Some(outcome) = outcomes.get_mut(of) {
            outcome.matched += 1;
            outcome.marked += usize::from(have_marked.contains(&of));
        }
    }
    !have_marked.is_empty()
}

impl Outcome {
    fn tell(self, told: &mut RowVerdict) {
        if self.marked > 0 {
            told.verdict = Verdict::Changed;
            told.remarks.push(format!("marks {}", counted(self.marked)));
        } else if self.matched == 0 {
            told.remarks.push("no medication has this substance".to_owned());
        }
        for (mark, medications) in self.stays {
            let (mark, count) = (mark.as_str(), counted(medications.len()));
            told.remarks.push(format!("{mark} of {count} is another and stays so: {}", some(&medications)));
        }
        for (mark, medications) in self.disputed {
            let (mark, count) = (mark.as_str(), counted(medications.len()));
            told.remarks
                .push(format!("{mark} of {count} is not set, as another line says otherwise: {}", some(&medications)));
        }
    }
}

fn counted(medications: usize) -> String {
    if medications == 1 { "1 medication".to_owned() } else { format!("{medications} medications") }
}

fn some(medications: &[String]) -> String {
    let named: Vec<&str> = medications.iter().take(NAMED).map(String::as_str).collect();
    let more = medications.len().saturating_sub(NAMED);
    let list = named.join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}
