//! Element strings: identifiers and values one behind the other (GS1 GS §7.8).

use super::scan::{Elements, check};
use super::{Ambiguity, Identifier, SEPARATOR, Scan, ScanError, Split};

/// Reads an element string.
///
/// - A value whose length is always the same ends there, with or without a separator behind it.
/// - Any other value goes to the next separator, or to the end.
/// - Unless there is no separator in the whole string, but perhaps at its beginning: then it may be that the
///   scanner swallowed them, as scanners that type like a keyboard do. Where the text up to the end could
///   as well be a shorter value and further elements, that is told and not guessed: see [`Ambiguity`]. A separator
///   anywhere else shows that separators are transmitted, and ends are where the string says.
pub(super) fn read(text: &str, this_year: i32) -> Result<Scan, ScanError> {
    let mut elements = Elements::new(this_year);
    let mut rest = text.trim_start_matches(SEPARATOR);
    let has_separators = rest.contains(SEPARATOR);
    while !rest.is_empty() {
        let Some((identifier, behind)) = Identifier::first_of(rest) else {
            return Err(ScanError::UnknownIdentifier { found: rest.chars().take(4).collect() });
        };
        let (field, next) = behind.split_once(SEPARATOR).unwrap_or((behind, ""));
        let (value, next) = match fixed_length(identifier).and_then(|length| behind.split_at_checked(length)) {
            Some((value, next)) if value.len() <= field.len() => (value, next),
            _ => (field, next),
        };
        if fixed_length(identifier).is_none() && !has_separators {
            let splits = splits(identifier, value, &elements, this_year);
            if !splits.is_empty() {
                let (text, certain) = (value.to_owned(), elements.sort_out()?);
                return Err(ScanError::Ambiguous(Box::new(Ambiguity { identifier, text, splits, certain })));
            }
        }
        elements.add(identifier, value)?;
        rest = next.trim_start_matches(SEPARATOR);
    }
    elements.finish()
}

fn fixed_length(identifier: Identifier) -> Option<usize> {
    identifier.rule().map(|rule| rule.max()).filter(|max| identifier.rule().is_some_and(|rule| rule.min() == *max))
}

/// Where the value of `identifier` may end within `text`, if what is behind reads to the end as elements that a pack
/// of medicine bears and that have not been read yet.
///
/// From the end towards the beginning it notes from which places the text reads to the end, so that the work grows
/// with the text's length and not with the number of readings. Whether an element is there twice in what is
/// behind is not looked at: that would be the only reason against a reading, and doubt is the safe side.
fn splits(identifier: Identifier, text: &str, read: &Elements, this_year: i32) -> Vec<Split> {
    let is_possible = |next: Identifier| next.is_borne_by_medicine() && next != identifier && !read.has(next);
    let fits = |identifier, value| check(identifier, value, this_year).is_ok();
    // What can begin at each place and read to the end, by its distance from the end.
    let mut next_at: Vec<Option<Identifier>> = Vec::with_capacity(text.len());
    for begin in (0..text.len()).rev() {
        let next = text.get(begin..).and_then(Identifier::first_of).filter(|(next, _)| is_possible(*next));
        let next = next.and_then(|(next, behind)| {
            let rule = next.rule()?;
            let reads = (rule.min()..=rule.max()).any(|length| {
                let Some((value, rest)) = behind.split_at_checked(length) else { return false };
                (rest.is_empty() || next_at.get(rest.len() - 1).is_some_and(Option::is_some)) && fits(next, value)
            });
            reads.then_some(next)
        });
        next_at.push(next);
    }
    let Some(rule) = identifier.rule() else { return Vec::new() };
    (rule.min()..=rule.max())
        .filter_map(|length| {
            let (value, rest) = text.split_at_checked(length)?;
            let next = next_at.get(rest.len().checked_sub(1)?).copied().flatten()?;
            fits(identifier, value).then(|| Split { value: value.to_owned(), next })
        })
        .collect()
}
