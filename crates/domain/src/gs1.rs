//! What a scanner or a camera reads: a product's GS1 code, or the label of a dispenser.
//!
//! Sources are the GS1 General Specifications ("GS1 GS"), the GS1 Barcode Syntax Dictionary and the GS1 Digital
//! Link standard. Nothing is guessed: what can't be told apart is told. Which identifiers must or must not stand
//! together (GS1 GS §4.13) is deliberately not checked, because it holds for all symbols of a pack
//! together and a scan sees one of them.

mod century;
mod digital_link;
mod element_string;
mod error;
mod gtin;
mod identifier;
mod part;
mod readable;
mod rules;
mod scan;
mod symbology;
#[cfg(test)]
mod tests;
mod what;

pub use error::{Ambiguity, ScanError, Split};
pub use gtin::{Gtin, InvalidGtin};
pub use identifier::Identifier;
pub use scan::Scan;
pub use what::{Code, Unreadable, what_is};

/// The longest text that is looked at, in bytes. The largest GS1 symbol, a Data Matrix, holds 3,116 digits.
pub const MAX_BYTES: usize = 4096;

/// FNC1 as scanners transmit it: the control character GS (GS1 GS §7.8).
const SEPARATOR: char = '\u{1D}';
