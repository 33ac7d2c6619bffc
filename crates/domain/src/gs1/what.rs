//! Which of our things was scanned.

use super::symbology;
use super::{MAX_BYTES, Scan, ScanError, digital_link};
use crate::{DispenserCode, InvalidCode};

/// What a scanned or typed text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A dispenser, by its label or its code.
    Dispenser(DispenserCode),
    /// A product.
    Product(Scan),
    /// Eight digits that are both, which is rare: an EAN-8 without 0 and 1 whose last digit happens to check it as a
    /// dispenser's code as well. Only who asked for the scan knows which was meant.
    Either {
        /// The dispenser, if that was meant.
        dispenser: DispenserCode,
        /// The product, if that was meant.
        product: Scan,
    },
    /// Neither.
    Neither(Unreadable),
}

/// Why a text names neither a dispenser nor a product; said of what it resembles more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It has a dispenser's label or code.
    #[error("the dispenser's code {0}")]
    Dispenser(#[from] InvalidCode),
    /// All else.
    #[error(transparent)]
    Product(#[from] ScanError),
}

/// Tells what `text` names: a dispenser, if it is an address that ends in `/d/` and a code, or a code alone; otherwise
/// what [`Scan::parse`] reads in it. The address's host is not looked at: labels outlive a move of the server.
pub fn what_is(text: &str, this_year: i32) -> Code {
    if text.len() > MAX_BYTES {
        return Code::Neither(ScanError::TooLong.into());
    }
    let bare = symbology::of(text.trim()).map_or(text, |(_, behind)| behind).trim();
    if let Some(code) = digital_link::address(bare).and_then(code_of_label) {
        return match DispenserCode::parse(code) {
            Ok(dispenser) => Code::Dispenser(dispenser),
            Err(why) => Code::Neither(why.into()),
        };
    }
    match (DispenserCode::parse(bare), Scan::parse(text, this_year)) {
        (Ok(dispenser), Ok(product)) if product.gtin.is_some() => Code::Either { dispenser, product },
        (Ok(dispenser), _) => Code::Dispenser(dispenser),
        (Err(_), Ok(product)) => Code::Product(product),
        (Err(why @ InvalidCode::Check), Err(ScanError::NotGs1 | ScanError::UnknownIdentifier { .. })) => {
            Code::Neither(why.into())
        }
        (Err(_), Err(why)) => Code::Neither(why.into()),
    }
}

/// The code in the address of a label: what stands behind `/d/` at the path's end.
fn code_of_label(address: &str) -> Option<&str> {
    let path = address.split(['?', '#']).next()?;
    let (before, code) = path.trim_end_matches('/').rsplit_once('/')?;
    before.ends_with("/d").then_some(code)
}
