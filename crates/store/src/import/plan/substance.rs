//! Substances, found in what the register says works in a medication.

use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::search_text::search_text;

/// A word as it is compared, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    folded: String,
    at: Range<usize>,
}

/// What parts the components of a medication, and the names of one substance.
const BETWEEN: [char; 7] = ['+', ';', '/', ',', '(', ')', '\n'];

/// Case and accents don't count. A hyphen belongs to its word and does not count either: `N-oxicodeína` is a
/// substance of its own, and not `oxicodeína`.
fn words(text: &str) -> Vec<Word> {
    let is_of_word =
        |c: char| c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '\u{2010}' | '\u{2011}');
    let mut words = vec![];
    let mut begin = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (begin, is_of_word(c)) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                begin = None;
                let word = text.get(from..at).unwrap_or_default();
                let folded: String = search_text(word).chars().filter(|c| c.is_alphanumeric()).collect();
                if !folded.is_empty() {
                    words.push(Word { folded, at: from..at });
                }
            }
            _ => {}
        }
    }
    words
}

fn folded(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.folded).collect()
}

/// The names in a list's cell, each in words: `Dimefeptanol (metadol)` and
/// `Cloreto de metileno/diclorometano` have two.
pub(super) fn names(text: &str) -> Vec<Vec<String>> {
    text.split(BETWEEN).flat_map(|part| part.split(" - ")).map(folded).filter(|name| !name.is_empty()).collect()
}

/// `name` with the words of `spelling` written as there; nothing where it does not have them.
pub(super) fn respelled(name: &str, spelling: &str) -> Option<String> {
    let (in_name, wanted) = (words(name), folded(spelling));
    let found = in_name.windows(wanted.len().max(1)).find(|some| is_name(some, &wanted))?;
    let (first, last) = (found.first()?, found.last()?);
    Some(format!("{}{spelling}{}", name.get(..first.at.start)?, name.get(last.at.end..)?))
}

fn is_name(words: &[Word], name: &[String]) -> bool {
    words.len() == name.len() && words.iter().zip(name).all(|(word, name)| word.folded == *name)
}

/// Where a substance was found: in which component, and in which of its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Whose name it is, as it was put in.
    pub(super) of: usize,
    component: usize,
    words: Range<usize>,
}

impl Found {
    /// Whether the other says more of the same: `valproato` within `valproato de magnésio`.
    pub(super) fn is_within(&self, other: &Found) -> bool {
        self.component == other.component
            && other.words.start <= self.words.start
            && self.words.end <= other.words.end
            && self.words.len() < other.words.len()
    }
}

/// Names, by their first words.
#[derive(Default)]
pub(super) struct Names(HashMap<String, Vec<(Vec<String>, usize)>>);

impl Names {
    pub(super) fn put(&mut self, name: Vec<String>, of: usize) {
        if let Some(first) = name.first() {
            self.0.entry(first.clone()).or_default().push((name, of));
        }
    }

    /// All names that stand in one component of `ingredient` as whole words in a row.
    pub(super) fn find(&self, ingredient: &str) -> Vec<Found> {
        let mut found = vec![];
        for (component, text) in ingredient.split(BETWEEN).enumerate() {
            let words = words(text);
            for (begin, first) in words.iter().enumerate() {
                for (name, of) in self.0.get(&first.folded).into_iter().flatten() {
                    let end = begin + name.len();
                    if words.get(begin..end).is_some_and(|some| is_name(some, name)) {
                        found.push(Found { of: *of, component, words: begin..end });
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str], ingredient: &str) -> Vec<String> {
        let mut index = Names::default();
        for (of, text) in names.iter().enumerate() {
            for name in super::names(text) {
                index.put(name, of);
            }
        }
        let all = index.find(ingredient);
        let longest = all.iter().filter(|one| !all.iter().any(|other| one.is_within(other)));
        longest.filter_map(|one| names.get(one.of)).map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_substance_stands_as_whole_words_in_one_component() {
        for (name, ingredient) in [
            ("Morfina", "sulfato de morfina pentaidratado"),
            ("MORFINA", "Sulfato de Morfi\u{301}na"),
            ("Metilfenidato", "cloridrato de metilfenidato"),
            ("Codeína", "paracetamol +  FOSFATO DE CODEINA HEMI-HIDRATADO"),
            ("Ácido valpróico", "valproato de sódio + ÁCIDO  VALPROICO"),
            ("Ftalimidoglutarimida (Talidomida)", "talidomida"),
            ("Cloreto de metileno/diclorometano", "cloreto de metileno"),
            ("Prasterona (deidroepiandrosterona - DHEA)", "DHEA"),
            ("GHB (ácido gama-hidroxibutírico)", "sal do ácido gama-hidroxibutírico"),
            ("Citalopram", "hidrobrometo de citalopram (port. 344/98 lista c 1)"),
            ("N-oxicodeína", "n‑oxicodeina"),
        ] {
            assert_eq!(found(&[name], ingredient), [name], "{ingredient}");
        }
        for (name, ingredient) in [
            ("Codeína", "diidrocodeína"),
            ("Morfina", "diacetilmorfina"),
            ("Codeína", "n-codeína"),
            ("Morfina", "6-acetil-morfina"),
            ("Fentanila", "cloridrato de alfentanila"),
            ("Ácido valpróico", "ácido + valpróico"),
            ("Ácido valpróico", "ácido cítrico valpróico"),
            ("Lítio", "litioterapia"),
            ("Morfina", ""),
        ] {
            assert_eq!(found(&[name], ingredient), Vec::<String>::new(), "{ingredient}");
        }
    }

    #[test]
    fn the_longest_name_counts() {
        let names = ["Valproato", "Valproato de magnésio", "Magnésio"];
        assert_eq!(found(&names, "valproato de magnésio"), ["Valproato de magnésio"]);
        assert_eq!(found(&names, "valproato de sódio + magnésio"), ["Valproato", "Magnésio"]);
    }

    #[test]
    fn a_name_is_spelled_so_that_it_is_told_apart() {
        let spelled = respelled("CLORIDRATO DE DOBUTAMINA 12,5 mg", "DOBUTamina");
        assert_eq!(spelled.as_deref(), Some("CLORIDRATO DE DOBUTamina 12,5 mg"));
        assert_eq!(respelled("Dobtan", "DOBUTamina"), None);
        assert_eq!(respelled("Dobtan", "-"), None);
        assert_eq!(respelled("", "x"), None);
    }
}
