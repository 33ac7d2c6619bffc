//! How text is compared when people search: case and accents do not count, in either database.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` in lower case, without accents, with single spaces.
pub(crate) fn search_text(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_spacing_do_not_count() {
        for text in ["DIPIRONA  SÓDICA", "dipirona so\u{301}dica", " Dipirona\u{a0}Sódica "] {
            assert_eq!(search_text(text), "dipirona sodica");
        }
    }
}
