//! A dispenser's label as it is printed, before anything draws it.
//!
//! Lengths are in millimetres, from the label's upper left corner.

mod helvetica;
pub(crate) mod sheets;
pub(crate) mod svg;
mod win_ansi;

use helvetica::Face;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};
use store::Dispenser;
use unicode_normalization::UnicodeNormalization;

use crate::PublicUrl;

/// The label's width. Two of them stand side by side on an A4 sheet.
const WIDTH: f32 = 90.0;
/// The label's height. Three of them stand above each other on an A4 sheet.
const HEIGHT: f32 = 92.0;

/// The side of the QR code without its quiet zone: read at arm's length, also when worn.
const QR_SIDE: f32 = 50.0;
/// The QR code's place. It leaves 8 mm above, which is the quiet zone of the smallest code that holds an
/// address: 4 modules of 50/25 mm.
const QR_LEFT: f32 = (WIDTH - QR_SIDE) / 2.0;
const QR_TOP: f32 = 8.0;

/// The room for a line of text: 5 mm stay free on either side.
const TEXT_WIDTH: f32 = WIDTH - 10.0;

/// What is printed: a QR code and, beneath it, centred lines.
#[derive(Debug)]
pub(crate) struct DispenserLabel {
    code: String,
    qr: QrModules,
    lines: Vec<Line>,
}

/// The dark modules of a QR code.
#[derive(Debug)]
struct QrModules {
    /// How many make a side.
    side: usize,
    /// Dark modules that touch each other within a row, as column, row and how many.
    runs: Vec<(usize, usize, usize)>,
}

/// A line of text.
#[derive(Debug)]
struct Line {
    text: String,
    face: Face,
    /// The height of the font.
    size: f32,
    /// Where its letters stand, from the label's upper edge.
    baseline: f32,
}

impl Line {
    /// `text`, shortened to what the label has room for.
    fn new(text: &str, face: Face, size: f32, baseline: f32) -> Line {
        // An accent may come as a character of its own, which few fonts put in place.
        let text: String = text.nfc().collect();
        Line { text: face.shorten(&text, TEXT_WIDTH / size), face, size, baseline }
    }

    fn width(&self) -> f32 {
        self.face.width(&self.text) * self.size
    }
}

impl DispenserLabel {
    /// The label of a dispenser that is reached at `url`.
    ///
    /// # Errors
    /// The address is too long for a QR code, which that of a [`PublicUrl`] is not.
    pub(crate) fn of(dispenser: &Dispenser, url: &PublicUrl) -> Result<Self, QrError> {
        let code = dispenser.code.as_str();
        // A quarter of it may be scratched or covered.
        let qr = QrCode::with_error_correction_level(url.of_dispenser(&dispenser.code), EcLevel::Q)?;
        let (first, second) = code.split_at(code.len() / 2);
        let place = &dispenser.place;
        let within: Vec<_> = [&place.wing, &place.floor].into_iter().flatten().map(ToString::to_string).collect();
        let mut lines = vec![
            Line::new(&format!("{first} {second}"), Face::Bold, 10.0, 74.0),
            Line::new(&dispenser.name, Face::Bold, 5.0, 80.5),
            Line::new(place.ward.as_str(), Face::Regular, 4.0, 85.6),
            Line::new(&within.join(" · "), Face::Regular, 4.0, 90.5),
        ];
        lines.retain(|line| !line.text.is_empty());
        Ok(DispenserLabel { code: code.to_owned(), qr: QrModules::of(&qr), lines })
    }

    /// The code that it bears, as it is typed.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }
}

impl QrModules {
    fn of(qr: &QrCode) -> Self {
        let side = qr.width();
        let mut runs = Vec::new();
        for (row, colors) in qr.to_colors().chunks(side).enumerate() {
            let mut column = 0;
            for run in colors.chunk_by(|one, next| one == next) {
                if run[0] == Color::Dark {
                    runs.push((column, row, run.len()));
                }
                column += run.len();
            }
        }
        QrModules { side, runs }
    }

