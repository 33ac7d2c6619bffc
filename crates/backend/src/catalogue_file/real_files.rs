//! The files that ANVISA and CMED publish, where a folder `shared/data/anvisa` with them lies beside this
//! repository or above it. Without it these tests pass and say so.

#![expect(clippy::print_stderr, reason = "a test that was left out says so")]

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use domain::{CatalogueRow, Cents, Label, Presentation, PresentationCode, Product, Registration, Tarja};

use super::*;

fn file(name: &str) -> Option<CatalogueFile> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder: &Path| -> PathBuf { folder.join("shared/data/anvisa").join(name) })
        .find(|path| path.exists());
    match path {
        Some(path) => Some(read(std::fs::read(path).unwrap()).unwrap()),
        None => {
            eprintln!("left out: there is no shared/data/anvisa/{name}");
            None
        }
    }
}

fn products(file: &CatalogueFile) -> impl Iterator<Item = (u64, &Product)> {
    file.rows.iter().filter_map(|row| match &row.content {
        Ok(CatalogueRow::Product(product)) => Some((row.line, product)),
        _ => None,
    })
}

fn rejected(file: &CatalogueFile) -> Vec<(u64, &str)> {
    file.rows.iter().filter_map(|row| Some((row.line, row.content.as_ref().err()?.as_str()))).collect()
}

fn valid(file: &CatalogueFile) -> usize {
    products(file).filter(|(_, product)| product.is_valid == Some(true)).count()
}

fn of<'a>(file: &'a CatalogueFile, registration: &str) -> Vec<(u64, &'a Product)> {
    let registration = Registration::parse(registration).unwrap();
    products(file).filter(|(_, product)| product.registration.as_ref() == Some(&registration)).collect()
}

/// In the order of the register: number, name, ingredient, class, category, holder, valid, end.
type Written<'a> =
    (&'a str, &'a str, Option<&'a str>, &'a str, Option<&'a str>, &'a str, bool, Option<(i32, u32, u32)>);

fn product((number, name, ingredient, class, category, holder, is_valid, end): Written<'_>) -> Product {
    Product {
        id: None,
        registration: Some(Registration::parse(number).unwrap()),
        name: Label::parse(name).unwrap(),
        active_ingredient: ingredient.map(str::to_owned),
        therapeutic_class: Some(class.to_owned()),
        category: category.map(str::to_owned),
        holder: Some(holder.to_owned()),
        is_valid: Some(is_valid),
        registration_expires_on: end.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day)),
        description: None,
        area: None,
        registered_name: None,
        is_in_use: None,
        controlled_list: None,
        tarja: None,
        is_high_alert: None,
        look_alike_group: None,
        tall_man: None,
    }
}

/// Quotes within that are not escaped, and two spaces.
const IMA: Written<'_> = (
    "103390042",
    "AMINOFILINA + GUAIFENESINA",
    None,
    "ANTITUSSIGENOS",
    Some("Similar"),
    "33303272000110 - INSTITUTO DE MEDICAMENTOS E ALERGIA IMA \" LTDA\"",
    false,
    Some((2005, 11, 30)),
);

/// Its process ended on `05/10/0990`.
const FOL_SANG: Written<'_> = (
    "106030015",
    "FOL SANG B 12",
    None,
    "ANTIANEMICOS-EXTRATO HEPATICO SIMPLES OU ASSOCIADO",
    Some("Específico"),
    "33236001000199 - INSTITUTO DE QUÍMICA E BIOLOGIA LTDA",
    false,
    Some((2004, 7, 31)),
);

/// Its registration ended on `01/05/0200`.
const ALDOMET: Written<'_> = (
    "110650009",
    "ALDOMET",
    None,
    "ANTI-HIPERTENSIVOS SIMPLES",
    Some("Similar"),
    "48382873000132 - PRODOME QUÍMICA E FARMACÊUTICA LTDA",
    false,
    None,
);

