//! Names of medications, and what people type who look for them.

use fastrand::Rng;

/// The same load each time.
const SEED: u64 = 31_000;

/// Names of the kind that catalogues have: substances of a few syllables, a salt, a strength, a form.
pub fn made_up(count: usize) -> Vec<String> {
    let syllables = ["di", "pi", "ro", "na", "ce", "fa", "zo", "li", "na", "mor", "fi", "xa", "ci", "lô", "ver", "ção"];
    let salts = ["sódica", "cloridrato", "acetato", "monoidratada", "potássico", ""];
    let strengths = ["500 mg", "5%", "0,9%", "50 mg/mL", "1.000 UI", "10 mg", "250 mcg"];
    let forms = ["comprimido", "solução injetável", "solução oral", "pó para suspensão", "creme", "cápsula"];
    let mut random = Rng::with_seed(SEED);
    (0..count)
        .map(|_| {
            let substance: String =
                (0..random.usize(2..6)).map(|_| syllables[random.usize(..syllables.len())]).collect();
            let mut one = |of: &[&str]| of[random.usize(..of.len())].to_owned();
            [substance, one(&salts), one(&strengths), one(&forms)].join(" ")
        })
        .collect()
}

/// What people type: the beginning of a name, as far as they have come; the beginnings of some words in any
/// order; and one in four with a wrong letter.
pub fn typed(names: &[String], count: usize) -> Vec<String> {
    let mut random = Rng::with_seed(SEED + 1);
    let beginning = |text: &str, random: &mut Rng| -> String {
        let length = text.chars().count().clamp(1, 20);
        text.chars().take(1 + random.usize(..length)).collect()
    };
    (0..count)
        .map(|number| {
            let name = &names[random.usize(..names.len())];
            let mut text = if number % 2 == 0 {
                beginning(name, &mut random)
            } else {
                let mut words: Vec<&str> = name.split(' ').collect();
                random.shuffle(&mut words);
                words.truncate(3);
                words.iter().map(|word| beginning(word, &mut random)).collect::<Vec<_>>().join(" ")
            };
            if number % 4 == 3
                && let Some((at, letter)) = text.char_indices().filter(|(_, c)| c.is_alphabetic()).nth(2)
            {
                text.replace_range(at..at + letter.len_utf8(), "x");
            }
            text
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_load_is_always_the_same_and_hard_enough() {
        let names = made_up(2000);
        assert_eq!(names, made_up(2000));
        let typed = typed(&names, 1000);
        assert!(typed.iter().all(|text| !text.trim().is_empty()));
        assert!(typed.iter().filter(|text| text.contains('x')).count() > 100);
    }
}
