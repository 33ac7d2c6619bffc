use proptest::prelude::*;
use proptest::sample::Index as Pick;
use unicode_normalization::UnicodeNormalization;

use super::*;

fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128)
}

fn index(names: &[&str]) -> Index {
    let mut index = Index::default();
    index.change([], names.iter().enumerate().map(|(number, name)| (id(number), search_text(name))));
    index
}

fn find(index: &Index, names: &[&str], typed: &str) -> Vec<(String, Match)> {
    let found = index.find(&SearchText::parse(typed).unwrap(), None, 100).0;
    found.iter().map(|(id, by)| (names[usize::try_from(id.as_u128()).unwrap()].to_owned(), *by)).collect()
}

fn names_found(names: &[&str], typed: &str) -> Vec<String> {
    find(&index(names), names, typed).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn the_name_comes_first_then_beginnings_words_parts_and_typing_errors() {
    let names = [
        "Codeína com dipirrona",
        "Tabela Dipironato",
        "Codeína com dipirona",
        "Dipironato",
        "Dipirona sódica",
        "Dipirona",
        "Paracetamol",
    ];
    let expected = [
        ("Dipirona", Match::Exact),
        ("Dipirona sódica", Match::Exact),
        ("Dipironato", Match::Prefix),
        ("Codeína com dipirona", Match::Exact),
        ("Tabela Dipironato", Match::Prefix),
        ("Codeína com dipirrona", Match::Typo),
    ];
    let found = find(&index(&names), &names, "dipirona");
    assert_eq!(found, expected.map(|(name, by)| (name.to_owned(), by)));
}

#[test]
fn fewer_typing_errors_come_first() {
    let names = ["Adipirona sodica", "Dipirona sódica"];
    assert_eq!(names_found(&names, "dipirona sodca"), ["Dipirona sódica", "Adipirona sodica"]);
}

#[test]
fn of_equals_what_is_stocked_comes_first() {
    let names = ["Soro A", "Soro B", "Soro C"];
    let mut index = index(&names);
    index.set_stocked(&HashSet::from([id(2)]));
    let found = |index: &Index| find(index, &names, "soro").into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(found(&index), ["Soro C", "Soro A", "Soro B"]);
    index.change([], [(id(2), search_text("Soro D"))]);
    assert_eq!(found(&index)[0], "Soro C", "a renamed one is still stocked");
    index.set_stocked(&HashSet::new());
    assert_eq!(found(&index)[2], "Soro C");
}

#[test]
fn no_other_number_is_ever_found() {
    let names = ["Glicose 5% 500 mL", "Glicose 50% 10 mL", "Glicose 0,5% 50 mL", "Glicose 10%"];
    assert_eq!(names_found(&names, "glicose 5%"), ["Glicose 5% 500 mL"]);
    assert_eq!(names_found(&names, "5 % GLICOSE"), ["Glicose 5% 500 mL"]);
    assert_eq!(names_found(&names, "glicose 0,5%"), ["Glicose 0,5% 50 mL"]);
    assert_eq!(names_found(&names, "500"), ["Glicose 5% 500 mL"]);
    assert_eq!(names_found(&names, "500ml"), ["Glicose 5% 500 mL"]);
    assert_eq!(names_found(&names, "5000"), [""; 0]);
    assert_eq!(names_found(&names, "glicose 5")[0], "Glicose 5% 500 mL", "whole numbers first");
}

#[test]
fn a_short_word_may_lack_a_letter_and_is_whole_then() {
    let names = ["Soro fisiológico", "Sorobom", "Zoro", "Sal"];
    assert_eq!(find(&index(&names), &names, "oro").len(), 2, "Soro and Zoro");
    assert_eq!(names_found(&names, "sla"), [""; 0]);
}

#[test]
fn an_endless_word_is_cut_and_forgiven_nothing() {
    let name = "a".repeat(200);
    let names = [name.as_str()];
    assert_eq!(find(&index(&names), &names, &"a".repeat(100_000)), [(name.clone(), Match::Exact)]);
    assert_eq!(names_found(&names, &format!("b{name}")), [""; 0], "too long to forgive an error in it");
}

#[test]
fn what_is_changed_or_gone_is_found_so() {
    let names = ["Morfina 10 mg", "Naloxona", "Fentanila"];
    let mut changed = index(&names);
    changed.change([id(0)], [(id(1), search_text("Morfina 1 mg")), (id(3), search_text("Diazepam"))]);
    let anew = index(&["", "Morfina 1 mg", "Fentanila", "Diazepam"]);
    for typed in ["morfina", "naloxona", "fent", "diasepam", "1 mg", "10"] {
        let search = SearchText::parse(typed).unwrap();
        assert_eq!(changed.find(&search, None, 10), anew.find(&search, None, 10), "{typed}");
    }
}

#[test]
fn pages_are_complete_also_when_names_come_and_go_meanwhile() {
    let names: Vec<String> = (0..100).map(|number| format!("Soro {:02} {}", number % 37, number)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut index = index(&names);
    index.set_stocked(&(0..100).filter(|number| number % 5 == 0).map(id).collect());
    let search = SearchText::parse("sor").unwrap();
    let whole: Vec<Uuid> = index.find(&search, None, 1000).0.into_iter().map(|(id, _)| id).collect();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = index.find(&search, after.as_ref(), 7);
        seen.extend(page.into_iter().map(|(id, _)| id));
        // The last of each page is taken out, and something comes in front.
        let last = *seen.last().unwrap();
        index.change([last], [(id(1000 + seen.len()), search_text("Soro"))]);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.iter().filter(|seen| seen.as_u128() < 1000).copied().collect::<Vec<_>>(), whole);
}

/// A name of the kind that catalogues have.
fn name() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-zçãõáéíóúâêô]{1,12}",
        1 => "[0-9]{1,4}(,[0-9])?(mg|%|mL)?",
        1 => "[a-z]{1,3}/[a-z]{1,3}",
        1 => "\\([a-z']{1,6}\\)",
    ];
    prop::collection::vec(word, 1..6).prop_map(|words| words.join(" "))
}