/// A number that lacks a digit; in 2026 its name has an entity.
const LAFEPE: Written<'_> = (
    "18300130",
    "LAFEPE CLORETO DE SÓDIO",
    None,
    "REIDRATANTES PARENTERAIS",
    Some("Similar"),
    "10877926000113 - LABORATORIO FARMACEUTICO DO ESTADO DE PERNAMBUCO GOVERNADOR MIG",
    false,
    Some((2004, 3, 31)),
);

/// The apostrophe was lost twice: as a control character, and as an escape of the workbook.
const D_ORTO: Written<'_> = (
    "100431288",
    "D’ORTO",
    Some("risedronato sódico"),
    "SUPRESSORES DA REABSORCAO OSSEA",
    Some("Similar"),
    "61190096000192 - EUROFARMA LABORATÓRIOS S.A.",
    true,
    Some((2029, 12, 31)),
);

#[test]
fn the_whole_register_of_2023_as_a_workbook() {
    let Some(file) = file("DADOS_ABERTOS_MEDICAMENTOS_2023.xlsx") else { return };
    assert_eq!(file.dialect, Dialect::AnvisaRegister);
    assert_eq!(file.rows.len(), 30_981);
    // PEPSOGEL has 1058300072 in the register itself, which is no number of nine digits.
    assert_eq!(rejected(&file), [(19_946, "NUMERO_REGISTRO_PRODUTO: must have 9 digits, has 10")]);
    assert_eq!(valid(&file), 11_398);
    // 619 cells are empty, 8 are of the year 200, and LAMOSYN CD's is of 2101.
    let without_end = products(&file).filter(|(_, product)| product.registration_expires_on.is_none());
    assert_eq!(without_end.count(), 619 + 8 + 1);
    let numbers: BTreeSet<_> = products(&file).map(|(_, product)| &product.registration).collect();
    assert_eq!(numbers.len(), 30_980);
    for written in [IMA, FOL_SANG, ALDOMET, LAFEPE, D_ORTO] {
        let found = of(&file, written.0);
        assert_eq!(found.iter().map(|(_, product)| (*product).clone()).collect::<Vec<_>>(), [product(written)]);
    }
    let lines: Vec<u64> = file.rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, (2..=30_982).collect::<Vec<_>>());
}

#[test]
fn the_register_of_2025_as_text() {
    let Some(file) = file("anvisa_sample_2025dialect.csv") else { return };
    assert_eq!((file.dialect, file.rows.len(), valid(&file)), (Dialect::AnvisaRegister, 264, 201));
    assert_eq!(rejected(&file), []);
    for written in [IMA, FOL_SANG, ALDOMET, LAFEPE] {
        let found = of(&file, written.0);
        assert_eq!(found.iter().map(|(_, product)| (*product).clone()).collect::<Vec<_>>(), [product(written)]);
    }
    let names: Vec<&str> = products(&file).map(|(_, product)| product.name.as_str()).collect();
    for name in ["(VITAMINAS A ) + ASSSOCIACÕES", "ABOBORA D'ANTA", "CAT'S CLAW", "ARNICA MONTANA L."] {
        assert!(names.contains(&name), "{name}");
    }
}

#[test]
fn the_register_of_2026_as_text() {
    let Some(file) = file("anvisa_sample_2026dialect_SYNTHETIC.csv") else { return };
    assert_eq!((file.dialect, file.rows.len()), (Dialect::AnvisaRegister, 290));
    // Of low risk, and so notified without a number.
    assert_eq!(rejected(&file).len(), 7);
    for (line, why) in rejected(&file) {
        assert_eq!(why, "NUMERO_REGISTRO_PRODUTO: must not be empty", "line {line}");
    }
    for (written, times) in [(FOL_SANG, 1), (LAFEPE, 3)] {
        let found = of(&file, written.0);
        assert!(found.iter().all(|(_, found)| **found == product(written)), "{found:?}");
        assert_eq!(found.len(), times, "{}", written.1);
    }
    let names: Vec<&str> = products(&file).map(|(_, product)| product.name.as_str()).collect();
    for name in ["CAT'S CLAW SPRAY", "L'AIRAL \"PLUS\"", "B.BRAUN SOLUÇÃO DE RINGER Nº3", "GARDASIL 9"] {
        assert!(names.contains(&name), "{name}");
    }
}

