//! How names, and what people type, are taken apart into words, and which slips of the finger are forgiven.
//! Pure.

use std::collections::BTreeSet;

/// The fewest letters of a word in which a typing error is forgiven: shorter ones are near to too many others.
pub(crate) const FORGIVEN_FROM: usize = 4;

/// The most letters of such a word. There are some thousand ways to mistype one of this length, and no substance has
/// a longer name.
const FORGIVEN_TO: usize = 64;

/// What a character is to a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    /// Also the points and commas that [`key`] leaves, which are those within a number.
    Digit,
    Sign,
}

fn kind(c: char) -> Kind {
    match c {
        ',' | '.' => Kind::Digit,
        c if c.is_numeric() => Kind::Digit,
        c if c.is_alphabetic() => Kind::Letter,
        _ => Kind::Sign,
    }
}

/// The form in which a name and a search are compared: words with single spaces between. `text` is in lower
/// case and without accents already, see [`crate::search_text::search_text`].
///
/// Words are made of letters, digits and the signs `%`, `_`, `'`, `"` and `\`. A point or comma between digits
/// belongs to the number. Every other character ends a word. `5 %` is `5%`, so that it can't find `50%`.
pub(crate) fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let c = match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            c => c,
        };
        let is_within_number =
            matches!(c, ',' | '.') && before.is_numeric() && rest.peek().is_some_and(|next| next.is_numeric());
        if c.is_alphanumeric() || matches!(c, '%' | '_' | '\'' | '"' | '\\') || is_within_number {
            if c == '%' && key.ends_with(' ') && key.trim_end().ends_with(char::is_numeric) {
                key.pop();
            }
            key.push(c);
        } else if !key.is_empty() && !key.ends_with(' ') {
            key.push(' ');
        }
        before = c;
    }
    key.truncate(key.trim_end().len());
    key
}

/// Whether a word of its own may begin or end at byte `at` of `word`: at its ends, between letters and digits,
/// and on both sides of a sign.
pub(crate) fn is_boundary(word: &str, at: usize) -> bool {
    let Some((before, after)) = word.split_at_checked(at) else { return false };
    match (before.chars().next_back().map(kind), after.chars().next().map(kind)) {
        (Some(before), Some(after)) => before != after || before == Kind::Sign,
        _ => true,
    }
}

/// What may be typed to find a name with this [`key`]: its words, each also from every boundary within it on
/// (`500mg` also as `mg`), and a number also with the unit that follows it (`500 mg` also as `500mg`).
pub(crate) fn findable(key: &str) -> BTreeSet<String> {
    let mut findable = BTreeSet::new();
    let mut words = key.split(' ').peekable();
    while let Some(word) = words.next() {
        let starts = || word.char_indices().map(|(at, _)| at).filter(|at| is_boundary(word, *at));
        findable.extend(starts().map(|at| word[at..].to_owned()));
        let number = starts().next_back().map_or("", |at| &word[at..]);
        if let Some(unit) = words.peek()
            && number.chars().all(|c| kind(c) == Kind::Digit)
            && unit.starts_with(|c| kind(c) == Kind::Letter)
        {
            findable.insert(format!("{number}{unit}"));
        }
    }
    findable.remove("");
    findable
}

/// What may have been meant by `word` if one letter of it is wrong, missing or too much, or two neighbours have
/// changed places. Nothing for words with a digit or a sign in them: no other number, and no other strength, is
/// ever meant. Nor for short words, but that a whole word of [`FORGIVEN_FROM`] letters may lack one.
///
/// A letter that is missing at the end is not among them: `word` is the beginning of what was meant then.
pub(crate) fn meant(word: &str, alphabet: &BTreeSet<char>) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut meant = BTreeSet::new();
    let is_forgiven = (FORGIVEN_FROM - 1..=FORGIVEN_TO).contains(&letters.len());
    if !is_forgiven || letters.iter().any(|c| kind(*c) != Kind::Letter) {
        return meant;
    }
    let is_short = letters.len() < FORGIVEN_FROM;
    let text = |before: &[char], between: &[char], after: &[char]| -> String {
        [before, between, after].iter().flat_map(|part| part.iter()).collect()
    };
    for at in 0..letters.len() {
        let (before, from) = letters.split_at(at);
        meant.extend(alphabet.iter().map(|letter| text(before, &[*letter], from)));
        if is_short {
            continue;
        }
        meant.insert(text(before, &[], &from[1..]));
        if let [first, second, after @ ..] = from {
            meant.insert(text(before, &[*second, *first], after));
        }
        meant.extend(alphabet.iter().map(|letter| text(before, &[*letter], &from[1..])));
    }
    meant.remove(word);
    meant
}

/// The letters of a name with this [`key`], for [`meant`].
pub(crate) fn letters(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(|c| kind(*c) == Kind::Letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search_text::search_text;

    fn key_of(text: &str) -> String {
        key(&search_text(text))
    }

    #[test]
    fn names_are_compared_by_their_words() {
        for (name, expected) in [
            ("Dipirona SÓDICA 500 mg/mL (2 mL)", "dipirona sodica 500 mg ml 2 ml"),
            ("Cloreto de sódio 0,9%, bolsa", "cloreto de sodio 0,9% bolsa"),
            ("Glicose 5 %", "glicose 5%"),
            ("Heparina 1.000.", "heparina 1.000"),
            ("Soro d\u{2019}água \"x\" a_b \\", "soro d'agua \"x\" a_b \\"),
            (" -- / ", ""),
        ] {
            assert_eq!(key_of(name), expected);
        }
    }

    #[test]
    fn a_word_begins_where_letters_digits_and_signs_meet() {
        let findable = |name: &str| findable(&key_of(name)).into_iter().collect::<Vec<_>>();
        assert_eq!(findable("Glicose_5"), ["5", "_5", "glicose_5"]);
        assert_eq!(findable("0,5%"), ["%", "0,5%"], "5% is something else");
        assert_eq!(findable("500mg"), ["500mg", "mg"]);
        assert_eq!(findable("B12 500 mg"), ["12", "500", "500mg", "b12", "mg"]);
        assert_eq!(findable(""), [""; 0]);
    }

    #[test]
    fn a_word_ends_where_letters_digits_and_signs_meet() {
        for (word, typed, expected) in
            [("5%", "5", true), ("50%", "5", false), ("0,9%", "0", false), ("500mg", "500", true), ("mg", "mg", true)]
        {
            assert_eq!(is_boundary(word, typed.len()), expected, "{typed} of {word}");
        }
    }

    #[test]
    fn one_slip_is_forgiven_and_never_in_a_number() {
        let alphabet: BTreeSet<char> = ('a'..='z').collect();
        let of_sodica = meant("sodica", &alphabet);
        for slip in ["odica", "sdica", "osdica", "sodiac", "xodica", "sodicx", "xsodica", "sodixca"] {
            assert!(of_sodica.contains(slip), "{slip}");
        }
        for other in ["sodica", "sdca", "dosica"] {
            assert!(!of_sodica.contains(other), "{other}");
        }
        for word in ["500", "5000", "500mg", "mgml1", "ab", "5%", "a_bcd"] {
            assert!(meant(word, &alphabet).is_empty(), "{word}");
        }
        assert!(meant("oro", &alphabet).contains("soro"), "one is missing of four");
        assert!(meant("oro", &alphabet).iter().all(|meant| meant.len() == 4));
        assert!(of_sodica.iter().all(|meant| meant.chars().all(char::is_alphabetic)));
    }
}