/// `word` with one letter too much, missing, wrong, or in its neighbour's place.
fn with_a_slip(word: &str, at: Pick, kind: u8) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = at.index(letters.len());
    match kind {
        0 => letters.insert(at, 'k'),
        1 => drop(letters.remove(at)),
        2 => letters[at] = 'w',
        _ => letters.swap(at, (at + 1).min(word.chars().count() - 1)),
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_name_is_found_by_the_beginnings_of_its_words_however_they_are_written(
        wanted in name(),
        others in prop::collection::vec(name(), 0..20),
        picks in prop::collection::vec((any::<Pick>(), any::<Pick>()), 1..5),
        is_upper in any::<bool>(),
        is_decomposed in any::<bool>(),
        slip in prop::option::of((any::<Pick>(), any::<Pick>(), 0..4_u8)),
    ) {
        let names: Vec<&str> = [wanted.as_str()].into_iter().chain(others.iter().map(String::as_str)).collect();
        let index = index(&names);
        let words: Vec<&str> = wanted.split(' ').collect();
        let mut typed: Vec<String> = picks
            .iter()
            .map(|(word, length)| {
                let letters: Vec<char> = words[word.index(words.len())].chars().collect();
                letters[..=length.index(letters.len())].iter().collect()
            })
            .collect();
        // A slip is made in a word of letters alone, and where that leaves three, in a whole one.
        let is_long = |typed: &String| {
            let length = typed.chars().count();
            typed.chars().all(char::is_alphabetic) && (length > 4 || (length == 4 && words.contains(&typed.as_str())))
        };
        let long: Vec<usize> = (0..typed.len()).filter(|at| is_long(&typed[*at])).collect();
        if let (Some((word, at, kind)), false) = (slip, long.is_empty()) {
            let word = long[word.index(long.len())];
            typed[word] = with_a_slip(&typed[word], at, kind);
        }
        let mut text = typed.join(" ");
        if is_upper {
            text = text.to_uppercase();
        }
        text = if is_decomposed { text.nfd().collect() } else { text.nfc().collect() };
        // Signs alone are no search.
        if let Some(search) = SearchText::parse(&text) {
            let found = index.find(&search, None, 100).0;
            prop_assert!(found.iter().any(|(found, _)| *found == id(0)), "{text:?} does not find {wanted:?}");
        }
    }

    #[test]
    fn the_name_itself_is_always_first(names in prop::collection::vec(name(), 1..30), pick in any::<Pick>()) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let wanted = names[pick.index(names.len())];
        let found = find(&index(&names), &names, wanted);
        prop_assert_eq!(SearchText::parse(&found[0].0), SearchText::parse(wanted));
        prop_assert!(found.windows(2).all(|pair| pair[0].1 != Match::Typo || pair[1].1 == Match::Typo));
    }
}
