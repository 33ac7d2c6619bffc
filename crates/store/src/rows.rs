//! Inserting rows by the hundred, for what is stored with each order: the statement is written as a text here. The
//! builder of statements makes some objects for each value; that was a third of all that a consumer did for an order.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryResult, Statement, Value,
};

use crate::StoreError;
use crate::parts::parts;

/// Inserts `rows`, in statements of `most` rows or fewer.
///
/// # Errors
/// The database's; some may be inserted then.
pub(crate) async fn insert<E: EntityTrait>(
    database: &impl ConnectionTrait,
    rows: &[E::Model],
    most: usize,
) -> Result<(), StoreError> {
    for some in parts(rows, most) {
        database.execute_raw(statement::<E>(database.get_database_backend(), some, "")).await?;
    }
    Ok(())
}

/// Inserts those of `rows` whose `id` is not there yet. What comes back has the id of one that was inserted as its
/// first column.
///
/// # Errors
/// As those of [`insert`].
pub(crate) async fn insert_new<E: EntityTrait>(
    database: &impl ConnectionTrait,
    rows: &[E::Model],
    most: usize,
) -> Result<Vec<QueryResult>, StoreError> {
    let mut inserted = Vec::with_capacity(rows.len());
    for some in parts(rows, most) {
        let insert = statement::<E>(database.get_database_backend(), some, " ON CONFLICT (id) DO NOTHING RETURNING id");
        inserted.extend(database.query_all_raw(insert).await?);
    }
    Ok(inserted)
}

fn statement<E: EntityTrait>(backend: DbBackend, rows: &[E::Model], then: &'static str) -> Statement {
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let values: Vec<Value> = rows.iter().flat_map(|row| columns.iter().map(|column| row.get(*column))).collect();
    Statement::from_sql_and_values(backend, text::<E>(backend, &columns, rows.len(), then), values)
}

/// Of which table, for how many rows, on PostgreSQL or not, and what follows.
type Kind = (&'static str, usize, bool, &'static str);

/// Texts of statements: few, since rows are inserted in [`parts`] of few sizes, and long.
static TEXTS: LazyLock<Mutex<HashMap<Kind, String>>> = LazyLock::new(Mutex::default);

fn text<E: EntityTrait>(backend: DbBackend, columns: &[E::Column], rows: usize, then: &'static str) -> String {
    let is_postgres = backend == DbBackend::Postgres;
    let kind = (E::default().table_name(), rows, is_postgres, then);
    let write = || {
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect();
        let mut last = 0;
        // SQLite counts for itself.
        let mut place = || {
            last += 1;
            if is_postgres { format!("${last}") } else { "?".to_owned() }
        };
        let mut row = || format!("({})", columns.iter().map(|_| place()).collect::<Vec<_>>().join(", "));
        let rows = (0..rows).map(|_| row()).collect::<Vec<_>>().join(", ");
        format!("INSERT INTO \"{}\" ({}) VALUES {rows}{then}", kind.0, names.join(", "))
    };
    TEXTS.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_insert_with(write).clone()
}