#[test]
fn a_product_is_the_same_in_all_three_files_of_the_register() {
    let (Some(workbook), Some(of_2025), Some(of_2026)) = (
        file("DADOS_ABERTOS_MEDICAMENTOS_2023.xlsx"),
        file("anvisa_sample_2025dialect.csv"),
        file("anvisa_sample_2026dialect_SYNTHETIC.csv"),
    ) else {
        return;
    };
    let of_2023: HashMap<_, _> = products(&workbook).map(|(_, product)| (&product.registration, product)).collect();
    for (_, product) in products(&of_2025) {
        assert_eq!(of_2023.get(&product.registration), Some(&product));
    }
    // In 2026 some have other names; all else is the same.
    let mut renamed = BTreeSet::new();
    for (_, product) in products(&of_2026) {
        let before = of_2023[&product.registration];
        assert_eq!(*product, Product { name: product.name.clone(), ..before.clone() });
        if product.name != before.name {
            renamed.insert(product.name.as_str());
        }
    }
    let names = [
        "AMINOFILINA + GUAIFENESINA – 0,9%",
        "CAT'S CLAW SPRAY",
        "L'AIRAL \"PLUS\"",
        "LABEL’S AMINOIMA “X” ™",
        "N?O DECLARADO",
    ];
    assert_eq!(renamed, BTreeSet::from(names));
}

#[test]
fn the_price_list() {
    let Some(file) = file("cmed_sample_2026dialect_SYNTHETIC.csv") else { return };
    assert_eq!((file.dialect, file.rows.len(), rejected(&file).len()), (Dialect::CmedList, 152, 0));
    let presentations: Vec<(u64, &Presentation)> = file
        .rows
        .iter()
        .filter_map(|row| match &row.content {
            Ok(CatalogueRow::Presentation(presentation)) => Some((row.line, presentation)),
            _ => None,
        })
        .collect();
    let first = Presentation {
        registration: Registration::parse("199990000").unwrap(),
        code: PresentationCode::parse("1999900000000").unwrap(),
        ggrem: Some("900000005000000".to_owned()),
        description: "20 MG/G + 30MG/G CREM VAG CT BG AL X 35 G + 7 APLIC".to_owned(),
        eans: vec!["2010000000007".to_owned()],
        tarja: Some(Tarja::Red),
        factory_price: Some(Cents(4012)),
        consumer_price: Some(Cents(5547)),
        substance: Some("TINIDAZOL;TIOCONAZOL".to_owned()),
        product_name: Label::parse("TINIDAZOL GEOLAB").unwrap(),
    };
    assert_eq!(presentations.first(), Some(&(43, &first)));
    let by_tarja = |tarja| presentations.iter().filter(|(_, presentation)| presentation.tarja == tarja).count();
    assert_eq!(by_tarja(Some(Tarja::None)), 50);
    assert_eq!(by_tarja(Some(Tarja::Red)), 47);
    assert_eq!(by_tarja(Some(Tarja::Black)), 46);
    assert_eq!(by_tarja(Some(Tarja::RedRestricted)), 5);
    assert_eq!(by_tarja(None), 4);
    let for_hospitals = presentations.iter().filter(|(_, presentation)| presentation.consumer_price.is_none());
    assert_eq!(for_hospitals.count(), 8);
    assert!(presentations.iter().all(|(_, presentation)| presentation.factory_price.is_some()));
    let with_ean = |ean: &str| presentations.iter().filter(|(_, p)| p.eans.iter().any(|known| known == ean)).count();
    assert_eq!((with_ean("2010000000359"), with_ean("2010000000427"), with_ean("2010000001400")), (2, 2, 2));
    assert_eq!((with_ean("0000000000000"), with_ean("2010000002316")), (0, 0));
}
