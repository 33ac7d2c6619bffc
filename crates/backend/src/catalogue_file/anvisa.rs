//! A row of ANVISA's register, in the words of 2023 and of 2026.

use domain::Registration;

use super::cell::Cell;
use super::columns::{Column, Row};
use super::day::last_of_month;
use super::words::folded;
use domain::Product;

/// # Errors
/// When it has no registration number (products of low risk are only notified), or no name that fits.
pub(super) fn product(row: &Row<'_>) -> Result<Product, String> {
    let registration = row.require(Column::Registration, |cell| {
        cell.code()?.map(|code| Registration::parse(&code)).transpose().map_err(|why| why.to_string())
    })?;
    Ok(Product {
        id: None,
        registration: Some(registration),
        name: row.require(Column::Name, Cell::label)?,
        active_ingredient: row.read(Column::ActiveIngredient, Cell::text)?.map(|text| text.to_lowercase()),
        therapeutic_class: row.read(Column::TherapeuticClass, Cell::text)?,
        category: row.read(Column::Category, Cell::text)?.map(category),
        holder: row.read(Column::Holder, Cell::text)?,
        is_valid: is_valid(&row.cell(Column::Status).line()),
        registration_expires_on: last_of_month(row.cell(Column::ExpiresOn)),
        description: None,
        area: None,
        registered_name: None,
        is_in_use: None,
        controlled_list: None,
        tarja: None,
        is_high_alert: None,
        look_alike_group: None,
        tall_man: None,
    })
}

/// Whether a text is a word, also where letters with accents were lost on the way (`FITOTER?PICO`).
fn is_word(text: &str, word: &str) -> bool {
    let text = folded(text);
    let without_accented: String = word.chars().filter(char::is_ascii).collect();
    text == folded(word) || text == folded(&without_accented)
}

fn is_valid(status: &str) -> Option<bool> {
    if ["Válido", "Ativo"].iter().any(|word| is_word(status, word)) {
        Some(true)
    } else if ["Caduco/Cancelado", "Caduco", "Cancelado", "Inativo"].iter().any(|word| is_word(status, word)) {
        Some(false)
    } else {
        None
    }
}

const CATEGORIES: [&str; 10] = [
    "Baixo Risco",
    "Biológico",
    "Dinamizado",
    "Específico",
    "Fitoterápico",
    "Genérico",
    "Novo",
    "Produto de Terapia Avançada",
    "Radiofármaco",
    "Similar",
];

/// The register cuts a category after as many characters.
const CUT: usize = 12;

/// The category in one spelling, whole; one that is not known stays as it is.
fn category(text: String) -> String {
    let is_cut = |word: &str| text.chars().count() == CUT && folded(word).starts_with(&folded(&text));
    match CATEGORIES.iter().find(|word| is_word(&text, word) || is_cut(word)) {
        Some(word) => (*word).to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_has_one_spelling() {
        for (text, word) in [
            ("FITOTER?PICO", "Fitoterápico"),
            ("GENÉRICO", "Genérico"),
            ("PRODUTO DE T", "Produto de Terapia Avançada"),
            ("Medicinal", "Medicinal"),
        ] {
            assert_eq!(category(text.to_owned()), word);
        }
    }

    #[test]
    fn a_status_that_is_not_known_says_nothing() {
        assert_eq!(is_valid("V?LIDO"), Some(true));
        assert_eq!(is_valid("CADUCO/CANCELADO"), Some(false));
        assert_eq!(is_valid("Suspenso"), None);
        assert_eq!(is_valid(""), None);
    }
}
