//! Reads drawings back: the QR codes and texts of our own SVG and PDF, as a camera and a reader have them.

use rqrr::PreparedImage;

/// A rectangle in millimetres: left, top, width, height.
type Rect = [f64; 4];

/// The side of a photograph of 62 mm, with 10 points a millimetre.
const PIXELS: usize = 620;

/// A QR code as it is drawn.
pub(crate) struct Drawn {
    rects: Vec<Rect>,
    /// The side of the code, without what is empty around it.
    pub(crate) side_in_mm: f64,
}

impl Drawn {
    fn of(rects: Vec<Rect>) -> Drawn {
        let left = rects.iter().map(|rect| rect[0]).fold(f64::INFINITY, f64::min);
        let right = rects.iter().map(|rect| rect[0] + rect[2]).fold(0.0, f64::max);
        Drawn { rects, side_in_mm: right - left }
    }

    /// What a camera reads, and how much may be lost.
    pub(crate) fn read(&self) -> (String, &'static str) {
        let left = self.rects.iter().map(|rect| rect[0]).fold(f64::INFINITY, f64::min);
        let top = self.rects.iter().map(|rect| rect[1]).fold(f64::INFINITY, f64::min);
        let mut is_dark = vec![[false; PIXELS]; PIXELS];
        // A pixel is what its middle is; the code stands 6 mm from the edges.
        let pixel = |mm: f64| (((mm + 6.0) * 10.0 - 0.5).ceil() as usize).min(PIXELS);
        for [x, y, width, height] in &self.rects {
            for row in &mut is_dark[pixel(y - top)..pixel(y + height - top)] {
                row[pixel(x - left)..pixel(x + width - left)].fill(true);
            }
        }
        let mut photograph =
            PreparedImage::prepare_from_greyscale(PIXELS, PIXELS, |x, y| if is_dark[y][x] { 0 } else { 255 });
        let grids = photograph.detect_grids();
        assert_eq!(grids.len(), 1, "one code");
        let (meta, content) = grids[0].decode().unwrap();
        // As the format's two bits have it.
        let level = ["M", "L", "H", "Q"][usize::from(meta.ecc_level)];
        (content, level)
    }
}

/// The code of one label.
pub(crate) fn of_svg(svg: &str) -> Drawn {
    assert!(svg.contains("width=\"90mm\" height=\"92mm\" viewBox=\"0 0 90 92\""), "a unit is a millimetre: {svg}");
    let attribute = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("{name}=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (_, path) = svg.split_once("<path ").unwrap();
    let transform = numbers(&attribute(path, "transform"));
    let [left, top, scale] = transform[..] else { panic!("{transform:?}") };
    let rects = attribute(path, " d")
        .split_terminator('z')
        .map(|run| {
            let run = numbers(run);
            let [column, row, length, height, back] = run[..] else { panic!("{run:?}") };
            assert_eq!(back, -length);
            [left + column * scale, top + row * scale, length * scale, height * scale]
        })
        .collect();
    Drawn::of(rects)
}

fn numbers(text: &str) -> Vec<f64> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
    text.split(|c: char| !is_part(c))
        .filter(|number| !number.is_empty())
        .map(|number| number.parse().unwrap())
        .collect()
}

/// A PDF of ours, whose contents are not compressed.
pub(crate) struct Pdf {
    pub(crate) sheets: Vec<Sheet>,
}

pub(crate) struct Sheet {
    pub(crate) codes: Vec<Drawn>,
    pub(crate) texts: Vec<String>,
}

impl Pdf {
    pub(crate) fn parse(bytes: &[u8]) -> Pdf {
        assert!(bytes.starts_with(b"%PDF-") && bytes.trim_ascii_end().ends_with(b"%%EOF"));
        // Bytes that are no UTF-8 stand in strings, which are written in hexadecimal then.
        let text = String::from_utf8_lossy(bytes);
        assert!(text.contains("/BaseFont /Helvetica") && text.contains("/Encoding /WinAnsiEncoding"));
        let pages = text.matches("/Type /Page\n").count();
        let streams: Vec<_> = text.split("endstream").filter_map(|part| part.split_once("stream\n")).collect();
        let sheets: Vec<_> = streams.into_iter().map(|(_, content)| Sheet::parse(content)).collect();
        assert_eq!(sheets.len(), pages);
        Pdf { sheets }
    }
}

impl Sheet {
    /// Follows transformations that scale and move, fills and texts.
    fn parse(content: &str) -> Sheet {
        let (mut codes, mut texts, mut rects) = (vec![], vec![], vec![]);
        let mut at = [1.0, 1.0, 0.0, 0.0];
        let mut stack = vec![];
        for operation in content.lines() {
            let (operands, operator) = operation.trim().rsplit_once(' ').unwrap_or(("", operation.trim()));
            match operator {
                "q" => stack.push(at),
                "Q" => at = stack.pop().unwrap(),
                "cm" => {
                    let [x_scale, _, _, y_scale, x, y] = numbers(operands)[..] else { panic!("{operation}") };
                    at = [at[0] * x_scale, at[1] * y_scale, at[2] + at[0] * x, at[3] + at[1] * y];
                }
                "re" => {
                    let [x, y, width, height] = numbers(operands)[..] else { panic!("{operation}") };
                    // From points upwards to millimetres downwards, A4 being 297 mm high.
                    let mm = |points: f64| points * 25.4 / 72.0;
                    let (left, top) = (mm(at[2] + at[0] * x), 297.0 - mm(at[3] + at[1] * y));
                    rects.push([left, top, mm(at[0] * width), mm(-at[1] * height)]);
                }
                "f" => codes.push(Drawn::of(std::mem::take(&mut rects))),
                "Tj" => texts.push(win_ansi(operands)),
                _ => {}
            }
        }
        Sheet { codes, texts }
    }
}

/// A PDF's string, of characters that WinAnsiEncoding and Latin-1 agree about.
fn win_ansi(string: &str) -> String {
    match string.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(digits) => {
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            digits.as_bytes().chunks(2).map(|pair| char::from(byte(pair))).collect()
        }
        None => string.trim_matches(['(', ')']).to_owned(),
    }
}