    /// The side of one.
    fn module(&self) -> f32 {
        QR_SIDE / self.side as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use domain::{DispenserCode, DispenserId, Label};
    use store::Place;
    use url::Url;
    use uuid::Uuid;

    /// The label of a dispenser of this name and place, reached at `url`.
    fn label_of(name: &str, place: Place, url: &str) -> DispenserLabel {
        let dispenser = Dispenser {
            id: DispenserId(Uuid::nil()),
            code: DispenserCode::from_random(0),
            name: name.to_owned(),
            place,
            reference: None,
            is_active: true,
            created_at: Utc::now(),
            updated_at: Utc::now(),
        };
        DispenserLabel::of(&dispenser, &PublicUrl::of(&Url::parse(url).unwrap()).unwrap()).unwrap()
    }

    /// A label with this text wherever one may be.
    pub(super) fn label(text: &str, url: &str) -> DispenserLabel {
        let label = || Label::parse(text).unwrap();
        label_of(text, Place { ward: label(), wing: Some(label()), floor: Some(label()) }, url)
    }

    const SHORT: &str = "http://a.b";

    #[test]
    fn nothing_leaves_the_label_or_enters_the_quiet_zone() {
        let longest = format!("https://{}.example", "a".repeat(PublicUrl::MAX - 16));
        for (url, text) in [(SHORT, "W".repeat(200)), (&longest, "💊".repeat(200)), (SHORT, "Ç".to_owned())] {
            let label = label(&text, url);
            let quiet = 4.0 * label.qr.module();
            assert!(quiet <= QR_TOP.min(QR_LEFT), "{quiet} mm");
            let mut above = QR_TOP + QR_SIDE + quiet;
            for line in &label.lines {
                assert!(line.width() <= TEXT_WIDTH, "{line:?}");
                // Helvetica's capitals with accents rise to 0.94 of its height, plain ones and digits to 0.73.
                let is_code = line.size == 10.0;
                let top = line.baseline - line.size * if is_code { 0.73 } else { 0.94 };
                assert!(top >= above, "{line:?} begins at {top}, after {above}");
                // The code has no letter that goes below the line but Q, by 0.06; others have, by 0.22.
                above = line.baseline + line.size * if is_code { 0.06 } else { 0.22 };
            }
            assert!(above <= HEIGHT, "{above}");
        }
    }

    #[test]
    fn no_code_is_shortened() {
        assert!(Face::Bold.width("WWWW WWWW") * 10.0 <= TEXT_WIDTH);
        assert_eq!(label("x", SHORT).lines[0].text, "2222 2222");
    }

    #[test]
    fn an_accent_that_comes_as_a_character_of_its_own_is_put_on_its_letter() {
        assert_eq!(label("Sa\u{303}o", SHORT).lines[1].text, "São");
    }

    #[test]
    fn wing_and_floor_are_left_out_where_there_is_none() {
        assert_eq!(label("x", SHORT).lines[3].text, "x · x");
        let place = Place { ward: Label::parse("UTI").unwrap(), wing: None, floor: None };
        let lines = label_of("Dispensário", place, SHORT).lines;
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["2222 2222", "Dispensário", "UTI"]);
    }

    #[test]
    fn a_quarter_of_the_qr_code_may_be_lost() {
        let url = PublicUrl::of(&Url::parse("https://botica.hospital.example").unwrap()).unwrap();
        let address = url.of_dispenser(&DispenserCode::from_random(0));
        let at_level_q = QrCode::with_error_correction_level(address, EcLevel::Q).unwrap();
        let drawn = label("x", "https://botica.hospital.example").qr;
        assert_eq!(drawn.side, at_level_q.width());
        let dark = at_level_q.to_colors().iter().filter(|color| **color == Color::Dark).count();
        assert_eq!(drawn.runs.iter().map(|(_, _, length)| length).sum::<usize>(), dark);
    }
}
