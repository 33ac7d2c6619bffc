//! Lists of reasons, which each hospital keeps for itself.

pub(crate) mod list;
pub(crate) mod set;

use domain::ReasonList;
use http::words;
use serde::Serialize;
use store::ReasonEntry;
use utoipa::ToSchema;

/// One entry of a list.
#[derive(Serialize, ToSchema)]
#[schema(as = Reason)]
pub(crate) struct ReasonEntryBody {
    /// Which list.
    #[schema(value_type = words::ReasonList)]
    list: ReasonList,
    /// What to send.
    #[schema(example = "out_of_stock")]
    code: String,
    /// What to show.
    #[schema(example = "Em falta")]
    label: String,
    /// Where it stands in its list.
    position: i16,
    /// Whether it may still be given.
    is_active: bool,
}

impl From<ReasonEntry> for ReasonEntryBody {
    fn from(entry: ReasonEntry) -> Self {
        ReasonEntryBody {
            list: entry.list,
            code: entry.code.into(),
            label: entry.label.into(),
            position: entry.position,
            is_active: entry.is_active,
        }
    }
}
