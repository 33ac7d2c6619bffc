//! Bringing the schema up to date, and saying how it stands.

mod m0001_first;
mod m0002_record;
mod m0003_catalogue;
mod m0004_imports;
mod m0005_controlled;
mod m0006_lost_tokens;
mod m0007_dead_letters;
mod m0008_open_orders;
mod m0009_traces;
mod m0010_fewer_indexes;
mod m0011_kept_orders;

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::{
    ColumnDef, Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Index, SchemaManager, SimpleExpr, Table,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::{Store, StoreError};

/// How the schema stands against this version of Botica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Up to date.
    Current,
    /// These migrations are still to be applied.
    Behind(Vec<String>),
    /// The database has migrations that this version does not know: a newer Botica wrote it.
    Newer(Vec<String>),
}

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_first::Migration),
            Box::new(m0002_record::Migration),
            Box::new(m0003_catalogue::Migration),
            Box::new(m0004_imports::Migration),
            Box::new(m0005_controlled::Migration),
            Box::new(m0006_lost_tokens::Migration),
            Box::new(m0007_dead_letters::Migration),
            Box::new(m0008_open_orders::Migration),
            Box::new(m0009_traces::Migration),
            Box::new(m0010_fewer_indexes::Migration),
            Box::new(m0011_kept_orders::Migration),
        ]
    }
}

/// Names the advisory lock under which PostgreSQL migrates: "botica" in ASCII.
const MIGRATION_LOCK: i64 = 0x0000_626f_7469_6361;

impl Store {
    /// Applies what is missing, all of it or nothing, while other processes that want to do the same
    /// wait. Returns the names of the migrations that were applied.
    ///
    /// # Errors
    /// The database can't be reached, or a newer Botica wrote it.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let transaction = self.begin().await?;
        if self.is_postgres() {
            // Waiting for another process that migrates may take longer than one statement should.
            transaction.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").await?;
            transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        let pending = match schema(&transaction).await? {
            Schema::Current => vec![],
            Schema::Behind(pending) => pending,
            Schema::Newer(unknown) => return Err(newer(&unknown)),
        };
        Migrator::up(&transaction, None).await?;
        transaction.commit().await?;
        Ok(pending)
    }

    /// How the schema stands. Changes nothing.
    ///
    /// # Errors
    /// The database can't be reached.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        schema(&self.read).await
    }

    /// # Errors
    /// The schema is behind or newer; the text says what to do.
    pub async fn require_current_schema(&self) -> Result<(), StoreError> {
        match self.schema().await? {
            Schema::Current => Ok(()),
            Schema::Behind(pending) => Err(StoreError::Schema(format!(
                "the database schema is {} migration(s) behind: run `botica migrate`, or start without --no-migrate",
                pending.len()
            ))),
            Schema::Newer(unknown) => Err(newer(&unknown)),
        }
    }
}

fn newer(unknown: &[String]) -> StoreError {
    StoreError::Schema(format!(
        "a newer Botica wrote this database (it has {}): start that version, or restore a backup made before it",
        unknown.join(", ")
    ))
}

async fn schema<C: ConnectionTrait>(database: &C) -> Result<Schema, StoreError> {
    Ok(schema_of(&applied(database).await?))
}

/// How a schema with these migrations stands.
pub(crate) fn schema_of(applied: &[String]) -> Schema {
    let known: Vec<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let unknown: Vec<String> = applied.iter().filter(|name| !known.contains(name)).cloned().collect();
    let pending: Vec<String> = known.into_iter().filter(|name| !applied.contains(name)).collect();
    match (unknown.is_empty(), pending.is_empty()) {
        (false, _) => Schema::Newer(unknown),
        (true, false) => Schema::Behind(pending),
        (true, true) => Schema::Current,
    }
}

/// The names of the migrations that were applied; none where the table that keeps them is missing.
async fn applied<C: ConnectionTrait>(database: &C) -> Result<Vec<String>, StoreError> {
    use sea_orm::sea_query::{Alias, Query};
    let backend = database.get_database_backend();
    let table_exists = match backend {
        sea_orm::DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE tablename = 'seaql_migrations' AND schemaname = current_schema()"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    if database.query_one_raw(sea_orm::Statement::from_string(backend, table_exists)).await?.is_none() {
        return Ok(vec![]);
    }
    let names = Query::select().expr(Expr::col(Alias::new("version"))).from(Alias::new("seaql_migrations")).to_owned();
    let rows = database.query_all(&names).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index::<String>(0)).collect::<Result<_, _>>()?)
}

async fn add(manager: &SchemaManager<'_>, table: &'static str, mut column: ColumnDef) -> Result<(), sea_orm::DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(&mut column).take()).await
}

fn one_of(column: &'static str, words: &[&'static str]) -> SimpleExpr {
    Expr::col(column).is_in(words.iter().copied())
}

fn reference(table: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(to, "id").take()
}

async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), sea_orm::DbErr> {
    let mut index = Index::create().name(format!("{table}_by_{}", columns.join("_"))).table(table).take();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}
