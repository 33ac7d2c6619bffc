//! Refresh tokens whose answer was lost on its way.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, uuid};

use super::{index, reference};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("lost_tokens")
                    .col(binary("token_hash").primary_key())
                    .col(uuid("session_id"))
                    .foreign_key(&mut reference("lost_tokens", "session_id", "sessions"))
                    .take(),
            )
            .await?;
        index(manager, "lost_tokens", &["session_id"]).await
    }
}
