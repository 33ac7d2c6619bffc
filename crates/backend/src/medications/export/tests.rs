//! What is written is read back, and no cell is a formula.

use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use chrono::NaiveDate;
use domain::{CatalogueRow, ControlledList, Product};
use proptest::prelude::*;
use store::{Marks, Registered};
use uuid::Uuid;

use super::*;
use crate::catalogue_file::{self, Dialect};

fn medication(number: u128, name: &str) -> Medication {
    Medication {
        id: Uuid::from_u128(number).into(),
        name: name.to_owned(),
        description: None,
        area: None,
        med_class: None,
        is_active: true,
        marks: Marks::default(),
        registered: Registered::default(),
        created_at: Utc::now(),
        updated_at: Utc::now(),
    }
}

fn small() -> [Medication; 2] {
    let morphine = Medication {
        description: Some("linha 1\r\n\"linha\" 2; fim".to_owned()),
        area: Some("'=x".to_owned()),
        med_class: Some("Opioide".to_owned()),
        is_active: false,
        marks: Marks {
            controlled_list: Some(ControlledList::A1),
            tarja: Some(Tarja::Black),
            is_high_alert: true,
            look_alike_group: Some("mor".to_owned()),
            tall_man: Some("MORfina".to_owned()),
        },
        registered: Registered {
            registration: Some("010277002".to_owned()),
            name: Some("-5".to_owned()),
            is_valid: Some(false),
            expires_on: NaiveDate::from_ymd_opt(2028, 2, 29),
            active_ingredient: Some("sulfato de morfina".to_owned()),
            category: Some("Genérico".to_owned()),
            holder: Some("00 - CASA".to_owned()),
        },
        ..medication(1, "=1+1")
    };
    [morphine, medication(2, "Soro")]
}

fn as_csv(medications: &[Medication]) -> Vec<u8> {
    let mut sheet = Sheet::new();
    sheet.row(COLUMNS.map(|(title, _)| title));
    medications.iter().for_each(|medication| sheet.values(values(medication)));
    sheet.take().to_vec()
}

fn as_workbook(medications: &[Medication]) -> Vec<u8> {
    let mut book = Book::new("Medicamentos", &COLUMNS).unwrap();
    medications.iter().for_each(|medication| book.row(values(medication)).unwrap());
    book.finish().unwrap()
}

#[test]
fn a_small_catalogue_is_written_to_the_byte() {
    let text = String::from_utf8(as_csv(&small())).unwrap();
    assert_eq!(
        text,
        "\u{feff}id;Nome;Registro;Nome no registro;Registro válido;Registro válido até;Princípio ativo;Categoria;\
         Detentor do registro;Classe terapêutica;Descrição;Área;Em uso;Lista 344;Tarja;Alta vigilância;\
         Grupo de semelhantes;Tall man\r\n\
         00000000-0000-0000-0000-000000000001;'=1+1;010277002;-5;não;29/02/2028;sulfato de morfina;Genérico;\
         00 - CASA;Opioide;\"linha 1\r\n\"\"linha\"\" 2; fim\";''=x;não;A1;preta;sim;mor;MORfina\r\n\
         00000000-0000-0000-0000-000000000002;Soro;;;;;;;;;;;sim;;;;;\r\n"
    );
}

#[test]
fn a_workbook_has_days_as_days_and_text_as_text() {
    let bytes = as_workbook(&small());
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range("Medicamentos").unwrap();
    let titles: Vec<String> = sheet.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(titles, COLUMNS.map(|(title, _)| title));
    let row = sheet.rows().nth(1).unwrap();
    for (column, text) in [(1, "=1+1"), (2, "010277002"), (3, "-5"), (10, "linha 1\r\n\"linha\" 2; fim"), (11, "'=x")] {
        assert_eq!(row[column], Data::String(text.to_owned()));
    }
    let Data::DateTime(at) = &row[5] else { panic!("{:?} is no day", row[5]) };
    assert_eq!(at.to_ymd_hms_milli(), (2028, 2, 29, 0, 0, 0, 0));
    assert!(row.iter().enumerate().all(|(column, cell)| cell.is_string() || column == 5), "{row:?}");
    let formulas = book.worksheet_formula("Medicamentos").unwrap();
    assert_eq!(formulas.cells().filter(|(.., formula)| !formula.is_empty()).count(), 0);
}

/// What the reader must make of it.
fn product(medication: &Medication) -> Product {
    let Medication { marks, registered, .. } = medication.clone();
    let label = |text: Option<String>| text.map(|text| text.try_into().unwrap());
    Product {
        id: Some(medication.id),
        registration: registered.registration.map(|number| number.parse().unwrap()),
        name: medication.name.clone().try_into().unwrap(),
        registered_name: label(registered.name),
        active_ingredient: registered.active_ingredient,
        therapeutic_class: medication.med_class.clone(),
        category: registered.category,
        holder: registered.holder,
        is_valid: registered.is_valid,
        registration_expires_on: registered.expires_on,
        description: medication.description.clone().map(|text| text.try_into().unwrap()),
        area: label(medication.area.clone()),
        is_in_use: Some(medication.is_active),
        controlled_list: marks.controlled_list,
        tarja: marks.tarja,
        is_high_alert: marks.is_high_alert.then_some(true),
        look_alike_group: label(marks.look_alike_group),
        tall_man: label(marks.tall_man),
    }
}

fn assert_read_back(medications: &[Medication]) {
    for bytes in [as_csv(medications), as_workbook(medications)] {
        let file = catalogue_file::read(bytes).unwrap();
        assert_eq!(file.dialect, Dialect::Own);
        let read: Vec<_> = file.rows.into_iter().map(|row| row.content).collect();
        let written: Vec<_> = medications.iter().map(|row| Ok(CatalogueRow::Product(product(row)))).collect();
        assert_eq!(read, written);
    }
}

#[test]
fn what_is_written_is_read_back() {
    assert_read_back(&small());
    assert_read_back(&[]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_text_is_read_back(
        name in "['=+@a-]{0,4}[a\"';,& ç_x0-9=<>&#-]{0,12}[a\u{301}'\"_;-]",
        note in "[a'=-][a\"';,& ç\t\r\n_x0D=<>&#-]{0,16}[a'\"_;-]",
    ) {
        let medication = Medication {
            description: domain::Note::parse(&note).ok().map(Into::into),
            area: Some(name.trim().to_owned()),
            ..medication(1, name.trim())
        };
        assert_read_back(&[medication]);
    }
}
