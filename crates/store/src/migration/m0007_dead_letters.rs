//! What is decided about dead letters, and which messages are suspected to kill their reader.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer_null, binary, integer, json_null, string, string_null, text_null, timestamp_with_time_zone as instant,
    timestamp_with_time_zone_null as instant_null, uuid_null,
};

use super::{add, index};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // By default, so that a consumer of before, which knows no states, can go on during an upgrade.
        add(manager, "dead_letters", string("state").default("waiting").take()).await?;
        for column in [
            json_null("headers"),
            big_integer_null("needs_version"),
            instant_null("decided_at"),
            uuid_null("decided_by_id"),
            string_null("decided_by_name"),
            string_null("decided_by_role"),
            text_null("decision_reason"),
            instant_null("claimed_at"),
        ] {
            add(manager, "dead_letters", column).await?;
        }
        index(manager, "dead_letters", &["state", "first_seen_at", "id"]).await?;
        // Asked for each second: it must cost nothing while there is none.
        for index in [
            "CREATE INDEX dead_letters_replaying ON dead_letters (decided_at, id) WHERE state = 'replaying'",
            "CREATE INDEX dead_letters_newer ON dead_letters (needs_version) \
             WHERE state = 'waiting' AND needs_version IS NOT NULL",
        ] {
            manager.get_connection().execute_unprepared(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("suspects")
                    .col(binary("body_hash").primary_key())
                    .col(integer("tries"))
                    .col(instant("last_at"))
                    .take(),
            )
            .await
    }
}
