//! Imports of catalogue files as they go on, and what each of their rows did.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, json_null, string, string_null, text, text_null, timestamp_with_time_zone as instant,
    timestamp_with_time_zone_null as instant_null, uuid,
};

use super::{index, one_of, reference};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const STATUSES: &[&str] = &["running", "done", "cancelled", "failed", "interrupted"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("imports")
                    .col(uuid("id").primary_key())
                    .col(text("file_name"))
                    .col(string_null("dialect"))
                    .col(boolean("is_dry_run"))
                    .col(string("status").check(one_of("status", STATUSES)))
                    .col(uuid("by_id"))
                    .col(string("by_name"))
                    .col(string("by_role"))
                    .col(instant("started_at"))
                    .col(instant_null("ended_at"))
                    // By the database's clock: whoever reads it has another one than who runs the import.
                    .col(instant("beat_at"))
                    .col(big_integer("done"))
                    .col(big_integer("of"))
                    .col(boolean("is_cancel_requested"))
                    .col(json_null("counts"))
                    .col(text_null("reason"))
                    .col(boolean("has_rows"))
                    .take(),
            )
            .await?;
        index(manager, "imports", &["started_at", "id"]).await?;
        // One at a time in the whole hospital, whichever processes start them.
        let one = "CREATE UNIQUE INDEX imports_one_at_a_time ON imports (status) WHERE status = 'running'";
        manager.get_connection().execute_unprepared(one).await?;
        manager
            .create_table(
                Table::create()
                    .table("import_runs")
                    .col(uuid("import_id"))
                    // How many rows of the file come before it.
                    .col(big_integer("position"))
                    .col(big_integer("rows"))
                    .col(big_integer("line"))
                    .col(string("verdict"))
                    .col(json_null("remarks"))
                    .primary_key(Index::create().col("import_id").col("position"))
                    .foreign_key(&mut reference("import_runs", "import_id", "imports"))
                    .take(),
            )
            .await
    }
}
