//! Lines and events are of orders that are there: looked at once for all rows of a statement, where PostgreSQL's own
//! references look for each row, which was a quarter of what storing an order cost it. And what is looked for stays:
//! no order is deleted or given another id. The whole story: `docs/decisions/kept-orders.md`.
//!
//! SQLite goes on as before: there a reference costs little, and could only be dropped with its table.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// By the index, for each row: the query is planned once for a session, perhaps while there are few orders, and would
/// then read them all when there are many. And tools that put data back have an empty path to search.
const REQUIRE_ORDERS: &str = "CREATE OR REPLACE FUNCTION botica_require_orders() RETURNS trigger LANGUAGE plpgsql \
     SET search_path FROM CURRENT SET enable_seqscan = off AS $$ BEGIN \
     IF EXISTS (SELECT FROM fresh WHERE (SELECT true FROM orders WHERE orders.id = fresh.order_id) IS NULL) THEN \
     RAISE EXCEPTION '% must be of orders that are there', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation'; \
     END IF; RETURN NULL; END $$";

const REFUSE_LOSS: &str = "CREATE OR REPLACE FUNCTION botica_refuse_loss() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     RAISE EXCEPTION 'orders are kept: % must not lose any', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; \
     END $$";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        if database.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        for function in [REQUIRE_ORDERS, REFUSE_LOSS] {
            database.execute_unprepared(function).await?;
        }
        for (name, change) in [
            ("orders_are_kept", "DELETE OR TRUNCATE ON orders"),
            ("orders_keep_their_ids", "UPDATE OF id ON orders"),
            ("order_lines_keep_their_orders", "UPDATE OF order_id ON order_lines"),
        ] {
            let trigger = format!(
                "CREATE TRIGGER {name} BEFORE {change} FOR EACH STATEMENT EXECUTE FUNCTION botica_refuse_loss()"
            );
            database.execute_unprepared(&trigger).await?;
        }
        for table in ["order_lines", "order_events"] {
            let trigger = format!(
                "CREATE TRIGGER {table}_are_of_orders AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh \
                 FOR EACH STATEMENT EXECUTE FUNCTION botica_require_orders()"
            );
            database.execute_unprepared(&trigger).await?;
            database.execute_unprepared(&format!("ALTER TABLE {table} DROP CONSTRAINT {table}_order_id_fkey")).await?;
        }
        Ok(())
    }
}
