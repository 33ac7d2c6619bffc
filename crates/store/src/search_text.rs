//! How text is compared when people search: case and accents do not count, in either database.

use sea_orm::sea_query::LikeExpr;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` in lower case, without accents, with single spaces.
pub(crate) fn search_text(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A pattern for each word of `search`, which finds it anywhere; `%`, `_` and `\` are letters.
pub(crate) fn patterns(search: &str) -> Vec<LikeExpr> {
    let escape = |word: &str| {
        word.chars().fold(String::new(), |mut escaped, c| {
            if matches!(c, '%' | '_' | '\\') {
                escaped.push('\\');
            }
            escaped.push(c);
            escaped
        })
    };
    search_text(search)
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| LikeExpr::new(format!("%{}%", escape(word))).escape('\\'))
        .collect()
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
