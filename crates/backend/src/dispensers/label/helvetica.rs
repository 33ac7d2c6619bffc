//! How wide texts are in Helvetica, which every PDF reader has, and Arial and Liberation Sans, which have its
//! widths.

use super::win_ansi;

/// A weight of Helvetica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
}

/// The width of a character that Helvetica lacks: as wide as any in the font that stands in for it.
const UNKNOWN: u16 = 1000;

impl Face {
    /// Its name in a PDF.
    pub(super) fn name(self) -> &'static str {
        match self {
            Face::Regular => "Helvetica",
            Face::Bold => "Helvetica-Bold",
        }
    }

    /// The width of `text`, in heights of the font.
    pub(super) fn width(self, text: &str) -> f32 {
        let thousandths: u32 = text.chars().map(|c| u32::from(self.width_of(c))).sum();
        thousandths as f32 / 1000.0
    }

    /// `text`, if it has at most this width, else as much of its beginning as fits with an ellipsis.
    pub(super) fn shorten(self, text: &str, width: f32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let beginnings = text.char_indices().rev().map(|(end, _)| format!("{}…", text[..end].trim_end()));
        beginnings.into_iter().find(|shortened| self.width(shortened) <= width).unwrap_or_default()
    }

    /// In thousandths of the font's height.
    fn width_of(self, c: char) -> u16 {
        let widths = match self {
            Face::Regular => &REGULAR,
            Face::Bold => &BOLD,
        };
        win_ansi::byte(c).and_then(|byte| widths.get(usize::from(byte).checked_sub(32)?)).copied().unwrap_or(UNKNOWN)
    }
}

/// The widths of Helvetica's characters from 0x20 on, from Adobe's metrics of the standard 14 fonts.
const REGULAR: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, //
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, //
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, //
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, //
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, //
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350, //
    556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, //
    350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667, //
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333, //
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611, //
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278, //
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611, //
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278, //
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500, //
];

/// The same of Helvetica-Bold.
const BOLD: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, //
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, //
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, //
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, //
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, //
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, 350, //
    556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, //
    350, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667, //
    278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333, //
    400, 584, 333, 333, 333, 611, 556, 278, 333, 333, 365, 556, 834, 834, 834, 611, //
    722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278, //
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611, //
    556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278, //
    611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556, //
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_adds_no_width() {
        for face in [Face::Regular, Face::Bold] {
            assert_eq!(face.width("ÀÉÎÕÜÇàéôúç"), face.width("AEIOUCaeouc"));
        }
    }

    #[test]
    fn a_text_is_shortened_only_where_it_must_be() {
        let text = "UTI Pediátrica";
        let width = Face::Regular.width(text);
        assert_eq!(Face::Regular.shorten(text, width), text);
        assert_eq!(Face::Regular.shorten(text, width - 0.01), "UTI Pediátri…");
        assert_eq!(Face::Regular.shorten(text, 3.0), "UTI…", "without the space before it");
        assert_eq!(Face::Regular.shorten("💊💊💊", 2.0), "💊…");
        assert_eq!(Face::Regular.shorten(text, 0.1), "");
    }
}
