//! Each index costs something for every order that is stored: those that nothing asks for go.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        // `orders_open` begins with the dispenser and has the same orders.
        database.execute_unprepared("DROP INDEX orders_open_by_dispenser").await?;
        // No new order has been accepted by anybody yet.
        database.execute_unprepared("DROP INDEX orders_by_accepted_by_id_requested_at_id").await?;
        let accepted = "CREATE INDEX orders_accepted ON orders (accepted_by_id, requested_at, id) \
                        WHERE accepted_by_id IS NOT NULL";
        database.execute_unprepared(accepted).await.map(drop)
    }
}
