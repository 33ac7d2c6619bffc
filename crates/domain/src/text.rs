//! Free text as people type it: trimmed, bounded, and without characters that a screen, a
//! spreadsheet or a database can't hold.

use serde::{Deserialize, Serialize};

/// Why a text is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// More characters than the field holds.
    #[error("must have at most {max} characters, has {has}")]
    TooLong {
        /// The most characters that the field holds.
        max: usize,
        /// How many were given, after trimming.
        has: usize,
    },
    /// NUL or another control character: PostgreSQL can't store NUL, and no screen shows the others.
    #[error("must not contain control characters (found U+{code:04X})")]
    Control {
        /// The first one found.
        code: u32,
    },
}

fn parse(text: &str, max: usize, may_break: bool) -> Result<String, InvalidText> {
    let text = text.trim();
    let is_allowed = |c: char| !c.is_control() || (may_break && matches!(c, '\n' | '\r' | '\t'));
    if let Some(control) = text.chars().find(|c| !is_allowed(*c)) {
        return Err(InvalidText::Control { code: control as u32 });
    }
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    match text.chars().count() {
        has if has > max => Err(InvalidText::TooLong { max, has }),
        _ => Ok(text.to_owned()),
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $max:literal, may_break: $may_break:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters (not bytes) that it holds.
            pub const MAX: usize = $max;

            /// The text without its outer white space.
            ///
            /// # Errors
            /// When nothing is left, it is longer than [`Self::MAX`], or it has control characters.
            pub fn parse(text: &str) -> Result<Self, InvalidText> {
                parse(text, $max, $may_break).map($name)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidText;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                $name::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    )*};
}

texts! {
    /// A name or another short text on one line.
    Label = 200, may_break: false;
    /// Why a message that could not be processed is given up.
    DiscardReason = 500, may_break: true;
    /// A remark; may have several lines.
    Note = 2000, may_break: true;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_emoji_stay_as_typed() {
        let text = "Solução de glicose 5% 💊 — família 👩‍⚕️";
        assert_eq!(Label::parse(&format!("  {text} ")).unwrap().as_str(), text);
    }

    #[test]
    fn nul_is_refused_and_named() {
        assert_eq!(Label::parse("a\0b"), Err(InvalidText::Control { code: 0 }));
    }

    #[test]
    fn only_a_note_may_have_several_lines() {
        assert_eq!(Label::parse("a\nb"), Err(InvalidText::Control { code: 10 }));
        assert!(Note::parse("a\nb").is_ok());
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(Label::parse(&"ç".repeat(200)).is_ok());
        assert_eq!(Label::parse(&"ç".repeat(201)), Err(InvalidText::TooLong { max: 200, has: 201 }));
    }

    #[test]
    fn white_space_alone_is_empty() {
        assert_eq!(Note::parse(" \n\t\u{a0}"), Err(InvalidText::Empty));
    }
}
