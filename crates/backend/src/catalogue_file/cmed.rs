//! A row of CMED's list.

use domain::{Cents, PresentationCode, Tarja};

use super::cell::Cell;
use super::columns::{Column, Row};
use super::words::folded;
use domain::Presentation;

/// # Errors
/// When its registration is not of thirteen digits, or it does not say what it is.
pub(super) fn presentation(row: &Row<'_>) -> Result<Presentation, String> {
    let code = row.require(Column::Registration, |cell| {
        cell.code()?.map(|code| PresentationCode::parse(&code)).transpose().map_err(|why| why.to_string())
    })?;
    let mut eans = vec![];
    for column in [Column::Ean1, Column::Ean2, Column::Ean3] {
        // A number that was rounded is as good as none.
        eans.extend(row.cell(column).code().ok().flatten().filter(|code| is_gtin(code)));
    }
    Ok(Presentation {
        registration: code.registration(),
        code,
        ggrem: row.read(Column::Ggrem, Cell::code)?.filter(|ggrem| ggrem.bytes().all(|byte| byte.is_ascii_digit())),
        description: row.require(Column::Description, Cell::text)?,
        eans,
        tarja: tarja(&row.cell(Column::Tarja).line()),
        factory_price: price(row.cell(Column::FactoryPrice)),
        consumer_price: price(row.cell(Column::ConsumerPrice)),
        substance: row.read(Column::ActiveIngredient, Cell::text)?,
        product_name: row.require(Column::Name, Cell::label)?,
    })
}

/// Whether a text is a GTIN of 8, 12, 13 or 14 digits with a right check digit (GS1 General Specifications,
/// section 7.9), and not the zeros that stand for none and pass that check.
fn is_gtin(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| matches!(digits.len(), 8 | 12 | 13 | 14)) else { return false };
    let sum: u32 = digits.iter().rev().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

/// The list's words for a band, with or without `Tarja` before them and a mark for a footnote behind; `- (*)` and
/// what else is unknown is none of them.
pub(super) fn tarja(text: &str) -> Option<Tarja> {
    let word = folded(text);
    match word.strip_prefix("tarja").unwrap_or(&word) {
        "semtarja" | "vendalivre" | "vendalivresemtarja" => Some(Tarja::None),
        "vermelha" => Some(Tarja::Red),
        "vermelhasobrestricao" => Some(Tarja::RedRestricted),
        "preta" => Some(Tarja::Black),
        _ => None,
    }
}

/// A price with the list's mark for a footnote (`*`), or as a workbook's number; `-` and an empty cell are none.
fn price(cell: &Cell) -> Option<Cents> {
    match cell {
        Cell::Number(reais) => {
            let cents = reais * 100.0;
            // 40.12 has no float of its own: the nearest cent is meant, but not where there were more decimals.
            let is_price = (0.0..1e15).contains(&cents) && (cents - cents.round()).abs() < 1e-3;
            is_price.then(|| Cents(cents.round() as u64))
        }
        _ => Cents::parse(cell.line().trim_end_matches('*')).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gtin_has_its_check_digit() {
        for right in ["7891234567895", "96385074", "036000291452", "17891234567892"] {
            assert!(is_gtin(right), "{right}");
        }
        for wrong in ["7891234567896", "0000000000000", "789123456789", "-", "", "789123456789X"] {
            assert!(!is_gtin(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_band_stays_unknown() {
        assert_eq!(tarja("Tarja Vermelha sob restrição"), Some(Tarja::RedRestricted));
        assert_eq!(tarja("Tarja Preta(*)"), Some(Tarja::Black));
        assert_eq!(tarja("Tarja Sem Tarja"), Some(Tarja::None));
        for unknown in ["- (*) ", "", "Tarja", "Tarja Amarela"] {
            assert_eq!(tarja(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn prices_of_texts_and_of_numbers_agree() {
        let text = |text: &str| price(&Cell::Text(text.to_owned()));
        assert_eq!(text("55,65*"), Some(Cents(5565)));
        assert_eq!(price(&Cell::Number(55.65)), Some(Cents(5565)));
        assert_eq!(price(&Cell::Number(2330.29)), Some(Cents(233_029)));
        assert_eq!(text("    -     "), None);
        assert_eq!(price(&Cell::Number(1.239)), None);
        assert_eq!(price(&Cell::Number(f64::NAN)), None);
    }
}
