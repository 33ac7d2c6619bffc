//! Many labels as PDF: A4 sheets to cut.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::helvetica::Face;
use super::{DispenserLabel, HEIGHT, Line, QR_LEFT, QR_TOP, WIDTH, win_ansi};

/// A4.
const SHEET: (f32, f32) = (210.0, 297.0);
const COLUMNS: usize = 2;
const ROWS: usize = 3;
const PER_SHEET: usize = COLUMNS * ROWS;

/// The margins left and right, above and below: what the labels leave, so that they stand in the middle.
const LEFT: f32 = (SHEET.0 - COLUMNS as f32 * WIDTH) / 2.0;
const TOP: f32 = (SHEET.1 - ROWS as f32 * HEIGHT) / 2.0;

/// Cut marks stand in the margins: so far from the labels, so long and so wide. They end 5.5 mm from the paper's
/// edge, within what printers reach.
const MARK_GAP: f32 = 1.0;
const MARK_LENGTH: f32 = 4.0;
const MARK_WIDTH: f32 = 0.1;

/// A PDF counts in points, 72 to an inch.
const POINTS: f32 = 72.0 / 25.4;

const FACES: [(Face, Name<'static>, Ref); 2] =
    [(Face::Regular, Name(b"Regular"), Ref::new(4)), (Face::Bold, Name(b"Bold"), Ref::new(5))];
/// The first object of the sheets: each is two, page and content.
const FIRST_SHEET: i32 = 6;

/// As many sheets as `labels` need. The same labels give the same bytes.
pub(crate) fn draw(labels: &[DispenserLabel]) -> Vec<u8> {
    let (catalog, info, tree) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree).lang(TextStr("pt-BR"));
    pdf.document_info(info).title(TextStr("Etiquetas dos dispensários"));
    for (face, _, font) in FACES {
        let mut font = pdf.type1_font(font);
        font.base_font(Name(face.name().as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let sheets: Vec<_> = labels.chunks(PER_SHEET).zip((FIRST_SHEET..).step_by(2).map(Ref::new)).collect();
    pdf.pages(tree).kids(sheets.iter().map(|(_, page)| *page)).count(i32::try_from(sheets.len()).unwrap_or(i32::MAX));
    for (labels, id) in sheets {
        let content = id.next();
        let mut page = pdf.page(id);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, SHEET.0 * POINTS, SHEET.1 * POINTS)).contents(content);
        let mut resources = page.resources();
        let mut fonts = resources.fonts();
        for (_, name, font) in FACES {
            fonts.pair(name, font);
        }
        fonts.finish();
        resources.finish();
        page.finish();
        pdf.stream(content, &draw_sheet(labels));
    }
    pdf.finish()
}

fn draw_sheet(labels: &[DispenserLabel]) -> Vec<u8> {
    let mut content = Content::new();
    // From here on in millimetres, downwards from the upper left corner.
    content.transform([POINTS, 0.0, 0.0, -POINTS, 0.0, SHEET.1 * POINTS]);
    draw_cut_marks(&mut content);
    for (position, label) in labels.iter().enumerate() {
        let (column, row) = (position % COLUMNS, position / COLUMNS);
        content.save_state();
        content.transform([1.0, 0.0, 0.0, 1.0, LEFT + column as f32 * WIDTH, TOP + row as f32 * HEIGHT]);
        draw_label(&mut content, label);
        content.restore_state();
    }
    content.finish().into_vec()
}

fn draw_cut_marks(content: &mut Content) {
    content.set_line_width(MARK_WIDTH);
    for column in 0..=COLUMNS {
        let x = LEFT + column as f32 * WIDTH;
        for (from, way) in [(TOP - MARK_GAP, -MARK_LENGTH), (SHEET.1 - TOP + MARK_GAP, MARK_LENGTH)] {
            content.move_to(x, from).line_to(x, from + way);
        }
    }
    for row in 0..=ROWS {
        let y = TOP + row as f32 * HEIGHT;
        for (from, way) in [(LEFT - MARK_GAP, -MARK_LENGTH), (SHEET.0 - LEFT + MARK_GAP, MARK_LENGTH)] {
            content.move_to(from, y).line_to(from + way, y);
        }
    }
    content.stroke();
}

fn draw_label(content: &mut Content, label: &DispenserLabel) {
    let module = label.qr.module();
    content.save_state();
    content.transform([module, 0.0, 0.0, module, QR_LEFT, QR_TOP]);
    for (column, row, length) in &label.qr.runs {
        content.rect(*column as f32, *row as f32, *length as f32, 1.0);
    }
    // All at once: filled one by one, a hair of white would show between neighbours on a screen.
    content.fill_nonzero();
    content.restore_state();
    content.begin_text();
    for line in &label.lines {
        draw_line(content, line);
    }
    content.end_text();
}

fn draw_line(content: &mut Content, line: &Line) {
    let bytes = win_ansi::encode(&line.text);
    for (_, name, _) in FACES.iter().filter(|(face, ..)| *face == line.face) {
        content.set_font(*name, line.size);
    }
    // The page is upside down, for its millimetres to run downwards; letters are turned back.
    content.set_text_matrix([1.0, 0.0, 0.0, -1.0, (WIDTH - line.width()) / 2.0, line.baseline]);
    content.show(Str(&bytes));
}

#[cfg(test)]
mod tests {
    use super::super::tests::label;
    use super::*;

    fn sheets_of(count: usize) -> usize {
        let labels: Vec<_> = (0..count).map(|_| label("Ação", "http://a.b")).collect();
        let pdf = draw(&labels);
        let count = |word: &[u8]| pdf.windows(word.len()).filter(|window| *window == word).count();
        assert_eq!(count(b"/Type /Pages"), 1);
        count(b"/Type /Page\n")
    }

    #[test]
    fn six_labels_fill_a_sheet() {
        assert_eq!([1, 6, 7, 12, 13].map(sheets_of), [1, 1, 2, 2, 3]);
    }

    #[test]
    fn labels_and_marks_stay_within_what_printers_reach() {
        // Most leave 4.2 mm of each edge empty.
        assert!(LEFT.min(TOP) - MARK_GAP - MARK_LENGTH > 4.2);
    }

    #[test]
    fn accents_are_written_in_the_fonts_own_encoding() {
        let content = draw_sheet(&[label("Ação", "http://a.b")]);
        let text = String::from_utf8_lossy(&content);
        assert!(text.contains("<41E7E36F> Tj"), "{text}");
    }
}
