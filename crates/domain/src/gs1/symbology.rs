//! The three characters that a scanner puts in front to say what kind of symbol it read (ISO/IEC 15424).

use super::ScanError;

/// What the kind of symbol says about the text behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbology {
    /// Element strings: GS1 Data Matrix, GS1-128, GS1 DataBar, GS1 QR Code, GS1 DotCode (GS1 GS §5.1.2).
    Elements,
    /// A product's number alone: EAN-13 and UPC, EAN-8, ITF-14.
    Retail,
    /// Nothing: none was given, or one of a symbol that may hold any text, such as an ordinary QR code.
    Any,
}

/// Splits off the identifier, if there is one.
pub(super) fn of(text: &str) -> Result<(Symbology, &str), ScanError> {
    let Some(behind) = text.strip_prefix(']') else {
        return Ok((Symbology::Any, text));
    };
    let kind = behind.split_at_checked(2);
    match kind {
        Some(("d2" | "C1" | "e0" | "Q3" | "J1", rest)) => Ok((Symbology::Elements, rest)),
        Some(("E0" | "E4" | "I0" | "I1", rest)) => Ok((Symbology::Retail, rest)),
        Some(("d1" | "C0" | "Q0" | "Q1" | "J0", rest)) => Ok((Symbology::Any, rest)),
        _ => Err(ScanError::UnknownSymbology { found: text.chars().take(3).collect() }),
    }
}
