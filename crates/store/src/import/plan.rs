//! What each row of a file does to the catalogue: pure, so that a dry run and the import say the same.

mod marks;
mod presentation;
mod product;
mod substance;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{CatalogueRow, FileRow, Presentation, Product};
use uuid::Uuid;

use super::{Imported, RowVerdict, Source, Verdict};
use crate::entity::{medication, presentation as pack};

/// The catalogue as it is.
pub(super) struct Known {
    medications: Vec<medication::Model>,
    /// Places in `medications`.
    by_id: HashMap<Uuid, usize>,
    by_registration: HashMap<String, usize>,
    /// Those without a registration, by their name as it is compared.
    by_name: HashMap<String, usize>,
    presentations: HashMap<String, pack::Model>,
    eans: HashMap<String, Vec<String>>,
}

/// What is to be written, and what is told.
pub(super) struct Plan {
    pub(super) imported: Imported,
    /// New and changed ones.
    pub(super) medications: Vec<medication::Model>,
    /// New and changed ones.
    pub(super) presentations: Vec<pack::Model>,
    /// All GTINs of these, by their codes.
    pub(super) eans_of: HashMap<String, Vec<String>>,
}

/// By what a row is known again.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Id(Uuid),
    Registration(String),
    Name(String),
    Code(String),
    Substance(String),
}

impl Known {
    pub(super) fn of(
        medications: Vec<medication::Model>,
        presentations: Vec<pack::Model>,
        eans: HashMap<String, Vec<String>>,
    ) -> Self {
        let (mut by_id, mut by_registration, mut by_name) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (place, row) in medications.iter().enumerate() {
            by_id.insert(row.id, place);
            match &row.registration {
                Some(registration) => by_registration.insert(registration.clone(), place),
                None => by_name.insert(row.search_text.clone(), place),
            };
        }
        let presentations = presentations.into_iter().map(|row| (row.code.clone(), row)).collect();
        Known { medications, by_id, by_registration, by_name, presentations, eans }
    }

    fn of_id(&self, id: Uuid) -> Option<&medication::Model> {
        self.by_id.get(&id).and_then(|place| self.medications.get(*place))
    }

    fn of_registration(&self, registration: &str) -> Option<&medication::Model> {
        self.by_registration.get(registration).and_then(|place| self.medications.get(*place))
    }

    fn of_name(&self, name: &str) -> Option<&medication::Model> {
        self.by_name.get(name).and_then(|place| self.medications.get(*place))
    }
}

pub(super) fn plan(known: &Known, source: Source, rows: Vec<FileRow>, now: DateTime<Utc>) -> Plan {
    let mut planned = Planned::of(known, source, now);
    let mut told: Vec<RowVerdict> = Vec::with_capacity(rows.len());
    for FileRow { line, content } in rows {
        let mut remarks = Vec::new();
        let verdict = match content {
            Err(reason) => {
                remarks.push(reason);
                Verdict::Rejected
            }
            Ok(CatalogueRow::Product(product)) => planned.product(line, product, &mut remarks),
            Ok(CatalogueRow::Presentation(presentation)) => planned.presentation(line, presentation, &mut remarks),
            Ok(CatalogueRow::Substance(given)) => planned.substance(line, given, told.len(), &mut remarks),
        };
        told.push(RowVerdict { line, verdict, remarks });
    }
    let Planned { mut medications, presentations, eans_of, substances, .. } = planned;
    marks::mark(known, &substances, now, &mut medications, &mut told);
    let mut counts: BTreeMap<Verdict, u64> = Verdict::ALL.map(|verdict| (verdict, 0)).into();
    for row in &told {
        *counts.entry(row.verdict).or_default() += 1;
    }
    Plan { imported: Imported { counts, rows: told }, medications, presentations, eans_of }
}

/// What the rows so far do.
struct Planned<'a> {
    known: &'a Known,
    source: Source,
    now: DateTime<Utc>,
    /// The first line of each.
    lines: HashMap<Key, u64>,
    medications: Vec<medication::Model>,
    presentations: Vec<pack::Model>,
    eans_of: HashMap<String, Vec<String>>,
    substances: Vec<marks::Given>,
}

impl<'a> Planned<'a> {
    fn of(known: &'a Known, source: Source, now: DateTime<Utc>) -> Self {
        Planned {
            known,
            source,
            now,
            lines: HashMap::new(),
            medications: vec![],
            presentations: vec![],
            eans_of: HashMap::new(),
            substances: vec![],
        }
    }

    fn product(&mut self, line: u64, product: Product, remarks: &mut Vec<String>) -> Verdict {
        let meant = product::meant(self.known, &product);
        if self.is_there(&meant.keys, remarks) {
            return Verdict::Duplicate;
        }
        if let Some(why) = meant.contradiction(self.known, &product) {
            remarks.push(why);
            return Verdict::Rejected;
        }
        self.note(line, &meant.marks);
        let (verdict, row) = product::product_row(&meant, self.source, product, self.now, remarks);
        self.medications.extend(row);
        verdict
    }

    fn presentation(&mut self, line: u64, mut given: Presentation, remarks: &mut Vec<String>) -> Verdict {
        let key = [Key::Code(given.code.to_string())];
        if self.is_there(&key, remarks) {
            return Verdict::Duplicate;
        }
        self.note(line, &key);
        // A pack's list may name one number twice.
        given.eans.sort_unstable();
        given.eans.dedup();
        let eans = given.eans.clone();
        let (verdict, row) = presentation::presentation_row(self.known, given, self.now, remarks);
        if let Some(row) = row {
            self.eans_of.insert(row.code.clone(), eans);
            self.presentations.push(row);
        }
        verdict
    }

    /// What it does is known when all rows are.
    fn substance(
        &mut self,
        line: u64,
        given: domain::SubstanceMarks,
        place: usize,
        remarks: &mut Vec<String>,
    ) -> Verdict {
        let given = match marks::Given::parse(line, place, given) {
            Ok(given) => given,
            Err(why) => {
                remarks.push(why.to_owned());
                return Verdict::Rejected;
            }
        };
        let key = [Key::Substance(given.key())];
        if self.is_there(&key, remarks) {
            return Verdict::Duplicate;
        }
        self.note(line, &key);
        self.substances.push(given);
        Verdict::Same
    }

    fn is_there(&self, keys: &[Key], remarks: &mut Vec<String>) -> bool {
        let first = keys.iter().filter_map(|key| self.lines.get(key)).min();
        remarks.extend(first.map(|first| format!("line {first} has it already; that one counts")));
        first.is_some()
    }

    fn note(&mut self, line: u64, keys: &[Key]) {
        for key in keys {
            self.lines.entry(key.clone()).or_insert(line);
        }
    }
}
