//! What is open at a dispenser is asked for with each order that comes for it.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Of years of orders, only the few that are open.
        let index = "CREATE INDEX orders_open ON orders (dispenser_id, requested_at, id) \
                     WHERE status IN ('requested', 'accepted', 'in_transit')";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }
}
