//! The first schema. Tables are plural, columns are the fields' names.
//!
//! `orders` and `order_lines` have no foreign keys to dispensers and medications: a well-formed order
//! that names an unknown one is stored, as refused, so that whoever placed it sees why.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, boolean, date_null, integer, integer_null, json_null, pk_uuid, small_integer, string,
    string_null, text, text_null, timestamp_with_time_zone as instant, timestamp_with_time_zone_null as instant_null,
    uuid, uuid_null,
};

use super::{index, one_of, reference};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        people(manager).await?;
        catalogue(manager).await?;
        places(manager).await?;
        orders(manager).await?;
        around_orders(manager).await
    }
}

async fn people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("users")
                .col(pk_uuid("id"))
                .col(string("email").unique_key())
                .col(string("name"))
                .col(string("role").check(one_of("role", &["nurse", "technician", "manager", "admin"])))
                .col(string("password_hash"))
                .col(boolean("is_active"))
                .col(boolean("is_on_duty"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("sessions")
                .col(pk_uuid("id"))
                .col(uuid("user_id"))
                .col(binary("token_hash").unique_key())
                .col(ColumnDef::new("previous_token_hash").binary().null().take())
                .col(instant("created_at"))
                .col(instant("rotated_at"))
                .col(instant("expires_at"))
                .col(instant_null("revoked_at"))
                .foreign_key(&mut reference("sessions", "user_id", "users"))
                .take(),
        )
        .await?;
    index(manager, "sessions", &["previous_token_hash"]).await?;
    index(manager, "sessions", &["user_id"]).await
}

async fn catalogue(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("medications")
                .col(pk_uuid("id"))
                .col(string("name"))
                .col(text_null("description"))
                .col(string_null("area"))
                .col(string_null("med_class"))
                .col(text("search_text"))
                .col(boolean("is_active"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .take(),
        )
        .await?;
    index(manager, "medications", &["name", "id"]).await?;
    manager
        .create_table(
            Table::create()
                .table("lots")
                .col(pk_uuid("id"))
                .col(uuid("medication_id"))
                .col(string("number"))
                .col(date_null("expires_on"))
                .col(instant("created_at"))
                .foreign_key(&mut reference("lots", "medication_id", "medications"))
                .index(Index::create().unique().col("medication_id").col("number"))
                .take(),
        )
        .await
}

async fn places(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("wards")
                .col(pk_uuid("id"))
                .col(string("name"))
                // Empty where a hospital has none: NULLs would not be equal to each other in the key.
                .col(string("wing"))
                .col(string("floor"))
                .col(instant("created_at"))
                .index(Index::create().unique().col("name").col("wing").col("floor"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("dispensers")
                .col(pk_uuid("id"))
                .col(string("code").unique_key())
                .col(string("name"))
                .col(uuid("ward_id"))
                .col(string_null("reference"))
                .col(boolean("is_active"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .foreign_key(&mut reference("dispensers", "ward_id", "wards"))
                .take(),
        )
        .await?;
    index(manager, "dispensers", &["name", "id"]).await?;
    manager
        .create_table(
            Table::create()
                .table("dispenser_medications")
                .col(uuid("dispenser_id"))
                .col(uuid("medication_id"))
                .col(integer_null("par_min"))
                .col(integer_null("par_max"))
                .primary_key(Index::create().col("dispenser_id").col("medication_id"))
                .foreign_key(&mut reference("dispenser_medications", "dispenser_id", "dispensers"))
                .foreign_key(&mut reference("dispenser_medications", "medication_id", "medications"))
                .take(),
        )
        .await
}

async fn orders(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let statuses = ["requested", "accepted", "in_transit", "delivered", "received", "rejected", "cancelled", "refused"];
    manager
        .create_table(
            Table::create()
                .table("orders")
                .col(pk_uuid("id"))
                .col(uuid("dispenser_id"))
                .col(string("priority").check(one_of("priority", &["routine", "urgent", "stat"])))
                .col(string("status").check(one_of("status", &statuses)))
                .col(text_null("note"))
                .col(text_null("refusal"))
                .col(uuid("requested_by_id"))
                .col(string("requested_by_name"))
                .col(string("requested_by_role"))
                .col(instant("requested_at"))
                .col(uuid_null("accepted_by_id"))
                .col(string_null("accepted_by_name"))
                .col(string_null("accepted_by_role"))
                .col(instant("stored_at"))
                .col(integer("version"))
                .take(),
        )
        .await?;
    index(manager, "orders", &["requested_at", "id"]).await?;
    index(manager, "orders", &["status", "requested_at", "id"]).await?;
    index(manager, "orders", &["dispenser_id", "requested_at", "id"]).await?;
    index(manager, "orders", &["requested_by_id", "requested_at", "id"]).await?;
    manager
        .create_table(
            Table::create()
                .table("order_lines")
                .col(pk_uuid("id"))
                .col(uuid("order_id"))
                .col(small_integer("position"))
                .col(uuid("medication_id"))
                .col(integer("quantity").check(Expr::col("quantity").gt(0)))
                .col(integer("delivered"))
                .check(Expr::col("delivered").gte(0).and(Expr::col("delivered").lte(Expr::col("quantity"))))
                .foreign_key(&mut reference("order_lines", "order_id", "orders"))
                .index(Index::create().unique().col("order_id").col("position"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("order_events")
                .col(big_integer("seq").primary_key())
                .col(uuid("order_id"))
                .col(string("kind"))
                .col(instant("at"))
                .col(uuid("by_id"))
                .col(string("by_name"))
                .col(string("by_role"))
                .col(json_null("data"))
                .foreign_key(&mut reference("order_events", "order_id", "orders"))
                .take(),
        )
        .await?;
    index(manager, "order_events", &["order_id", "seq"]).await?;
    manager
        .create_table(
            Table::create()
                .table("event_head")
                .col(integer("id").primary_key().check(Expr::col("id").eq(1)))
                .col(big_integer("seq"))
                .take(),
        )
        .await?;
    manager
        .execute(
            Query::insert().into_table("event_head").columns(["id", "seq"]).values_panic([1.into(), 0.into()]).take(),
        )
        .await
}

async fn around_orders(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("dead_letters")
                .col(pk_uuid("id"))
                .col(text_null("message_id"))
                .col(text_null("kind"))
                .col(text_null("traceparent"))
                .col(binary("body"))
                .col(text("reason"))
                .col(instant("first_seen_at"))
                .col(instant("last_seen_at"))
                .col(integer("seen"))
                .take(),
        )
        .await?;
    index(manager, "dead_letters", &["first_seen_at", "id"]).await?;
    manager
        .create_table(
            Table::create()
                .table("feedback")
                .col(pk_uuid("id"))
                .col(uuid("order_id").unique_key())
                .col(uuid("by_id"))
                .col(small_integer("rating").check(Expr::col("rating").gte(1).and(Expr::col("rating").lte(5))))
                .col(text_null("comment"))
                .col(instant("created_at"))
                .foreign_key(&mut reference("feedback", "order_id", "orders"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("service_calls")
                .col(pk_uuid("id"))
                .col(uuid("dispenser_id"))
                .col(string("kind"))
                .col(boolean("is_partly_usable"))
                .col(text_null("note"))
                .col(string("status"))
                .col(uuid("opened_by_id"))
                .col(instant("opened_at"))
                .col(uuid_null("closed_by_id"))
                .col(instant_null("closed_at"))
                .foreign_key(&mut reference("service_calls", "dispenser_id", "dispensers"))
                .take(),
        )
        .await
}
