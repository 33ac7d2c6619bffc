//! Products' numbers in web addresses (GS1 Digital Link Standard: URI Syntax, §4).

use super::scan::Elements;
use super::{Identifier, Scan, ScanError};

/// What is behind `http://` or `https://`, or `None` if the text is no such address.
pub(super) fn address(text: &str) -> Option<&str> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let (beginning, rest) = text.split_at_checked(scheme.len())?;
        beginning.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// Reads the elements of a link whose path has `/01/` and a number of 14 digits. Before it may stand any path,
/// behind it further elements; the query may have more. Words in the query are not GS1's and are passed over;
/// the order of elements is not checked. Compressed links and links of other things than products are not read.
pub(super) fn read(address: &str, this_year: i32) -> Result<Scan, ScanError> {
    let (address, _) = address.split_once('#').unwrap_or((address, ""));
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    // The first segment is the host.
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').skip(1).collect();
    let is_product = |pair: &[&str]| matches!(pair, ["01", digits] if digits.len() == 14);
    let product = segments.windows(2).position(is_product).and_then(|place| segments.get(place..));
    let product = product.ok_or(ScanError::NotALink)?;

    let mut elements = Elements::new(this_year);
    for pair in product.chunks(2) {
        let [identifier, value] = pair else {
            return Err(ScanError::NotALink);
        };
        add(&mut elements, identifier, value)?;
    }
    for pair in query.split(['&', ';']) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if key.starts_with(|c: char| c.is_ascii_digit()) {
            add(&mut elements, key, value)?;
        }
    }
    elements.finish()
}

fn add(elements: &mut Elements, identifier: &str, value: &str) -> Result<(), ScanError> {
    let known = Identifier::parse(identifier);
    let known = known.ok_or_else(|| ScanError::UnknownIdentifier { found: identifier.chars().take(4).collect() })?;
    elements.add(known, &decode(value).ok_or(ScanError::NotALink)?)
}

/// Resolves `%2F` and its like (RFC 3986 §2.1). `None` when a percent sign is followed by anything else than two
/// hexadecimal digits, or the result is no UTF-8.
fn decode(text: &str) -> Option<String> {
    let (plain, encoded) = text.split_once('%').map_or((text, None), |(plain, rest)| (plain, Some(rest)));
    let mut bytes = plain.as_bytes().to_vec();
    for piece in encoded.into_iter().flat_map(|rest| rest.split('%')) {
        let (digits, plain) = piece.split_at_checked(2)?;
        let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hexadecimal)?);
        bytes.extend_from_slice(plain.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
