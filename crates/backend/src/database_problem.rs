//! What the database's refusals are over HTTP: mapped here, once.

use std::time::Duration;

use axum::http::StatusCode;
use http::Problem;
use store::StoreError;

/// The answer to give. What is our fault is logged here; callers handle [`StoreError::Taken`] first
/// where they know what is taken.
#[expect(clippy::needless_pass_by_value, reason = "for map_err, which gives the error away")]
pub(crate) fn database_problem(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) | StoreError::Contended(_) => {
            tracing::warn!(error = %error, "a request failed for the database");
            let detail = "The database can't be reached right now. Try again shortly.";
            Problem::unavailable("database_unavailable", detail, Duration::from_secs(2))
        }
        StoreError::Taken(_) => Problem::new(StatusCode::CONFLICT, "taken", "It exists already."),
        StoreError::Data(_)
        | StoreError::Corrupt(_)
        | StoreError::Schema(_)
        | StoreError::Unsafe(_)
        | StoreError::Address(_) => {
            tracing::error!(error = %error, "a request failed for the database");
            Problem::internal()
        }
    }
}

/// [`database_problem`], with the words for a value that is taken.
pub(crate) fn taken_or(error: StoreError, code: &'static str, pointer: &str, detail: &str) -> Problem {
    match error {
        StoreError::Taken(_) => Problem::new(StatusCode::CONFLICT, code, detail).with_error(pointer, detail),
        other => database_problem(other),
    }
}
