//! The right to order controlled medications, and which orders are of such.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::boolean;

use super::add;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Nobody has it until an admin gives it.
        add(manager, "users", boolean("may_order_controlled").default(false).take()).await?;
        // What was on a list when an order of before was placed, nothing vouches for: none of those counts.
        for table in ["orders", "order_events"] {
            add(manager, table, boolean("is_controlled").default(false).take()).await?;
        }
        // Among all orders and events the controlled ones are few; each list of them is read in its own order.
        for index in [
            "CREATE INDEX orders_controlled ON orders (requested_at, id) WHERE is_controlled",
            "CREATE INDEX order_events_controlled ON order_events (seq) WHERE is_controlled",
        ] {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}
