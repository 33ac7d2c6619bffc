//! What must hold for any text.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;

use super::super::part::{Characters, Check, check_digit};
use super::super::{Gtin, Identifier, InvalidGtin, Scan, what_is};
use super::THIS_YEAR;

fn identifiers() -> Vec<Identifier> {
    let digits = (0..10_000).flat_map(|number| (2..=4).map(move |width| format!("{number:0width$}")));
    digits.filter_map(|digits| Identifier::parse(&digits)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The digits with the check digit that fits them.
fn checked(digits: &str) -> String {
    (0..=9).map(|digit| format!("{digits}{digit}")).find(|all| check_digit::fits(all)).unwrap()
}

/// A value such as may stand behind the identifier, drawn from `chance`.
fn value(identifier: Identifier, mut chance: u64) -> String {
    let mut draw = |below: usize| {
        // Knuth's multiplier for 64 bits; its high bits are the good ones.
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(chance >> 33).unwrap() % below
    };
    let mut value = String::new();
    for part in identifier.rule().unwrap().parts {
        if part.is_optional && draw(2) == 0 {
            break;
        }
        let length = part.min + draw(part.max - part.min + 1);
        match part.check {
            Check::Date => value += &format!("{:02}{:02}{:02}", draw(100), 1 + draw(12), 1 + draw(28)),
            Check::DateOrMonth => value += &format!("{:02}{:02}{:02}", draw(100), 1 + draw(12), draw(29)),
            Check::Time => value += &format!("{:02}{:02}", draw(24), draw(60)),
            Check::LastDigit => {
                // The first one is no zero: zeros alone would be no product.
                let digits: String =
                    (1..length).map(|place| char::from(b'0' + draw(9) as u8 + u8::from(place == 1))).collect();
                value += &checked(&digits);
            }
            Check::None => {
                let set: Vec<char> = (0..128_u8).map(char::from).filter(|c| part.characters.has(*c)).collect();
                value.extend((0..length).map(|_| set[draw(set.len())]));
            }
        }
    }
    value
}

/// Writes as GS1 GS §7.8 says: a separator behind every value whose length is not predefined, but the last.
fn element_string(elements: &[(Identifier, String)]) -> String {
    let mut text = String::new();
    for (place, (identifier, value)) in elements.iter().enumerate() {
        text += &format!("{identifier}{value}");
        if !identifier.has_predefined_length() && place + 1 < elements.len() {
            text.push('\u{1D}');
        }
    }
    text
}

fn elements() -> impl Strategy<Value = Vec<(Identifier, String)>> {
    let element =
        (select(identifiers()), any::<u64>()).prop_map(|(identifier, chance)| (identifier, value(identifier, chance)));
    prop::collection::vec(element, 1..8).prop_map(|mut elements| {
        let mut seen = BTreeSet::new();
        elements.retain(|(identifier, _)| seen.insert(*identifier));
        elements
    })
}

/// All elements of a scan but dates, whose digits are not kept.
fn said(scan: &Scan) -> BTreeSet<(Identifier, String)> {
    let named = [
        (Identifier::GTIN, scan.gtin.map(|gtin| gtin.to_string())),
        (Identifier::LOT, scan.lot.clone()),
        (Identifier::SERIAL, scan.serial.clone()),
        (Identifier::ANVISA, scan.anvisa.clone()),
    ];
    let named = named.into_iter().filter_map(|(identifier, value)| Some((identifier, value?)));
    named.chain(scan.others.iter().cloned()).collect()
}

proptest! {
    #[test]
    fn what_is_written_with_separators_is_read_back(
        elements in elements(),
        symbology in select(vec!["]d2", "]C1", "]e0", "]Q3", "]J1"]),
    ) {
        // A last separator, or two elements of which the first has one, says that separators are transmitted.
        let text = format!("{symbology}\u{1D}{}\u{1D}", element_string(&elements));
        let scan = Scan::parse(&text, THIS_YEAR).unwrap();
        let expected = elements.iter().filter(|(identifier, _)| *identifier != Identifier::EXPIRY).cloned();
        prop_assert_eq!(said(&scan), expected.collect());
        let expiries = [Identifier::EXPIRY, Identifier::EXPIRY_TIME];
        let has_expiry = |(identifier, _): &(Identifier, String)| expiries.contains(identifier);
        prop_assert_eq!(scan.expires_on.is_some(), elements.iter().any(has_expiry));
    }

    #[test]
    fn without_separators_nothing_is_read_otherwise_than_written(
        lot in "[A-Z0-9]{1,12}",
        serial in "[A-Z0-9]{1,12}",
        month in 1..=12,
        day in 1..=28,
    ) {
        let text = format!("010789600621914910{lot}1726{month:02}{day:02}21{serial}");
        prop_assert!(Scan::parse(&text, THIS_YEAR).is_err(), "{}", text);
        let text = format!("01078960062191491726{month:02}{day:02}10{lot}");
        if let Ok(scan) = Scan::parse(&text, THIS_YEAR) {
            prop_assert_eq!(scan.lot, Some(lot));
        }
    }

    #[test]
    fn a_printed_text_reads_like_its_symbol(lot in "[A-Z0-9./-]{1,20}", serial in "[A-Za-z0-9]{1,20}") {
        let printed = Scan::parse(&format!("(01) 07896006219149 (17)261200(10){lot} (21){serial}"), THIS_YEAR);
        let symbol = Scan::parse(&format!("]C101078960062191491726120010{lot}\u{1D}21{serial}"), THIS_YEAR);
        let lot = lot.replace('/', "%2F");
        let link = format!("https://example.com/x/01/07896006219149/10/{lot}/21/{serial}?17=261200");
        let link = Scan::parse(&link, THIS_YEAR);
        prop_assert_eq!(&printed, &symbol);
        prop_assert_eq!(&printed, &link);
        prop_assert!(printed.is_ok());
    }

    #[test]
    fn one_wrong_digit_of_a_product_is_found(
        number in 1_u64..10_u64.pow(13),
        length in select(vec![8, 12, 13, 14]),
        place in 0..14_usize,
        other in 0..10_u8,
    ) {
        let digits = checked(&format!("{:0width$}", number % 10_u64.pow(length - 1), width = length as usize - 1));
        prop_assume!(digits.bytes().any(|byte| byte != b'0'));
        let gtin = Gtin::parse(&digits).unwrap();
        prop_assert_eq!(gtin.to_string(), format!("{digits:0>14}"));
        let place = place % digits.len();
        let mut wrong = digits.into_bytes();
        prop_assume!(wrong[place] != b'0' + other);
        wrong[place] = b'0' + other;
        prop_assert_eq!(Gtin::parse(&String::from_utf8(wrong).unwrap()), Err(InvalidGtin::CheckDigit));
    }

    #[test]
    fn no_text_breaks_it(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..200), this_year: i32) {
        what_is(&text, this_year);
        what_is(&String::from_utf8_lossy(&bytes), this_year);
        what_is(&format!("(10){text}"), this_year);
        what_is(&format!("01{text}"), this_year);
        what_is(&format!("https://{text}/01/07896006219149/10/%{text}"), this_year);
    }
}

#[test]
fn no_identifier_is_the_beginning_of_another() {
    let all: Vec<String> = identifiers().iter().map(ToString::to_string).collect();
    for one in &all {
        let longer = all.iter().find(|other| *other != one && other.starts_with(one.as_str()));
        assert_eq!(longer, None, "{one}");
    }
}

#[test]
fn every_set_has_as_many_characters_as_it_is_called() {
    let count = |set: Characters| (0..=255_u8).map(char::from).filter(|c| set.has(*c)).count();
    assert_eq!(count(Characters::Set82), 82);
    assert_eq!(count(Characters::Set39), 39);
    // And the sign that fills up.
    assert_eq!(count(Characters::Set64), 65);
}

#[test]
fn twenty_thousand_spoilt_scans_break_nothing() {
    let vectors = include_str!("../vectors.tsv").lines().filter_map(|line| line.split('\t').nth(1));
    let seeds: Vec<Vec<char>> = vectors.map(|text| text.replace("\\x1D", "\u{1D}").chars().collect()).collect();
    let pieces: Vec<char> = "0123456789()]<GS>\u{1D}%/?=&A10171é💊\0\n".chars().collect();
    let mut chance = 2026_u64;
    let mut draw = |below: usize| {
        // Xorshift of 64 bits: the same inputs in every run.
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        usize::try_from(chance >> 1).unwrap() % below
    };
    for _ in 0..20_000 {
        let mut text = seeds[draw(seeds.len())].clone();
        for _ in 0..=draw(4) {
            let place = draw(text.len() + 1);
            match draw(4) {
                0 if place < text.len() => drop(text.remove(place)),
                1 if place < text.len() => text[place] = pieces[draw(pieces.len())],
                2 => text.truncate(place),
                3 => text.splice(place..place, seeds[draw(seeds.len())].clone()).for_each(drop),
                _ => text.insert(place, pieces[draw(pieces.len())]),
            }
        }
        what_is(&text.into_iter().collect::<String>(), THIS_YEAR);
    }
}
