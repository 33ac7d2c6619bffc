//! Inserting rows by the hundred, for what is stored with each order: the statement is written as a text here. The
//! builder of statements makes some objects for each value; that was a third of all that a consumer did for an order.

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

fn statement<E: EntityTrait>(backend: DbBackend, rows: &[E::Model], then: &str) -> Statement {
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect();
    let mut text = format!("INSERT INTO \"{}\" ({}) VALUES ", E::default().table_name(), names.join(", "));
    let mut number = 0;
    for row in 0..rows.len() {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns.len() {
            text.push_str(if column == 0 { "" } else { ", " });
            number += 1;
            // SQLite counts for itself.
            match backend {
                DbBackend::Postgres => text.push_str(&format!("${number}")),
                _ => text.push('?'),
            }
        }
        text.push(')');
    }
    text.push_str(then);
    let values: Vec<Value> = rows.iter().flat_map(|row| columns.iter().map(|column| row.get(*column))).collect();
    Statement::from_sql_and_values(backend, text, values)
}
