//! What the regulator says of medications, the marks of dangerous ones, and how they are packed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer_null, boolean, boolean_null, date_null, string, string_null, text, text_null,
    timestamp_with_time_zone as instant, uuid,
};

use super::{add, index, reference};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            // Nine digits.
            string_null("registration"),
            // What the register called it when it was last read: a name that differs from it is the hospital's.
            text_null("registered_name"),
            boolean_null("is_registered"),
            date_null("registration_expires_on"),
            text_null("active_ingredient"),
            text_null("category"),
            text_null("holder"),
            string_null("controlled_list"),
            string_null("tarja"),
            boolean("is_high_alert").default(false).take(),
            string_null("look_alike_group"),
            string_null("tall_man"),
        ] {
            add(manager, "medications", column).await?;
        }
        // Those without one do not stand in each other's way: in both databases NULL is unlike NULL.
        manager
            .create_index(
                Index::create()
                    .name("medications_by_registration")
                    .table("medications")
                    .col("registration")
                    .unique()
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("presentations")
                    // Thirteen digits, of which the first nine are the product's registration.
                    .col(string("code").primary_key())
                    .col(uuid("medication_id"))
                    .col(string_null("ggrem"))
                    .col(text("description"))
                    .col(string_null("tarja"))
                    .col(big_integer_null("factory_price"))
                    .col(big_integer_null("consumer_price"))
                    .col(instant("updated_at"))
                    .foreign_key(&mut reference("presentations", "medication_id", "medications"))
                    .take(),
            )
            .await?;
        index(manager, "presentations", &["medication_id"]).await?;
        manager
            .create_table(
                Table::create()
                    .table("presentation_eans")
                    .col(string("ean"))
                    .col(string("code"))
                    .primary_key(Index::create().col("ean").col("code"))
                    .foreign_key(ForeignKey::create().from("presentation_eans", "code").to("presentations", "code"))
                    .take(),
            )
            .await?;
        index(manager, "presentation_eans", &["code"]).await
    }
}
