//! `GET /medications`.

use axum::extract::State;
use http::{Caller, Cursor, Invalid, Limit, Page, Problem, Query};
use serde::{Deserialize, Serialize};
use store::{After, Found, Match, Medication, SearchRank, SearchText};
use utoipa::{IntoParams, ToSchema};

use super::MedicationBody;
use crate::Backend;
use crate::database_problem::database_problem;

/// Which medications, and which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Words of the name, or their beginnings, in any order; case and accents don't count. In a word of four
    /// letters or more, one typing error is forgiven; in a number, none is. Without a word in it, it is as if it
    /// were not there.
    #[param(example = "dipirona 500")]
    search: Option<String>,
    /// How many.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// Where to go on: `next_cursor` of the part before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<Position>>,
}

/// Where a part begins, of the whole list or of what was found.
#[derive(Deserialize)]
#[serde(untagged)]
enum Position {
    Name(After<String>),
    Rank(After<SearchRank>),
}

/// A medication of the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListedMedication {
    #[serde(flatten)]
    medication: MedicationBody,
    /// How the search found it; not there without a search.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    found_by: Option<MatchBody>,
}

/// How a medication was found: `exact`, every word of the search is one of its name; `prefix`, or the beginning
/// of one; `typo`, only with a typing error, so it may be a look-alike of what was meant.
#[derive(Serialize, ToSchema)]
#[schema(as = Match)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MatchBody {
    Exact,
    Prefix,
    Typo,
}

impl From<Medication> for ListedMedication {
    fn from(medication: Medication) -> Self {
        ListedMedication { medication: medication.into(), found_by: None }
    }
}

impl From<Found> for ListedMedication {
    fn from(found: Found) -> Self {
        let found_by = match found.found_by {
            Match::Exact => MatchBody::Exact,
            Match::Prefix => MatchBody::Prefix,
            Match::Typo => MatchBody::Typo,
        };
        ListedMedication { medication: found.medication.into(), found_by: Some(found_by) }
    }
}

/// Medications in use, by name, or those that a search finds, the best first
///
/// A search gives first the medication of that name, then those whose name begins with the text, then those that
/// have all its words, then those with words that begin so, and last what only a typing error leads to. Of
/// equals, what some dispenser holds comes first.
#[utoipa::path(get, path = "/medications", tag = "medications", params(List),
    responses((status = 200, description = "Medications", body = Page<ListedMedication>)))]
pub(crate) async fn list_medications(
    State(backend): State<Backend>,
    _: Caller,
    Query(List { search, limit, cursor }): Query<List>,
) -> Result<axum::Json<Page<ListedMedication>>, Problem> {
    let limit = limit.get();
    let page = match (search.as_deref().and_then(SearchText::parse), cursor.map(|cursor| cursor.0)) {
        (None, None) => list(&backend, None, limit).await?,
        (None, Some(Position::Name(after))) => list(&backend, Some(after), limit).await?,
        (Some(search), None) => find(&backend, &search, None, limit).await?,
        (Some(search), Some(Position::Rank(after))) => find(&backend, &search, Some(after), limit).await?,
        (None, Some(Position::Rank(_))) | (Some(_), Some(Position::Name(_))) => {
            let mut invalid = Invalid::new();
            invalid.add("query/cursor", "is not a cursor of this list");
            return Err(invalid.into_problem());
        }
    };
    Ok(axum::Json(page))
}

async fn list(backend: &Backend, after: Option<After<String>>, limit: u64) -> Result<Page<ListedMedication>, Problem> {
    let page = backend.store.medications(after, limit).await.map_err(database_problem)?;
    Ok(Page::of(page.items, page.next, ListedMedication::from))
}

async fn find(
    backend: &Backend,
    search: &SearchText,
    after: Option<After<SearchRank>>,
    limit: u64,
) -> Result<Page<ListedMedication>, Problem> {
    let page = backend.store.search_medications(search, after, limit).await.map_err(database_problem)?;
    Ok(Page::of(page.items, page.next, ListedMedication::from))
}
