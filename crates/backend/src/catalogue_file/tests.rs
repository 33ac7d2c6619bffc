//! One small file per trap, all rows made up.

use chrono::NaiveDate;
use domain::{
    CatalogueRow, Cents, ControlledList, Label, Note, Presentation, PresentationCode, Product, Registration,
    SubstanceMarks, Tarja,
};

use super::*;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

const REGISTER: &str = "TIPO_PRODUTO;NOME_PRODUTO;DATA_FINALIZACAO_PROCESSO;CATEGORIA_REGULATORIA;NUMERO_REGISTRO_PRODUTO;DATA_VENCIMENTO_REGISTRO;NUMERO_PROCESSO;CLASSE_TERAPEUTICA;EMPRESA_DETENTORA_REGISTRO;SITUACAO_REGISTRO;PRINCIPIO_ATIVO";

fn row(line: u64, content: CatalogueRow) -> FileRow {
    FileRow { line, content: Ok(content) }
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

/// A product with a name and nothing else.
fn named(name: &str) -> Product {
    Product {
        id: None,
        registration: None,
        name: label(name),
        active_ingredient: None,
        therapeutic_class: None,
        category: None,
        holder: None,
        is_valid: None,
        registration_expires_on: None,
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

fn inventol() -> Product {
    Product {
        registration: Some(Registration::parse("199990001").unwrap()),
        active_ingredient: Some("inventilina sódica + água".to_owned()),
        therapeutic_class: Some("ANALGÉSICOS".to_owned()),
        category: Some("Genérico".to_owned()),
        holder: Some("00000000000191 - LAB \"X\" LTDA\"".to_owned()),
        is_valid: Some(true),
        registration_expires_on: NaiveDate::from_ymd_opt(2028, 2, 29),
        ..named("GOTAS D'ÁGUA INVENTOL")
    }
}

fn windows_1252(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
}

fn one_product(file: &CatalogueFile) -> &Product {
    match file.rows.as_slice() {
        [FileRow { content: Ok(CatalogueRow::Product(product)), .. }] => product,
        rows => panic!("not one product: {rows:?}"),
    }
}

fn read_text(text: &str) -> CatalogueFile {
    read(text.as_bytes().to_vec()).unwrap()
}

fn reasons(file: &CatalogueFile) -> Vec<(u64, &str)> {
    file.rows.iter().filter_map(|row| Some((row.line, row.content.as_ref().err()?.as_str()))).collect()
}

#[test]
fn the_registers_words_of_2023_and_of_2026_give_the_same_product() {
    let of_2023 = format!(
        "{REGISTER}\r\n\"MEDICAMENTO\";\" GOTAS  D''ÁGUA\u{a0}INVENTOL\";\"05/10/0990\";\"GENÉRICO\";199990001;\"01/02/2028\";\"1\";\"ANALGÉSICOS\";\"00000000000191 - LAB \"X\"  LTDA\"\";\"VÁLIDO\";\"INVENTILINA SÓDICA +  ÁGUA\"\r\n"
    );
    let of_2026 = format!(
        "{REGISTER}\r\n\"MEDICAMENTO\";\"GOTAS D''&#193;GUA \r\nINVENTOL\";\"05/10/1990\";\"GEN?RICO\";199990001;\"022028\";\"10\";\"ANALG&Eacute;SICOS\";\"00000000000191 - LAB \"X\" LTDA\"\";\"Ativo\";\"inventilina sódica +  água \"\r\n"
    );
    for text in [of_2023, of_2026] {
        for bytes in [windows_1252(&text), text.clone().into_bytes(), format!("\u{feff}{text}").into_bytes()] {
            let file = read(bytes).unwrap();
            assert_eq!(file.dialect, Dialect::AnvisaRegister);
            assert_eq!(file.rows, [row(2, CatalogueRow::Product(inventol()))]);
        }
    }
}

#[test]
fn rows_that_can_not_be_taken_stay_with_the_reason() {
    let long = "X".repeat(201);
    let file = read_text(&format!(
        "{REGISTER}\n\
        a;NOTIFICADO;;BAIXO RISCO;;;;;;Ativo;\n\
        a;;;;199990002;;;;;;\n\
        a;{long};;;199990003;;;;;;\n\
        \n\
        a;NÚMERO;;;1999900031;;;;;;\n\
        a;\"ABERTO;;;199990004;;;;;Ativo;\"x\"\n\
        a;LARGO;;;199990005;;;;;;;sobra\n\
        a;BOM;;;199990006;01/05/0200;;;;Suspenso;\n"
    ));
    assert_eq!(
        reasons(&file),
        [
            (2, "NUMERO_REGISTRO_PRODUTO: must not be empty"),
            (3, "NOME_PRODUTO: must not be empty"),
            (4, "NOME_PRODUTO: must have at most 200 characters, has 201"),
            (6, "NUMERO_REGISTRO_PRODUTO: must have 9 digits, has 10"),
            (7, "has 2 cells where the header has 11: a quote or a separator is wrong"),
            (8, "has 12 cells where the header has 11: a quote or a separator is wrong"),
        ]
    );
    let good = Product { registration: Some(Registration::parse("199990006").unwrap()), ..named("BOM") };
    assert_eq!(file.rows.last(), Some(&row(9, CatalogueRow::Product(good))));
}

#[test]
fn a_short_registration_gets_its_zeros() {
    let file = read_text(&format!("{REGISTER}\na;CURTO;;;10277002;;;;;;\n"));
    assert_eq!(one_product(&file).registration.as_ref().map(Registration::as_str), Some("010277002"));
}

#[test]
fn the_price_lists_header_is_found_below_its_notes() {
    let text = "\u{feff}CMED;;;;;;;;;;;\r\n\"(1) nota, com vírgulas; e mais\";;;;;;;;;;;\r\n;;;;;;;;;;;\r\n\
        SUBSTÂNCIA;CÓDIGO GGREM;REGISTRO;EAN 1;EAN 2;EAN 3;PRODUTO;APRESENTAÇÃO;PF Sem Impostos;PF 18 %;PMC Sem Impostos;TARJA\u{a0}\r\n\
        \"A;B\";900000000000001;1999900010011;7891234567895;    -     ;0000000000000;Inventol;  5 MG/G  CREM X 10 G ;1.040,12*;1,00;    -     ;Tarja Vermelha sob restrição\r\n\
        C;-;1999900010028;7891234567895;7891234567896;;Inventol;COM X 30;5,5;;7,00;- (*) \r\n\
        D;;199990001;;;;Inventol;COM X 60;5,5;;7,00;\r\n";
    let file = read_text(text);
    assert_eq!(file.dialect, Dialect::CmedList);
    let first = Presentation {
        registration: Registration::parse("199990001").unwrap(),
        code: PresentationCode::parse("1999900010011").unwrap(),
        ggrem: Some("900000000000001".to_owned()),
        description: "5 MG/G CREM X 10 G".to_owned(),
        eans: vec!["7891234567895".to_owned()],
        tarja: Some(Tarja::RedRestricted),
        factory_price: Some(Cents(104_012)),
        consumer_price: None,
        substance: Some("A;B".to_owned()),
        product_name: label("Inventol"),
    };
    let second = Presentation {
        code: PresentationCode::parse("1999900010028").unwrap(),
        ggrem: None,
        description: "COM X 30".to_owned(),
        tarja: None,
        factory_price: Some(Cents(550)),
        consumer_price: Some(Cents(700)),
        substance: Some("C".to_owned()),
        ..first.clone()
    };
    let third = FileRow { line: 7, content: Err("REGISTRO: must have 13 digits, has 9".to_owned()) };
    assert_eq!(
        file.rows,
        [row(5, CatalogueRow::Presentation(first)), row(6, CatalogueRow::Presentation(second)), third]
    );
}

#[test]
fn our_own_columns_come_in_both_languages_any_order_and_with_any_separator() {
    let portuguese = "TALL MAN;Alta Vigilância;nome;Descrição;Área;Classe;Registro;Lista 344;Tarja;grupo_semelhantes\r\n\
        inVENTol;Sim;Inventol;\"linha 1\nlinha \"\"2\"\"; fim\";UTI;Analgésicos;1.9999.0001.001-1;a1;Tarja Preta;inv\r\n";
    let english = "name\tdescription\tarea\tmed_class\tregistration\tcontrolled_list\ttarja\thigh_alert\tlook_alike_group\ttall_man\n\
        Inventol\t\"linha 1\nlinha \"2\"; fim\"\tUTI\tAnalgésicos\t199990001\tA1\tblack\ttrue\tinv\tinVENTol";
    let product = Product {
        registration: Some(Registration::parse("199990001").unwrap()),
        therapeutic_class: Some("Analgésicos".to_owned()),
        description: Some(Note::parse("linha 1\nlinha \"2\"; fim").unwrap()),
        area: Some(label("UTI")),
        controlled_list: Some(ControlledList::A1),
        tarja: Some(Tarja::Black),
        is_high_alert: Some(true),
        look_alike_group: Some(label("inv")),
        tall_man: Some(label("inVENTol")),
        ..named("Inventol")
    };
    let utf_16: Vec<u8> = "\u{feff}".encode_utf16().chain(english.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [portuguese.as_bytes().to_vec(), windows_1252(portuguese), english.as_bytes().to_vec(), utf_16] {
        let file = read(bytes).unwrap();
        assert_eq!(file.dialect, Dialect::Own);
        assert_eq!(file.rows, [row(2, CatalogueRow::Product(product.clone()))]);
    }
}

#[test]
fn our_own_columns_are_taken_to_the_letter() {
    let text = "\u{feff}id;Nome;Descrição;Princípio ativo;Registro válido até;Em uso;Registro válido;Nome no registro\r\n\
        019c0000-0000-7000-8000-000000000001;\"'=1+1  ''&#231;''\";\"linha  1\r\n&amp;\";  A  B ;31/12/2028;não;sim;''-x\r\n\
        ;\"duas\r\nlinhas\";;;;;;\r\n";
    let id = "019c0000-0000-7000-8000-000000000001".parse::<uuid::Uuid>().unwrap().into();
    let product = Product {
        id: Some(id),
        registered_name: Some(label("'-x")),
        active_ingredient: Some("A  B".to_owned()),
        registration_expires_on: NaiveDate::from_ymd_opt(2028, 12, 31),
        is_valid: Some(true),
        description: Some(Note::parse("linha  1\r\n&amp;").unwrap()),
        is_in_use: Some(false),
        ..named("=1+1  ''&#231;''")
    };
    let rows = [row(2, CatalogueRow::Product(product)), row(4, CatalogueRow::Product(named("duas linhas")))];
    assert_eq!(read_text(text).rows, rows);
    let wrong = read_text("id;nome;em uso;registro válido até\n1;A;;\n;B;talvez;\n;C;;31/31/2028\n");
    assert_eq!(
        reasons(&wrong),
        [
            (2, "id: must be an id as the export writes it, or empty"),
            (3, "em uso: must be sim or não, is \"talvez\""),
            (4, "registro válido até: must be a day such as 31/12/2028, is \"31/31/2028\""),
        ]
    );
}

#[test]
fn a_row_that_looks_like_a_header_is_a_row() {
    let file = read_text("nome;descrição\nA;\"x,nome,name,y\"\nnome;name\n");
    assert_eq!((file.dialect, file.rows.len()), (Dialect::Own, 2));
}

#[test]
fn marks_by_substance_are_a_table_of_their_own() {
    let file = read_text(
        "lista;substancia;receita\nA1;Morfina;amarela\nB9;Diazepam;azul\n;Dipirona;\nC1;;\nC1;Lítio (carbonato);branca\n",
    );
    assert_eq!(file.dialect, Dialect::Marks);
    let marks = |substance: &str, list| SubstanceMarks {
        substance: label(substance),
        controlled_list: Some(list),
        tarja: None,
        is_high_alert: None,
        look_alike_group: None,
        tall_man: None,
    };
    assert_eq!(file.rows.first(), Some(&row(2, CatalogueRow::Substance(marks("Morfina", ControlledList::A1)))));
    let lithium = marks("Lítio (carbonato)", ControlledList::C1);
    assert_eq!(file.rows.last(), Some(&row(6, CatalogueRow::Substance(lithium))));
    assert_eq!(
        reasons(&file),
        [
            (3, "lista: must be one of A1, A2, A3, B1, B2, C1, C2, C3, C5, D1, D2, E, F, is \"B9\""),
            (4, "says no mark: fill at least one of its columns"),
            (5, "substancia: must not be empty"),
        ]
    );
    let english = read_text(
        "substance,controlled_list,tarja,high_alert,look_alike_group,tall_man\nDobutamina,,red,yes,dob-dop,DOBUTamina\n",
    );
    let dobutamine = SubstanceMarks {
        substance: label("Dobutamina"),
        controlled_list: None,
        tarja: Some(Tarja::Red),
        is_high_alert: Some(true),
        look_alike_group: Some(label("dob-dop")),
        tall_man: Some(label("DOBUTamina")),
    };
    assert_eq!(english.rows, [row(2, CatalogueRow::Substance(dobutamine))]);
}

#[test]
fn a_table_of_products_is_none_of_marks() {
    for header in ["SUBSTÂNCIA;TARJA;PRODUTO", "substância;registro;tarja", "substância;receita"] {
        assert_eq!(read(format!("{header}\na;preta;b\n").into_bytes()), Err(UnreadableFile::NoHeader), "{header}");
    }
}

#[test]
fn a_list_of_names_alone_is_a_catalogue() {
    let file = read_text("Hospital X\n\nnome\nÁgua, destilada\n\n\"Soro \"X\" 5%\"\n");
    assert_eq!(
        file.rows,
        [
            row(4, CatalogueRow::Product(named("Água, destilada"))),
            row(6, CatalogueRow::Product(named("Soro \"X\" 5%")))
        ]
    );
    let commas = read_text("area,name,other\nUTI,\"Água, destilada\"\n");
    assert_eq!(*one_product(&commas), Product { area: Some(label("UTI")), ..named("Água, destilada") });
}

#[test]
fn what_is_about_safety_is_not_guessed() {
    let file = read_text("name;tarja;lista_344;high_alert\nA;amarela;;\nB;;C4;\nC;;;talvez\nD;;;\n");
    assert_eq!(
        reasons(&file),
        [
            (2, "tarja: must be vermelha, vermelha sob restrição, preta or sem tarja, is \"amarela\""),
            (3, "lista_344: must be one of A1, A2, A3, B1, B2, C1, C2, C3, C5, D1, D2, E, F, is \"C4\""),
            (4, "high_alert: must be sim or não, is \"talvez\""),
        ]
    );
}

#[test]
fn a_byte_that_is_not_of_the_files_encoding_keeps_its_row_out() {
    let file = read(b"\xef\xbb\xbfname\n\xc3\x81gua\nSolu\xe7\xe3o\n".to_vec()).unwrap();
    assert_eq!(file.rows.first(), Some(&row(2, CatalogueRow::Product(named("Água")))));
    assert_eq!(reasons(&file), [(3, "name: has a character that is not of the file's encoding")]);
}

#[test]
fn a_workbook_reads_as_the_text_does() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write(0, 0, "Leia-me").unwrap();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0..).zip(REGISTER.split(';')) {
        sheet.write(0, column, name).unwrap();
    }
    sheet.write(2, 1, " GOTAS  D''ÁGUA\u{a0}INVENTOL").unwrap();
    sheet.write(2, 3, "GENÉRICO").unwrap();
    sheet.write(2, 4, 1.999_900_01E8).unwrap();
    let day = ExcelDateTime::from_ymd(2028, 2, 1).unwrap();
    sheet.write_with_format(2, 5, &day, &Format::new().set_num_format("dd/mm/yyyy")).unwrap();
    sheet.write(2, 7, "ANALGÉSICOS").unwrap();
    sheet.write(2, 8, "00000000000191 - LAB \"X\" LTDA\"").unwrap();
    sheet.write(2, 9, "VÁLIDO").unwrap();
    sheet.write(2, 10, "INVENTILINA SÓDICA + ÁGUA").unwrap();
    sheet.write(3, 1, "CORTADA").unwrap();
    sheet.write(3, 4, 199_990_002).unwrap();
    sheet.write(4, 1, "QUEBRADA").unwrap();
    sheet.write(4, 4, 199_990.5).unwrap();
    let file = read(workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!(file.dialect, Dialect::AnvisaRegister);
    let cut = Product { registration: Some(Registration::parse("199990002").unwrap()), ..named("CORTADA") };
    let broken = Err("NUMERO_REGISTRO_PRODUTO: must be a whole number, is 199990.5".to_owned());
    assert_eq!(
        file.rows,
        [
            row(3, CatalogueRow::Product(inventol())),
            row(4, CatalogueRow::Product(cut)),
            FileRow { line: 5, content: broken }
        ]
    );
}

#[test]
fn a_workbook_of_our_own_columns_may_have_truths_and_numbers() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0..).zip(["nome", "alta vigilância", "registro"]) {
        sheet.write(0, column, name).unwrap();
    }
    sheet.write(1, 0, 12).unwrap();
    sheet.write(1, 1, true).unwrap();
    sheet.write(1, 2, 1_999_900_010_011_u64).unwrap();
    let file = read(workbook.save_to_buffer().unwrap()).unwrap();
    let registration = Registration::parse("199990001").ok();
    assert_eq!(*one_product(&file), Product { is_high_alert: Some(true), registration, ..named("12") });
}

pub(super) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    for (name, content) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn what_is_no_catalogue_is_refused_in_words() {
    for (bytes, why) in [
        (vec![], UnreadableFile::Empty),
        ("\u{feff} \r\n".as_bytes().to_vec(), UnreadableFile::Empty),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), UnreadableFile::NotATable),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), UnreadableFile::OldExcel),
        (zip(&[("word/document.xml", b"<a/>")]), UnreadableFile::NotATable),
        (b"a;b\n1;2\n".to_vec(), UnreadableFile::NoHeader),
        (b"name;nome\na;b\n".to_vec(), UnreadableFile::ColumnTwice("name".to_owned())),
        (vec![b' '; MAX_BYTES + 1], UnreadableFile::TooLarge),
    ] {
        assert_eq!(read(bytes), Err(why));
    }
    assert!(matches!(read(zip(&[("xl/workbook.xml", b"<a/>")])), Err(UnreadableFile::Damaged(_))));
    assert!(matches!(read(b"PK\x03\x04".to_vec()), Err(UnreadableFile::Damaged(_))));
}

