//! What a row of a catalogue file says.

use chrono::NaiveDate;

use crate::{Cents, ControlledList, Label, MedicationId, Note, PresentationCode, Registration, Tarja};

/// One row of a catalogue file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRow {
    /// Its first line, as an editor or a spreadsheet numbers it, from 1.
    pub line: u64,
    /// What it says, or why it can't be taken.
    pub content: Result<CatalogueRow, String>,
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogueRow {
    /// A product.
    Product(Product),
    /// A way in which one is packed.
    Presentation(Presentation),
    /// A substance, and what marks all that has it.
    Substance(SubstanceMarks),
}

/// A product of ANVISA's register or of a hospital's own table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The medication's, in a table that was exported.
    pub id: Option<MedicationId>,
    /// Always there in ANVISA's register.
    pub registration: Option<Registration>,
    /// As the file writes it, but for spaces.
    pub name: Label,
    /// What the register calls it, where that is said beside the name.
    pub registered_name: Option<Label>,
    /// In small letters, as the register writes it since 2026; several are joined by ` + `.
    pub active_ingredient: Option<String>,
    /// What it is for.
    pub therapeutic_class: Option<String>,
    /// The regulatory category: `Genérico`, `Similar`, `Novo` and so on.
    pub category: Option<String>,
    /// The company's CNPJ and name.
    pub holder: Option<String>,
    /// Whether the registration stands; `None` where the file does not say so in words that are known.
    pub is_valid: Option<bool>,
    /// The last day of the month that the register names; `None` where it names none that can be.
    pub registration_expires_on: Option<NaiveDate>,
    /// Of a hospital's own table, as is all below; `None` where the column is missing or the cell is empty.
    pub description: Option<Note>,
    /// Where it is used.
    pub area: Option<Label>,
    /// Whether it may be ordered.
    pub is_in_use: Option<bool>,
    /// The list of special control that it is on.
    pub controlled_list: Option<ControlledList>,
    /// The band on its package.
    pub tarja: Option<Tarja>,
    /// Whether an error with it does great harm.
    pub is_high_alert: Option<bool>,
    /// What it is easily mistaken for shares this word.
    pub look_alike_group: Option<Label>,
    /// Its name with the letters that set it apart in capitals.
    pub tall_man: Option<Label>,
}

/// A presentation of CMED's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// Of the product: the first nine digits of `code`.
    pub registration: Registration,
    /// Of this presentation.
    pub code: PresentationCode,
    /// CMED's own number of it.
    pub ggrem: Option<String>,
    /// Strength, form and package in the list's abbreviations.
    pub description: String,
    /// Those of up to three GTINs whose check digit is right and that are not all zeros. Not a key: presentations
    /// share them.
    pub eans: Vec<String>,
    /// `None` where the list says nothing that is known.
    pub tarja: Option<Tarja>,
    /// The most that a maker may ask for, without taxes.
    pub factory_price: Option<Cents>,
    /// The most that a pharmacy may ask for, without taxes; none for what is sold to hospitals only.
    pub consumer_price: Option<Cents>,
    /// The active ingredients, joined by `;`.
    pub substance: Option<String>,
    /// What the product is called.
    pub product_name: Label,
}

/// What marks every medication that has a substance. At least one mark is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubstanceMarks {
    /// Its name; other names of it stand in brackets or behind a slash.
    pub substance: Label,
    /// The list of special control that it is on.
    pub controlled_list: Option<ControlledList>,
    /// The band on the packages.
    pub tarja: Option<Tarja>,
    /// Whether an error with it does great harm.
    pub is_high_alert: Option<bool>,
    /// What it is easily mistaken for shares this word.
    pub look_alike_group: Option<Label>,
    /// The substance with the letters that set it apart in capitals.
    pub tall_man: Option<Label>,
}
