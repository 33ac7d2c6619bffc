//! Against what others published. These tests read the folder `shared/data/barcode` beside one of the folders above
//! this one, and say so and pass when there is none.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::super::part::Characters;
use super::super::{Gtin, Identifier, InvalidGtin, Scan, ScanError};
use super::THIS_YEAR;

fn published(name: &str) -> Option<String> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let text = above
        .map(|folder| folder.join("shared/data/barcode").join(name))
        .find_map(|file| fs::read_to_string(file).ok());
    if text.is_none() {
        writeln!(io::stderr(), "left out: there is no shared/data/barcode/{name}").unwrap();
    }
    text
}

/// The number of a product, as far as it could be read for certain.
fn gtin(read: &Result<Scan, ScanError>) -> Option<Gtin> {
    match read {
        Ok(scan) => scan.gtin,
        Err(ScanError::Ambiguous(doubt)) => doubt.certain.gtin,
        Err(_) => None,
    }
}

#[test]
fn scans_of_five_countries_are_read_or_told() {
    let Some(table) = published("vectors_misc.tsv") else { return };
    let mut count = 0;
    for row in table.lines().skip(1) {
        let mut columns = row.split('\t');
        let (what, text, check) = (columns.next(), columns.next().unwrap_or(""), columns.next().unwrap_or(""));
        let read = Scan::parse(text, THIS_YEAR);
        let fits = match check {
            // Zeros alone have a right check digit, and are no product all the same.
            "ok" => gtin(&read).is_some() || read == Err(ScanError::Gtin(InvalidGtin::NoProduct)),
            _ => read.is_err() && gtin(&read).is_none(),
        };
        assert!(fits, "{what:?}: {text} is {check}, but read as {read:?}");
        count += 1;
    }
    assert!(count > 20, "only {count} scans");
}

#[test]
fn each_identifier_is_ruled_as_in_gs1s_own_dictionary() {
    let Some(dictionary) = published("gs1-syntax-dictionary.txt") else { return };
    let mut seen = Vec::new();
    for entry in dictionary.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        let mut words = entry.split('#').next().unwrap().split_whitespace().peekable();
        let range = words.next().unwrap();
        let flags = words.next_if(|word| !word.starts_with(|c: char| c.is_ascii_alphabetic())).unwrap_or("");
        let parts: Vec<_> =
            words.map_while(|word| word.starts_with(['N', 'X', 'Y', 'Z', '[']).then(|| part(word))).collect();
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        for number in from.parse::<u16>().unwrap()..=to.parse().unwrap() {
            let digits = format!("{number:0width$}", width = from.len());
            let ours = Identifier::parse(&digits).unwrap_or_else(|| panic!("{digits} is missing"));
            let rule = ours.rule().unwrap();
            assert_eq!(ours.has_predefined_length(), flags.contains('*'), "{digits}: separator");
            let min: usize = parts.iter().map(|(_, min, _)| *min).sum();
            let max: usize = parts.iter().map(|(_, _, max)| *max).sum();
            assert_eq!((rule.min(), rule.max()), (min, max), "{digits}: length");
            let letters = |place: usize| parts.iter().flat_map(|(letter, _, max)| vec![*letter; *max]).nth(place);
            let ours = rule.parts.iter().flat_map(|part| vec![letter(part.characters); part.max]);
            for (place, letter) in ours.enumerate() {
                assert_eq!(Some(letter), letters(place), "{digits}: character {place}");
            }
            seen.push(digits);
        }
    }
    assert!(seen.len() > 400, "only {} identifiers", seen.len());
    let ours = (0..10_000).flat_map(|number| (2..=4).map(move |width| format!("{number:0width$}")));
    let mut ours: Vec<_> = ours.filter(|digits| Identifier::parse(digits).is_some()).collect();
    ours.sort();
    ours.dedup();
    seen.sort();
    assert_eq!(ours, seen);
}

fn letter(characters: Characters) -> char {
    match characters {
        Characters::Digits => 'N',
        Characters::Set82 => 'X',
        Characters::Set39 => 'Y',
        Characters::Set64 => 'Z',
    }
}

/// `[X..17],check` → (`X`, 0, 17).
fn part(word: &str) -> (char, usize, usize) {
    let spec = word.split(',').next().unwrap();
    let is_optional = spec.starts_with('[');
    let spec = spec.trim_matches(['[', ']']);
    let (letter, length) = spec.split_at(1);
    let (min, max) = match length.strip_prefix("..") {
        Some(max) => (1, max.parse().unwrap()),
        None => (length.parse().unwrap(), length.parse().unwrap()),
    };
    (letter.chars().next().unwrap(), if is_optional { 0 } else { min }, max)
}
