//! All that is wrong with a request, told at once instead of one fault per try.

use crate::{FieldError, Problem};

/// Collects what is wrong while a handler turns a body into values of the domain.
///
/// ```
/// # use botica_http::{Invalid, Problem};
/// # use domain::{Label, Email};
/// fn parse(name: &str, email: &str) -> Result<(Label, Email), Problem> {
///     let mut invalid = Invalid::new();
///     let name = invalid.take("/name", Label::parse(name));
///     let email = invalid.take("/email", Email::parse(email));
///     match (name, email) {
///         (Some(name), Some(email)) => Ok((name, email)),
///         _ => Err(invalid.into_problem()),
///     }
/// }
/// assert_eq!(parse("", "nobody").unwrap_err().errors().len(), 2);
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct Invalid(Vec<FieldError>);

impl Invalid {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value, or `None` with the error noted under `pointer`.
    pub fn take<T, E: std::fmt::Display>(&mut self, pointer: impl Into<String>, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(pointer, error.to_string());
                None
            }
        }
    }

    /// Notes that `pointer` is wrong.
    pub fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.into(), detail: detail.into() });
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` if nothing was noted.
    ///
    /// # Errors
    /// 422 `invalid_input` with all that was noted.
    pub fn finish(self) -> Result<(), Problem> {
        if self.is_empty() { Ok(()) } else { Err(self.into_problem()) }
    }

    /// 422 `invalid_input` with all that was noted.
    pub fn into_problem(self) -> Problem {
        Problem::invalid_input(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Label;

    #[test]
    fn all_faults_are_told_at_once() {
        let mut invalid = Invalid::new();
        assert!(invalid.take("/name", Label::parse("Ana")).is_some());
        assert!(invalid.take("/ward", Label::parse("")).is_none());
        assert!(invalid.take("/wing", Label::parse("a\0")).is_none());
        let problem = invalid.finish().unwrap_err();
        let pointers: Vec<_> = problem.errors().iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(pointers, ["/ward", "/wing"]);
        assert!(Invalid::new().finish().is_ok());
    }
}
