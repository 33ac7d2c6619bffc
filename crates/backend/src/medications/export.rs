//! `GET /medications/export`: the catalogue as a table for a spreadsheet, which `botica import` takes back.

use axum::BoxError;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use domain::Tarja;
use futures_util::stream::{self, TryStreamExt};
use http::{Caller, Problem, Query};
use serde::Deserialize;
use store::{Medication, Store};
use utoipa::{IntoParams, ToSchema};

use crate::Backend;
use crate::database_problem::database_problem;
use crate::spreadsheet::{Book, Sheet, Value};

/// Rows of one read.
const PAGE: u64 = 1000;

/// What the columns are called, and how many characters wide they are in a workbook. The names are understood by
/// [`catalogue_file`](crate::catalogue_file).
const COLUMNS: [(&str, f64); 18] = [
    ("id", 38.0),
    ("Nome", 48.0),
    ("Registro", 12.0),
    ("Nome no registro", 40.0),
    ("Registro válido", 10.0),
    ("Registro válido até", 12.0),
    ("Princípio ativo", 40.0),
    ("Categoria", 14.0),
    ("Detentor do registro", 40.0),
    ("Classe terapêutica", 30.0),
    ("Descrição", 40.0),
    ("Área", 18.0),
    ("Em uso", 8.0),
    ("Lista 344", 9.0),
    ("Tarja", 22.0),
    ("Alta vigilância", 10.0),
    ("Grupo de semelhantes", 20.0),
    ("Tall man", 24.0),
];

/// In which form.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// A text that every spreadsheet opens, or an Excel workbook.
    #[serde(default)]
    #[param(inline)]
    format: Form,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Form {
    #[default]
    Csv,
    Xlsx,
}

impl Form {
    fn extension(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::Xlsx => "xlsx",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Form::Csv => "text/csv; charset=utf-8",
            Form::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A workbook.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Workbook(Vec<u8>);

/// The whole catalogue as a table
///
/// All medications, also those out of use, the oldest first. CSV is UTF-8 with a byte order mark, semicolons, and
/// days as dd/mm/yyyy; no cell is taken for a formula. `botica import` takes the file back, changed or not.
#[utoipa::path(get, path = "/medications/export", tag = "medications", params(Which),
    responses((status = 200, description = "A row per medication", content(
        (String = "text/csv"),
        (inline(Workbook) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ))))]
pub(crate) async fn export_medications(
    State(backend): State<Backend>,
    _: Caller,
    Query(Which { format }): Query<Which>,
) -> Result<Response, Problem> {
    let first = backend.store.every_medication(None, PAGE).await.map_err(database_problem)?;
    let rest = Rest { store: backend.store, next: Next::Rows(first) };
    let body = match format {
        Form::Csv => {
            let mut sheet = Sheet::new();
            sheet.row(COLUMNS.map(|(title, _)| title));
            Body::from_stream(stream::try_unfold((rest, sheet), csv_part).inspect_err(log))
        }
        Form::Xlsx => Body::from_stream(stream::once(workbook(rest)).inspect_err(log)),
    };
    let today = Utc::now().with_timezone(&backend.time_zone).format("%Y-%m-%d");
    let name = format!("medications-{today}.{}", format.extension());
    let headers: [(HeaderName, String); 2] = [
        (CONTENT_TYPE, format.content_type().to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, body).into_response())
}

/// An error cuts the answer off, so that nobody takes it for whole.
fn log(error: &BoxError) {
    tracing::error!(error = error.as_ref() as &dyn std::error::Error, "an export of the catalogue was cut off");
}

/// What of the catalogue is still to be read.
struct Rest {
    store: Store,
    next: Next,
}

enum Next {
    Rows(Vec<Medication>),
    After(domain::MedicationId),
    End,
}

impl Rest {
    async fn page(&mut self) -> Result<Option<Vec<Medication>>, BoxError> {
        let rows = match std::mem::replace(&mut self.next, Next::End) {
            Next::Rows(rows) => rows,
            Next::After(id) => self.store.every_medication(Some(id), PAGE).await?,
            Next::End => return Ok(None),
        };
        if let Some(last) = rows.last().filter(|_| rows.len() as u64 == PAGE) {
            self.next = Next::After(last.id);
        }
        Ok(Some(rows))
    }
}

async fn csv_part((mut rest, mut sheet): (Rest, Sheet)) -> Result<Option<(Bytes, (Rest, Sheet))>, BoxError> {
    let Some(rows) = rest.page().await? else { return Ok(None) };
    for row in &rows {
        sheet.values(values(row));
    }
    Ok(Some((sheet.take(), (rest, sheet))))
}

/// The whole of it, off the threads that serve requests: it is packed at its end.
async fn workbook(mut rest: Rest) -> Result<Bytes, BoxError> {
    let mut book = Book::new("Medicamentos", &COLUMNS)?;
    while let Some(rows) = rest.page().await? {
        book = tokio::task::spawn_blocking(move || -> Result<Book, BoxError> {
            for row in &rows {
                book.row(values(row))?;
            }
            Ok(book)
        })
        .await??;
    }
    Ok(tokio::task::spawn_blocking(move || book.finish()).await??.into())
}

fn values(medication: &Medication) -> [Value<'_>; 18] {
    let Medication { marks, registered, .. } = medication;
    [
        Value::Id(medication.id.0),
        Value::Text(&medication.name),
        Value::text(registered.registration.as_deref()),
        Value::text(registered.name.as_deref()),
        Value::text(registered.is_valid.map(yes_or_no)),
        Value::day(registered.expires_on),
        Value::text(registered.active_ingredient.as_deref()),
        Value::text(registered.category.as_deref()),
        Value::text(registered.holder.as_deref()),
        Value::text(medication.med_class.as_deref()),
        Value::text(medication.description.as_deref()),
        Value::text(medication.area.as_deref()),
        Value::Text(yes_or_no(medication.is_active)),
        Value::text(marks.controlled_list.map(|list| list.as_str())),
        Value::text(marks.tarja.map(in_words)),
        // A "não" would take off what was set since: an older file says nothing of it.
        Value::text(marks.is_high_alert.then_some(yes_or_no(true))),
        Value::text(marks.look_alike_group.as_deref()),
        Value::text(marks.tall_man.as_deref()),
    ]
}

fn yes_or_no(is: bool) -> &'static str {
    if is { "sim" } else { "não" }
}

fn in_words(tarja: Tarja) -> &'static str {
    match tarja {
        Tarja::None => "sem tarja",
        Tarja::Red => "vermelha",
        Tarja::RedRestricted => "vermelha sob restrição",
        Tarja::Black => "preta",
    }
}

#[cfg(test)]
mod tests;
