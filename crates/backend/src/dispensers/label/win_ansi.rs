//! WinAnsiEncoding: the characters that a PDF's own fonts have, which Portuguese needs no others than.

/// What stands at 0x80 to 0x9F; elsewhere the encoding is that of Latin-1. The gaps are unused codes.
const EXTRAS: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', //
    '\0', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// The byte that stands for `c`; `None` when the encoding has none.
pub(super) fn byte(c: char) -> Option<u8> {
    match c {
        ' '..='~' | '\u{a0}'..='ÿ' => u8::try_from(u32::from(c)).ok(),
        '\0' => None,
        _ => (0x80..).zip(EXTRAS).find(|(_, extra)| *extra == c).map(|(byte, _)| byte),
    }
}

/// `text` with `?` for each character that the encoding lacks.
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.chars().map(|c| byte(c).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portuguese_is_encoded_as_windows_1252_has_it() {
        assert_eq!(encode("Ação é pão"), b"A\xe7\xe3o \xe9 p\xe3o");
        assert_eq!(encode("“3º andar” – Ala À…"), b"\x933\xba andar\x94 \x96 Ala \xc0\x85");
    }

    #[test]
    fn what_is_not_there_is_a_question_mark() {
        assert_eq!(encode("a\0b\u{81}c→d💊"), b"a?b?c?d?");
    }

    #[test]
    fn no_two_characters_share_a_byte() {
        let bytes: Vec<u8> = ('\0'..='\u{ffff}').filter_map(byte).collect();
        let mut unique = bytes.clone();
        unique.sort_unstable();
        unique.dedup();
        // 95 of ASCII, 27 extras, 96 of Latin-1's upper half.
        assert_eq!((bytes.len(), unique.len()), (218, 218));
    }
}
