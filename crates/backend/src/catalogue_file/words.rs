//! Words of files compared as a person compares them.

use encoding_rs::WINDOWS_1252;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters and digits only, small and without accents: `Código GGREM ` and `CODIGO_GGREM` are one.
pub(super) fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// One line: outer spaces away, every run of white space (no-break spaces, tabs and line ends too) a single
/// space, entities and doubled apostrophes resolved.
///
/// ANVISA's files have all of these. `''` is an apostrophe that a database export escaped.
pub(super) fn one_line(text: &str) -> String {
    let text: String = without_entities(text).chars().map(of_windows).collect();
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.contains("''") { line.replace("''", "'") } else { line }
}

/// What a control character between U+0080 and U+009F was meant to be: text in Windows-1252 was taken for Latin-1
/// on its way. The register has dashes and apostrophes of this kind; HTML reads such references so too.
fn of_windows(character: char) -> char {
    match u8::try_from(character) {
        Ok(byte @ 0x80..=0x9F) => {
            WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(character)
        }
        _ => character,
    }
}

/// The longest entity that is known, with `&` and `;`, and then some zeros.
const LONGEST_ENTITY: usize = 12;

/// HTML's character references resolved, those that Portuguese needs by name. What is not one stays.
pub(super) fn without_entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() < LONGEST_ENTITY);
        match entity.and_then(|(name, behind)| Some((character(name)?, behind))) {
            Some((character, behind)) => {
                plain.push(character);
                rest = behind;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character)
}

/// Of HTML 4's names: the signs of markup, and the letters and signs of Portuguese.
const NAMED: [(&str, char); 43] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("aacute", 'á'),
    ("Aacute", 'Á'),
    ("agrave", 'à'),
    ("Agrave", 'À'),
    ("acirc", 'â'),
    ("Acirc", 'Â'),
    ("atilde", 'ã'),
    ("Atilde", 'Ã'),
    ("ccedil", 'ç'),
    ("Ccedil", 'Ç'),
    ("eacute", 'é'),
    ("Eacute", 'É'),
    ("ecirc", 'ê'),
    ("Ecirc", 'Ê'),
    ("iacute", 'í'),
    ("Iacute", 'Í'),
    ("oacute", 'ó'),
    ("Oacute", 'Ó'),
    ("ocirc", 'ô'),
    ("Ocirc", 'Ô'),
    ("otilde", 'õ'),
    ("Otilde", 'Õ'),
    ("uacute", 'ú'),
    ("Uacute", 'Ú'),
    ("uuml", 'ü'),
    ("Uuml", 'Ü'),
    ("ordm", 'º'),
    ("ordf", 'ª'),
    ("deg", '°'),
    ("micro", 'µ'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("reg", '®'),
    ("trade", '™'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("middot", '·'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_ignore_case_accents_and_signs() {
        assert_eq!(folded(" CÓDIGO GGREM\u{a0}"), folded("codigo_ggrem"));
        assert_eq!(folded("PMC 22,5 %  ALC"), "pmc225alc");
    }

    #[test]
    fn a_line_has_single_spaces() {
        assert_eq!(one_line("  GOTAS \r\n\tD''ÁGUA\u{a0}&nbsp; 2 "), "GOTAS D'ÁGUA 2");
    }

    #[test]
    fn text_that_was_taken_for_latin_1_is_mended() {
        assert_eq!(one_line("LABEL\u{92}S \u{96} 0,9% &#153; A\u{85}"), "LABEL’S – 0,9% ™ A…");
        assert_eq!(one_line("\u{81}"), "\u{81}");
    }

    #[test]
    fn entities_become_characters() {
        assert_eq!(without_entities("SOLU&#199;&#xC3;O &amp; &ccedil;"), "SOLUÇÃO & ç");
    }

    #[test]
    fn what_is_no_entity_stays() {
        for text in ["D&F", "A & B; C", "&", "&;", "&#;", "&#xD800;", "&#1114112;", "&unknown;", "NECTAR&AGRIÃO"] {
            assert_eq!(without_entities(text), text);
        }
    }
}
