//! What is read, and what is told instead.

mod published;
mod random;

use super::{Code, Identifier, MAX_BYTES, Scan, ScanError, Unreadable, what_is};
use crate::InvalidCode;

const THIS_YEAR: i32 = 2026;

/// Everything that a scan says, on one line.
fn line(scan: &Scan) -> String {
    let named = [
        ("gtin", scan.gtin.map(|gtin| gtin.to_string())),
        ("lot", scan.lot.clone()),
        ("expires", scan.expires_on.map(|day| day.to_string())),
        ("serial", scan.serial.clone()),
        ("anvisa", scan.anvisa.clone()),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    let others = scan.others.iter().map(|(identifier, value)| format!("{identifier}={value}"));
    named.chain(others).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_vector_is_read_as_it_says() {
    let vectors = include_str!("vectors.tsv").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut differences = Vec::new();
    let mut count = 0;
    for vector in vectors {
        let [what, text, expected] = vector.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns are needed: {vector}")
        };
        let text = text.replace("\\x1D", "\u{1D}").replace("\\n", "\n").replace("\\r", "\r");
        let read = match Scan::parse(&text, THIS_YEAR) {
            Ok(scan) => line(&scan),
            Err(why) => format!("error: {why}"),
        };
        if read != expected {
            differences.push(format!("{what}: {text:?}\n  should be {expected}\n  but is    {read}"));
        }
        count += 1;
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(count > 80, "only {count} vectors");
}

#[test]
fn what_is_certain_before_a_doubt_is_kept() {
    let Err(ScanError::Ambiguous(doubt)) = Scan::parse("010789600621914910ABC17261231", THIS_YEAR) else {
        panic!("is ambiguous")
    };
    assert_eq!((doubt.identifier, doubt.text.as_str()), (Identifier::LOT, "ABC17261231"));
    assert_eq!(line(&doubt.certain), "gtin=07896006219149");
    let splits: Vec<_> = doubt.splits.iter().map(|split| (split.value.as_str(), split.next)).collect();
    assert_eq!(splits, [("ABC", Identifier::EXPIRY)]);
}

#[test]
fn a_text_longer_than_any_symbol_is_refused_unread() {
    let text = "9".repeat(MAX_BYTES + 1);
    assert_eq!(Scan::parse(&text, THIS_YEAR), Err(ScanError::TooLong));
    assert_eq!(what_is(&text, THIS_YEAR), Code::Neither(ScanError::TooLong.into()));
    assert_ne!(Scan::parse(&text[1..], THIS_YEAR), Err(ScanError::TooLong));
}

#[test]
fn a_text_made_to_be_ambiguous_everywhere_is_read_in_good_time() {
    for piece in ["1021", "10", "21710", "9110A17261231", "]d2", "(10)", "%25"] {
        let text = format!("91{}", piece.repeat(MAX_BYTES)).chars().take(MAX_BYTES).collect::<String>();
        assert!(Scan::parse(&text, THIS_YEAR).is_err(), "{piece}");
    }
}

#[test]
fn a_carton_has_no_ean_13() {
    let gtin = |text| Scan::parse(text, THIS_YEAR).unwrap().gtin.unwrap();
    assert_eq!(gtin("7896006219149").as_gtin13().as_deref(), Some("7896006219149"));
    assert_eq!(gtin("17896006219146").as_gtin13(), None);
    assert_eq!(gtin("96385074").as_gtin13().as_deref(), Some("0000096385074"));
}

#[test]
fn a_dispenser_is_known_by_its_label_and_by_its_code() {
    for text in [
        "https://botica.hospital.example/d/22222222",
        "]Q1HTTP://10.0.0.7:8000/botica/d/2222-2222/?from=label#top",
        "22222222",
        " 2222 2222\r\n",
        "2222-2222",
    ] {
        assert!(matches!(what_is(text, THIS_YEAR), Code::Dispenser(code) if code.as_str() == "22222222"), "{text}");
    }
}

#[test]
fn a_product_is_known_by_any_of_its_codes() {
    for text in ["7896006219149", "]E07896006219149", "https://id.gs1.org/01/07896006219149", "(01)07896006219149"] {
        assert!(matches!(what_is(text, THIS_YEAR), Code::Product(scan) if scan.gtin.is_some()), "{text}");
    }
}

#[test]
fn what_is_neither_says_why() {
    for (text, why) in [
        ("https://botica.hospital.example/d/22222223", Unreadable::from(InvalidCode::Check)),
        ("https://botica.hospital.example/d/2222", InvalidCode::Form.into()),
        ("ABCDEFGH", InvalidCode::Check.into()),
        ("https://botica.hospital.example/orders", ScanError::NotALink.into()),
        ("hello", ScanError::NotGs1.into()),
        (" ", ScanError::Empty.into()),
    ] {
        assert_eq!(what_is(text, THIS_YEAR), Code::Neither(why), "{text}");
    }
}

#[test]
fn eight_digits_that_are_a_product_and_a_dispenser_are_both() {
    let text = "22223784";
    let Code::Either { dispenser, product } = what_is(text, THIS_YEAR) else { panic!("{text} is both") };
    assert_eq!((dispenser.as_str(), product.gtin.unwrap().to_string()), (text, format!("000000{text}")));
}
