//! The audit: who did what, when.

pub(crate) mod export;
pub(crate) mod list;

use chrono::{DateTime, Utc};
use domain::{ControlledList, UserId};
use http::words;
use serde::{Deserialize, Serialize};
use store::{AuditFilter, AuditRow, ControlledLine};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::orders::PersonBody;

/// One row of the record.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditRow)]
pub(crate) struct AuditRowBody {
    /// Its number; the record has each number once, from 1 on.
    seq: i64,
    /// What was done: `subject.verb`.
    #[schema(example = "order.accepted")]
    kind: String,
    /// The id of the order, or of what was changed.
    subject_id: Option<Uuid>,
    /// When.
    at: DateTime<Utc>,
    /// Who did it, with the name and role of that time.
    by: PersonBody,
    /// What else is to be known of it, such as what changed.
    data: Option<serde_json::Value>,
    /// Of an order's event, the order's lines of controlled medications; empty for any other.
    controlled: Vec<ControlledLineBody>,
    /// The SHA-256, in hexadecimal, that chains it to the row before it.
    hash: String,
}

/// A line of an order whose medication was on a list of special control, as it was when the order was stored.
#[derive(Serialize, ToSchema)]
#[schema(as = ControlledLine)]
pub(crate) struct ControlledLineBody {
    /// Which line: a delivery's `data` says by it how much of which lot was handed over.
    line_id: Uuid,
    /// Of which medication.
    medication_id: Uuid,
    /// What that was called.
    name: String,
    /// The list.
    #[schema(value_type = words::ControlledList)]
    list: ControlledList,
}

/// Which rows; what is left out does not matter.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// What was done, such as `order.accepted`; a subject alone, such as `order` or `user`, is all of it.
    kind: Option<String>,
    /// About this order, user, medication, and so on.
    subject_id: Option<Uuid>,
    /// Done by this person.
    by: Option<Uuid>,
    /// Done at this instant or later.
    from: Option<DateTime<Utc>>,
    /// Done before this instant.
    until: Option<DateTime<Utc>>,
    /// What happened to orders of controlled medications, and nothing else.
    #[serde(default)]
    controlled: bool,
}

impl From<Which> for AuditFilter {
    fn from(which: Which) -> Self {
        AuditFilter {
            kind: which.kind,
            subject_id: which.subject_id,
            by: which.by.map(UserId),
            from: which.from,
            until: which.until,
            is_controlled: which.controlled,
        }
    }
}

impl From<AuditRow> for AuditRowBody {
    fn from(row: AuditRow) -> Self {
        AuditRowBody {
            hash: hexadecimal(&row.hash),
            seq: row.seq,
            kind: row.kind,
            subject_id: row.subject_id,
            at: row.at,
            by: row.by.into(),
            data: row.data,
            controlled: row.controlled.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ControlledLine> for ControlledLineBody {
    fn from(line: ControlledLine) -> Self {
        ControlledLineBody {
            line_id: line.line_id.0,
            medication_id: line.medication_id.0,
            name: line.name,
            list: line.list,
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
