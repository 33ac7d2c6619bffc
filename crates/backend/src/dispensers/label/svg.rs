//! One label as SVG.

use std::fmt::Write;

use super::helvetica::Face;
use super::{DispenserLabel, HEIGHT, Line, QR_LEFT, QR_TOP, WIDTH};

/// The drawing, in millimetres. What it looks like stands in attributes, which our content policy allows, and
/// not in styles, which it does not.
pub(crate) fn draw(label: &DispenserLabel) -> String {
    let title: Vec<_> = label.lines.iter().map(|line| escape(&line.text)).collect();
    let dark = label.qr.runs.iter().fold(String::new(), |mut path, (column, row, length)| {
        // Writing to a String can't fail.
        let _ = write!(path, "M{column} {row}h{length}v1h-{length}z");
        path
    });
    let lines: String = label.lines.iter().map(draw_line).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}mm\" height=\"{HEIGHT}mm\" \
         viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <title>{title}</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <path transform=\"translate({QR_LEFT} {QR_TOP}) scale({module})\" shape-rendering=\"crispEdges\" d=\"{dark}\"/>\n\
         <g font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\" text-anchor=\"middle\">\n\
         {lines}</g>\n\
         </svg>\n",
        title = title.join(", "),
        module = label.qr.module(),
    )
}

/// Where another font stands in for Helvetica, its letters are squeezed to the width that was reckoned with.
fn draw_line(line: &Line) -> String {
    let weight = if line.face == Face::Bold { " font-weight=\"700\"" } else { "" };
    format!(
        "<text x=\"{middle}\" y=\"{baseline}\" font-size=\"{size}\"{weight} textLength=\"{width:.3}\" \
         lengthAdjust=\"spacingAndGlyphs\">{text}</text>\n",
        middle = WIDTH / 2.0,
        baseline = line.baseline,
        size = line.size,
        width = line.width(),
        text = escape(&line.text),
    )
}

/// `text` within XML, with U+FFFD for what XML can't hold.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::label;
    use super::*;

    #[test]
    fn a_name_can_not_be_markup() {
        let drawn = draw(&label("</text><script>&\u{fffe}", "http://a.b"));
        assert!(drawn.contains("&lt;/text&gt;&lt;script&gt;&amp;\u{fffd}"), "{drawn}");
        assert!(!drawn.contains("<script") && !drawn.contains('\u{fffe}'), "{drawn}");
    }

    #[test]
    fn it_has_its_size_in_millimetres() {
        let drawn = draw(&label("Á", "http://a.b"));
        assert!(drawn.contains("width=\"90mm\" height=\"92mm\" viewBox=\"0 0 90 92\""), "{drawn}");
        // Version 2 of the QR code has 25 modules a side: of 2 mm here.
        assert!(drawn.contains("translate(20 8) scale(2)"), "{drawn}");
    }
}
