//! The columns that are known, by the names that files give them.

use super::Dialect;
use super::cell::{Cell, Record};
use super::words::folded;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    ActiveIngredient,
    Area,
    Category,
    ConsumerPrice,
    ControlledList,
    Description,
    Ean1,
    Ean2,
    Ean3,
    ExpiresOn,
    FactoryPrice,
    Ggrem,
    HighAlert,
    Holder,
    Id,
    InUse,
    LookAlikeGroup,
    Name,
    RegisteredName,
    Registration,
    Status,
    Substance,
    TallMan,
    Tarja,
    TherapeuticClass,
}

use Column::*;

/// Columns with the names that they go by, folded.
type Names = &'static [(Column, &'static [&'static str])];

/// Of ANVISA's register.
const ANVISA: Names = &[
    (Name, &["nomeproduto"]),
    (Registration, &["numeroregistroproduto"]),
    (Category, &["categoriaregulatoria"]),
    (ExpiresOn, &["datavencimentoregistro"]),
    (TherapeuticClass, &["classeterapeutica"]),
    (Holder, &["empresadetentoraregistro"]),
    (Status, &["situacaoregistro"]),
    (ActiveIngredient, &["principioativo"]),
];

/// Of CMED's list. Of its sixty prices, those without taxes: the others differ by state.
const CMED: Names = &[
    (ActiveIngredient, &["substancia"]),
    (Registration, &["registro"]),
    (Name, &["produto"]),
    (Description, &["apresentacao"]),
    (Ggrem, &["codigoggrem"]),
    (Ean1, &["ean1"]),
    (Ean2, &["ean2"]),
    (Ean3, &["ean3"]),
    (FactoryPrice, &["pfsemimpostos"]),
    (ConsumerPrice, &["pmcsemimpostos"]),
    (Tarja, &["tarja"]),
];

/// Our own, in English and Portuguese. Those of the export are among them.
const OWN: Names = &[
    (Id, &["id"]),
    (Name, &["name", "nome"]),
    (Registration, &["registration", "registro"]),
    (RegisteredName, &["registeredname", "nomenoregistro"]),
    (Status, &["isregistered", "registrovalido"]),
    (ExpiresOn, &["registrationexpireson", "registrovalidoate"]),
    (ActiveIngredient, &["activeingredient", "principioativo"]),
    (Category, &["category", "categoria"]),
    (Holder, &["holder", "detentor", "detentordoregistro"]),
    (TherapeuticClass, &["medclass", "classe", "classeterapeutica"]),
    (Description, &["description", "descricao"]),
    (Area, &["area"]),
    (InUse, &["isactive", "inuse", "emuso"]),
    (ControlledList, &["controlledlist", "lista344"]),
    (Tarja, &["tarja"]),
    (HighAlert, &["highalert", "ishighalert", "altavigilancia"]),
    (LookAlikeGroup, &["lookalikegroup", "gruposemelhantes", "grupodesemelhantes"]),
    (TallMan, &["tallman"]),
];

/// Of marks by substance.
const MARKS: Names = &[
    (Substance, &["substance", "substancia"]),
    (ControlledList, &["controlledlist", "lista", "lista344"]),
    (Tarja, &["tarja"]),
    (HighAlert, &["highalert", "ishighalert", "altavigilancia"]),
    (LookAlikeGroup, &["lookalikegroup", "gruposemelhantes", "grupodesemelhantes"]),
    (TallMan, &["tallman"]),
];

/// A table with one of these is of products, although it names their substances: a price list that somebody cut
/// must not mark all that has a substance.
const OF_PRODUCTS: [&str; 6] = ["produto", "nomeproduto", "apresentacao", "registro", "registration", "ean1"];

/// The dialects with their columns, and those of them without which a row of names is not their header.
const DIALECTS: [(Dialect, Names, &[Column]); 4] = [
    (Dialect::AnvisaRegister, ANVISA, &[Name, Registration]),
    (Dialect::CmedList, CMED, &[ActiveIngredient, Registration, Name, Description]),
    (Dialect::Own, OWN, &[Name]),
    (Dialect::Marks, MARKS, &[Substance]),
];

/// A header that was recognised.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) dialect: Dialect,
    /// How many cells it has, empty ones at its end not counted.
    pub(super) width: usize,
    /// The columns that are there, with their places and the file's own names for them.
    columns: Vec<(Column, usize, String)>,
    /// The name of a column that is there more than once.
    pub(super) twice: Option<String>,
}

impl Header {
    /// Whether a row is a header, and of what.
    pub(super) fn recognise(record: &Record) -> Option<Header> {
        let names: Vec<String> = record.cells.iter().map(|cell| folded(&cell.line())).collect();
        let places = |known: &[&str]| -> Vec<usize> {
            names
                .iter()
                .enumerate()
                .filter(|(_, name)| known.contains(&name.as_str()))
                .map(|(place, _)| place)
                .collect()
        };
        for (dialect, columns, required) in DIALECTS {
            let found: Vec<(Column, Vec<usize>)> = columns
                .iter()
                .map(|(column, known)| (*column, places(known)))
                .filter(|(_, at)| !at.is_empty())
                .collect();
            if !required.iter().all(|column| found.iter().any(|(there, _)| there == column)) {
                continue;
            }
            let says_no_mark = found.len() == required.len();
            let is_of_products = names.iter().any(|name| OF_PRODUCTS.contains(&name.as_str()));
            if dialect == Dialect::Marks && (says_no_mark || is_of_products) {
                continue;
            }
            let title = |place: usize| record.cells.get(place).map(Cell::line).unwrap_or_default();
            let mut twice = None;
            let mut columns = vec![];
            for (column, at) in found {
                if let [first, _, ..] = at.as_slice() {
                    twice = Some(title(*first));
                }
                columns.extend(at.first().map(|place| (column, *place, title(*place))));
            }
            let width = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
            return Some(Header { dialect, width, columns, twice });
        }
        None
    }

    /// How many of its columns are known.
    pub(super) fn known(&self) -> usize {
        self.columns.len()
    }

    fn of(&self, column: Column) -> Option<(usize, &str)> {
        self.columns.iter().find(|(known, ..)| *known == column).map(|(_, place, title)| (*place, title.as_str()))
    }
}

static EMPTY: Cell = Cell::Text(String::new());

/// A row under its header.
pub(super) struct Row<'a> {
    pub(super) header: &'a Header,
    pub(super) record: &'a Record,
}

impl<'a> Row<'a> {
    /// Empty where the file has no such column or the row ends before it.
    pub(super) fn cell(&self, column: Column) -> &'a Cell {
        self.header.of(column).and_then(|(place, _)| self.record.cells.get(place)).unwrap_or(&EMPTY)
    }

    /// Reads a cell; a reason against it gets the file's own name of the column in front.
    pub(super) fn read<T>(&self, column: Column, read: impl FnOnce(&Cell) -> Result<T, String>) -> Result<T, String> {
        read(self.cell(column)).map_err(|why| match self.header.of(column) {
            Some((_, title)) => format!("{title}: {why}"),
            None => why,
        })
    }

    /// Reads a cell that must not be empty.
    pub(super) fn require<T>(
        &self,
        column: Column,
        read: impl FnOnce(&Cell) -> Result<Option<T>, String>,
    ) -> Result<T, String> {
        self.read(column, |cell| read(cell)?.ok_or_else(|| "must not be empty".to_owned()))
    }
}