#[test]
fn too_many_rows_are_refused() {
    let mut text = "nome\n".to_owned();
    text.push_str(&"a\n".repeat(MAX_ROWS + 1));
    assert_eq!(read(text.into_bytes()), Err(UnreadableFile::TooLarge));
}

fn small_workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "nome").unwrap();
    sheet.write(1, 0, "Inventol").unwrap();
    sheet.write(1, 1, 1.5).unwrap();
    workbook.save_to_buffer().unwrap()
}

/// A workbook of one sheet, written by hand, with a header and what stands below it.
fn workbook_of(rows: &str) -> Vec<u8> {
    const TYPES: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let links = |kind: &str, target: &str| {
        format!("<Relationships><Relationship Id=\"r1\" Type=\"{TYPES}/{kind}\" Target=\"{target}\"/></Relationships>")
    };
    let workbook = format!(
        "<workbook xmlns:r=\"{TYPES}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let header = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>nome</v></c></row>";
    let sheet = format!("<worksheet><sheetData>{header}{rows}</sheetData></worksheet>");
    zip(&[
        ("_rels/.rels", links("officeDocument", "xl/workbook.xml").as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links("worksheet", "worksheets/sheet1.xml").as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

#[test]
fn a_cell_with_an_impossible_name_does_no_harm() {
    let good = read(workbook_of("<row r=\"2\"><c r=\"A2\" t=\"str\"><v>Inventol</v></c></row>")).unwrap();
    assert_eq!(good.rows, [row(2, CatalogueRow::Product(named("Inventol")))]);
    // Without overflow checks it is a cell far to the right.
    let _ = read(workbook_of("<row r=\"2\"><c r=\"NAAAAAA\"><v>1</v></c></row>"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = read(bytes);
    }

    #[test]
    fn no_rows_under_a_header_make_it_panic(rows in "[a\"';,\t\r\nç0-9/&#-]{0,200}") {
        for header in [REGISTER, "nome;área;registro", "substância;lista;tall man", "SUBSTÂNCIA;REGISTRO;PRODUTO;APRESENTAÇÃO;PF Sem Impostos;EAN 1"] {
            let file = read(format!("{header}\n{rows}").into_bytes());
            prop_assert!(file.is_ok());
        }
    }

    #[test]
    fn no_damage_to_a_workbook_makes_it_panic(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = small_workbook();
        for (place, byte) in damage {
            let length = bytes.len();
            bytes[place.index(length)] = byte;
        }
        let _ = read(bytes);
    }

    #[test]
    fn no_sheet_makes_it_panic(xml in "(<row r=\"[0-9A-Z-]{0,12}\">|<c r=\"[0-9A-Z-]{0,9}\"( t=\"(s|b|e|n|str)\")?>|<v>[0-9.e-]{0,12}</v>|</c>|</row>|&amp;|<f t=\"shared\" si=\"[0-9]{1,3}\" ref=\"[A-Z0-9:]{0,8}\">A1</f>){0,20}") {
        // It comes as far as the cells: what stops it is the sheet, or nothing.
        if let Err(why) = read(workbook_of(&xml)) {
            prop_assert!(!why.to_string().contains("File not found"), "{}", why);
        }
    }
}
