//! Which trace an order belongs to, so that what the boards show of it belongs there too.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

use super::add;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "orders", string_null("traceparent")).await
    }
}
