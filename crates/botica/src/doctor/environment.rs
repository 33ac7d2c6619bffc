//! Names in the environment that look like settings and are none: what they say is not in force.

use std::ffi::OsString;

use super::Found;
use crate::settings::Settings;

/// What begins so is meant for Botica.
const PREFIX: &str = "BOTICA_";

/// Names that are no settings, and yet are read: the file with settings, and what tests die by.
const OTHERS: [&str; 4] = ["BOTICA_CONFIG", "BOTICA_CRASH_AT", "BOTICA_CRASH_ON", "BOTICA_PANIC_ON"];

/// Whether each of `names` that is meant for Botica is the name of a setting.
pub(super) fn names(names: impl Iterator<Item = OsString>) -> Found {
    let known: Vec<&str> = Settings::names().into_iter().chain(OTHERS).collect();
    let mut unknown: Vec<String> = names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.starts_with(PREFIX) && !known.contains(&name.as_str()))
        .collect();
    unknown.sort();
    let Some(first) = unknown.first() else { return Ok("every name in the environment is one".to_owned()) };
    let others = match &unknown[1..] {
        [] => String::new(),
        others => format!(" (and neither are {})", others.join(", ")),
    };
    let nearest = known.iter().min_by_key(|known| distance(first, known));
    Err(match nearest.filter(|known| distance(first, known) <= first.len() / 3) {
        Some(nearest) => format!("{first} is no setting, so it has no effect: did you mean {nearest}?{others}"),
        None => format!(
            "{first} is no setting, so it has no effect: take it out; `botica config example` lists all{others}"
        ),
    })
}

/// How many letters must be changed, put in or left out to make one of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.bytes().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (place, with) in other.bytes().enumerate() {
            let changed = diagonal + usize::from(byte != with);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(name: &str) -> Found {
        names(["PATH", "BOTICA_LISTEN", name].into_iter().map(OsString::from))
    }

    #[test]
    fn a_name_that_is_none_is_told_with_the_nearest_that_is() {
        assert!(look("BOTICA_CONFIG").is_ok());
        assert!(look("BOTICA_LISTEM").unwrap_err().contains("did you mean BOTICA_LISTEN?"));
        assert!(look("BOTICA_DATADIR").unwrap_err().contains("did you mean BOTICA_DATA_DIR?"));
        assert!(look("BOTICA_SOMETHING_WHOLLY_ELSE").unwrap_err().contains("take it out"));
    }

    #[test]
    fn distances_are_counted() {
        assert_eq!((distance("", "abc"), distance("kitten", "sitting"), distance("same", "same")), (3, 3, 0));
    }
}
