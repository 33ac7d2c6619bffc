//! The words of imports in answers and questions.

use serde::{Deserialize, Serialize};
use store::{ImportStatus, Verdict};
use utoipa::ToSchema;

use crate::catalogue_file::Dialect;

/// Where an import stands. `cancelled`, `failed` and `interrupted` have changed nothing.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(as = ImportStatus)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatusWord {
    Running,
    Done,
    Cancelled,
    Failed,
    Interrupted,
}

impl From<ImportStatus> for StatusWord {
    fn from(status: ImportStatus) -> Self {
        match status {
            ImportStatus::Running => StatusWord::Running,
            ImportStatus::Done => StatusWord::Done,
            ImportStatus::Cancelled => StatusWord::Cancelled,
            ImportStatus::Failed => StatusWord::Failed,
            ImportStatus::Interrupted => StatusWord::Interrupted,
        }
    }
}

/// What a file is: ANVISA's register, CMED's list, a hospital's own table, or its marks by substance.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[schema(as = CatalogueDialect)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DialectWord {
    AnvisaRegister,
    CmedList,
    Own,
    Marks,
}

/// As it is stored.
pub(super) fn dialect_word(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::AnvisaRegister => "anvisa_register",
        Dialect::CmedList => "cmed_list",
        Dialect::Own => "own",
        Dialect::Marks => "marks",
    }
}

impl DialectWord {
    /// `None` for one that only a newer Botica knows.
    pub(super) fn of(stored: &str) -> Option<DialectWord> {
        match stored {
            "anvisa_register" => Some(DialectWord::AnvisaRegister),
            "cmed_list" => Some(DialectWord::CmedList),
            "own" => Some(DialectWord::Own),
            "marks" => Some(DialectWord::Marks),
            _ => None,
        }
    }
}

/// What a row does: the catalogue does not have it yet (`new`), has it otherwise (`changed`) or has it so
/// (`same`); an earlier line has it (`duplicate`); or it can't be taken (`rejected`).
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportVerdict)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerdictWord {
    New,
    Changed,
    Same,
    Duplicate,
    Rejected,
}

impl From<Verdict> for VerdictWord {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::New => VerdictWord::New,
            Verdict::Changed => VerdictWord::Changed,
            Verdict::Same => VerdictWord::Same,
            Verdict::Duplicate => VerdictWord::Duplicate,
            Verdict::Rejected => VerdictWord::Rejected,
        }
    }
}

impl From<VerdictWord> for Verdict {
    fn from(word: VerdictWord) -> Self {
        match word {
            VerdictWord::New => Verdict::New,
            VerdictWord::Changed => Verdict::Changed,
            VerdictWord::Same => Verdict::Same,
            VerdictWord::Duplicate => Verdict::Duplicate,
            VerdictWord::Rejected => Verdict::Rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_comes_back_as_it_was_stored() {
        for dialect in [Dialect::AnvisaRegister, Dialect::CmedList, Dialect::Own, Dialect::Marks] {
            let stored = dialect_word(dialect);
            let told = serde_json::to_value(DialectWord::of(stored)).unwrap();
            assert_eq!(told, stored);
        }
    }
}
