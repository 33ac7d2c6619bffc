//! The record: one hash chain through all events and administrative changes, which nobody alters; and
//! what working an order to its end needs: deliveries with their lots, reasons, targets, boards.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, binary_null, boolean, date_null, integer, json_null, pk_uuid, small_integer, string,
    string_null, text_null, timestamp_with_time_zone as instant, timestamp_with_time_zone_null as instant_null, uuid,
    uuid_null,
};

use super::{add, index, one_of, reference};
use crate::chain::{Content, GENESIS, Link};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        orders(manager).await?;
        record(manager).await?;
        link_what_is_there(manager).await?;
        forbid_changes(manager).await?;
        settings(manager).await?;
        duty(manager).await?;
        boards_and_calls(manager).await
    }
}

async fn orders(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for column in [text_null("reason"), text_null("reason_note")] {
        add(manager, "orders", column).await?;
    }
    index(manager, "orders", &["accepted_by_id", "requested_at", "id"]).await?;
    // Among years of closed orders the few open ones of a dispenser are found at once.
    let open = "CREATE INDEX orders_open_by_dispenser ON orders (dispenser_id) \
                WHERE status IN ('requested', 'accepted', 'in_transit')";
    manager.get_connection().execute_unprepared(open).await?;
    add(manager, "order_lines", uuid_null("duplicate_of")).await?;
    manager
        .create_table(
            Table::create()
                .table("deliveries")
                .col(uuid("order_id"))
                .col(big_integer("seq"))
                .col(small_integer("position"))
                .col(uuid("line_id"))
                .col(integer("quantity").check(Expr::col("quantity").gt(0)))
                .col(string_null("lot"))
                .col(date_null("expires_on"))
                .primary_key(Index::create().col("order_id").col("seq").col("position"))
                .foreign_key(&mut reference("deliveries", "order_id", "orders"))
                .foreign_key(&mut reference("deliveries", "line_id", "order_lines"))
                .take(),
        )
        .await?;
    // A recall asks where a lot went.
    index(manager, "deliveries", &["lot"]).await
}

async fn record(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    add(manager, "order_events", binary_null("hash")).await?;
    add(manager, "event_head", binary_null("hash")).await?;
    manager
        .create_table(
            Table::create()
                .table("admin_changes")
                .col(big_integer("seq").primary_key())
                .col(string("kind"))
                .col(uuid_null("subject_id"))
                .col(instant("at"))
                .col(uuid("by_id"))
                .col(string("by_name"))
                .col(string("by_role"))
                .col(json_null("data"))
                .col(binary("hash"))
                .take(),
        )
        .await?;
    index(manager, "admin_changes", &["subject_id", "seq"]).await?;
    // The audit asks what somebody did, and what was done in a time.
    for table in ["order_events", "admin_changes"] {
        index(manager, table, &["by_id", "seq"]).await?;
        index(manager, table, &["at"]).await?;
    }
    Ok(())
}

/// Events of before the chain become its first links. The columns are named here and not taken from the
/// entities, which go on to change.
async fn link_what_is_there(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let database = manager.get_connection();
    let backend = database.get_database_backend();
    let (mut hash, mut seq) = (GENESIS, 0_i64);
    loop {
        let page = format!(
            "SELECT e.seq, e.order_id, e.kind, e.at, e.by_id, e.by_name, e.by_role, e.data, \
             o.dispenser_id, o.priority, o.note, o.refusal, o.requested_by_id, o.requested_by_name, \
             o.requested_by_role, o.requested_at, o.stored_at \
             FROM order_events e JOIN orders o ON o.id = e.order_id WHERE e.seq > {seq} ORDER BY e.seq LIMIT 500"
        );
        let rows = database.query_all_raw(Statement::from_string(backend, page)).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            seq = row.try_get("", "seq")?;
            let order_id: uuid::Uuid = row.try_get("", "order_id")?;
            let mark = if backend == DbBackend::Postgres { "$1" } else { "?" };
            let lines = format!(
                "SELECT id, position, medication_id, quantity FROM order_lines WHERE order_id = {mark} ORDER BY position"
            );
            let lines = Statement::from_sql_and_values(backend, lines, [Value::from(order_id)]);
            let lines = database.query_all_raw(lines).await?;
            let content = Content {
                order_id,
                dispenser_id: row.try_get("", "dispenser_id")?,
                priority: row.try_get("", "priority")?,
                note: row.try_get("", "note")?,
                refusal: row.try_get("", "refusal")?,
                requested_by: (
                    row.try_get("", "requested_by_id")?,
                    row.try_get("", "requested_by_name")?,
                    row.try_get("", "requested_by_role")?,
                ),
                requested_at: micros(&row, "requested_at")?,
                stored_at: micros(&row, "stored_at")?,
                lines: lines
                    .iter()
                    .map(|line| {
                        let quantity: i32 = line.try_get("", "quantity")?;
                        let medication_id = line.try_get("", "medication_id")?;
                        Ok((line.try_get("", "id")?, line.try_get("", "position")?, medication_id, quantity, None))
                    })
                    .collect::<Result<_, DbErr>>()?,
            };
            let kind: String = row.try_get("", "kind")?;
            let link = Link {
                table: "order_events",
                seq,
                subject: Some(order_id),
                content: Link::takes_content(&kind).then(|| content.digest()),
                kind,
                at: micros(&row, "at")?,
                by: (row.try_get("", "by_id")?, row.try_get("", "by_name")?, row.try_get("", "by_role")?),
                data: row.try_get("", "data")?,
            };
            hash = link.after(&hash);
            let marks = if backend == DbBackend::Postgres { ["$1", "$2"] } else { ["?", "?"] };
            let update = format!("UPDATE order_events SET hash = {} WHERE seq = {}", marks[0], marks[1]);
            let values = [Value::from(hash.to_vec()), Value::from(seq)];
            database.execute_raw(Statement::from_sql_and_values(backend, update, values)).await?;
        }
    }
    let head = Query::update().table("event_head").value("hash", hash.to_vec()).take();
    manager.execute(head).await
}

fn micros(row: &sea_orm::QueryResult, column: &str) -> Result<i64, DbErr> {
    row.try_get::<chrono::DateTime<chrono::Utc>>("", column).map(|at| at.timestamp_micros())
}

/// Rows of the record are written once. The triggers hold whoever uses the application's role; who owns
/// the tables can drop them, and then the chain tells.
async fn forbid_changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let database = manager.get_connection();
    if database.get_database_backend() == DbBackend::Postgres {
        database
            .execute_unprepared(
                "CREATE OR REPLACE FUNCTION botica_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; \
                 END $$",
            )
            .await?;
        for table in ["order_events", "admin_changes"] {
            database
                .execute_unprepared(&format!(
                    "CREATE TRIGGER {table}_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
                     FOR EACH STATEMENT EXECUTE FUNCTION botica_refuse_change()"
                ))
                .await?;
        }
        // Sent at the commit, whoever writes: a hint for the boards to look at once.
        database
            .execute_unprepared(
                "CREATE OR REPLACE FUNCTION botica_tell_of_events() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN PERFORM pg_notify('botica_events', ''); RETURN NULL; END $$",
            )
            .await?;
        database
            .execute_unprepared(
                "CREATE TRIGGER order_events_are_told AFTER INSERT ON order_events \
                 FOR EACH STATEMENT EXECUTE FUNCTION botica_tell_of_events()",
            )
            .await?;
        return Ok(());
    }
    for table in ["order_events", "admin_changes"] {
        for change in ["UPDATE", "DELETE"] {
            database
                .execute_unprepared(&format!(
                    "CREATE TRIGGER {table}_refuse_{} BEFORE {change} ON {table} \
                     BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                    change.to_lowercase()
                ))
                .await?;
        }
        // `INSERT OR REPLACE` deletes without asking the trigger above.
        database
            .execute_unprepared(&format!(
                "CREATE TRIGGER {table}_refuse_replace BEFORE INSERT ON {table} \
                 WHEN EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq) \
                 BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            ))
            .await?;
    }
    Ok(())
}

async fn settings(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("targets")
                .col(string("priority").primary_key().check(one_of("priority", &["routine", "urgent", "stat"])))
                .col(integer("seconds").check(Expr::col("seconds").gt(0)))
                .take(),
        )
        .await?;
    let mut targets = Query::insert().into_table("targets").columns(["priority", "seconds"]).take();
    for (priority, seconds) in [("routine", 15 * 60), ("urgent", 5 * 60), ("stat", 2 * 60)] {
        targets.values_panic([priority.into(), seconds.into()]);
    }
    manager.execute(targets).await?;

    manager
        .create_table(
            Table::create()
                .table("reasons")
                .col(string("list"))
                .col(string("code"))
                .col(string("label"))
                .col(small_integer("position"))
                .col(boolean("is_active"))
                .primary_key(Index::create().col("list").col("code"))
                .take(),
        )
        .await?;
    let mut reasons =
        Query::insert().into_table("reasons").columns(["list", "code", "label", "position", "is_active"]).take();
    for (list, entries) in FIRST_REASONS {
        for ((code, label), position) in entries.iter().zip(1_i16..) {
            let is_active = true;
            reasons.values_panic([(*list).into(), (*code).into(), (*label).into(), position.into(), is_active.into()]);
        }
    }
    manager.execute(reasons).await
}

/// What a hospital starts with; an admin keeps the lists. Labels are what the screen shows.
const FIRST_REASONS: &[(&str, &[(&str, &str)])] = &[
    ("reject", WHY_NOT),
    (
        "cancel",
        &[
            ("no_longer_needed", "Não é mais necessário"),
            ("ordered_by_mistake", "Pedido por engano"),
            ("out_of_stock", "Em falta"),
            ("not_standard", "Não padronizado"),
            ("duplicate", "Duplicado"),
            ("cannot_find", "Não localizado"),
            ("other", "Outro"),
        ],
    ),
    ("short", WHY_NOT),
    (
        "expired",
        &[
            ("no_other_lot", "Não há outro lote"),
            ("extended_by_maker", "Validade estendida pelo fabricante"),
            ("prescriber_agreed", "Prescritor de acordo"),
            ("other", "Outro"),
        ],
    ),
    (
        "service_call",
        &[
            ("drawer_stuck", "Gaveta travada"),
            ("screen_dark", "Tela apagada"),
            ("no_power", "Sem energia"),
            ("no_network", "Sem rede"),
            ("wrong_count", "Contagem errada"),
            ("reader_fails", "Leitor não lê"),
            ("other", "Outro"),
        ],
    ),
];

const WHY_NOT: &[(&str, &str)] = &[
    ("out_of_stock", "Em falta"),
    ("not_standard", "Não padronizado"),
    ("duplicate", "Duplicado"),
    ("cannot_find", "Não localizado"),
    ("other", "Outro"),
];

async fn duty(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    add(manager, "users", instant_null("on_duty_since")).await?;
    // When they said so was not kept; it was not after this.
    let since = "UPDATE users SET on_duty_since = updated_at WHERE is_on_duty";
    manager.get_connection().execute_unprepared(since).await.map(drop)
}

async fn boards_and_calls(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("boards")
                .col(pk_uuid("id"))
                .col(string("name"))
                .col(binary("token_hash").unique_key())
                .col(instant("created_at"))
                .col(instant_null("revoked_at"))
                .take(),
        )
        .await?;
    index(manager, "sessions", &["revoked_at"]).await?;
    // Nothing has written to it before: its routes come with this migration.
    manager.drop_table(Table::drop().table("service_calls").take()).await?;
    let statuses = ["open", "in_progress", "resolved", "cancelled"];
    manager
        .create_table(
            Table::create()
                .table("service_calls")
                .col(pk_uuid("id"))
                .col(uuid("dispenser_id"))
                .col(string("kind"))
                .col(boolean("is_partly_usable"))
                .col(text_null("note"))
                .col(string("status").check(one_of("status", &statuses)))
                .col(integer("version"))
                .col(uuid("opened_by_id"))
                .col(string("opened_by_name"))
                .col(string("opened_by_role"))
                .col(instant("opened_at"))
                .col(uuid_null("worked_by_id"))
                .col(string_null("worked_by_name"))
                .col(string_null("worked_by_role"))
                .col(instant_null("started_at"))
                .col(instant_null("closed_at"))
                .col(text_null("outcome"))
                .foreign_key(&mut reference("service_calls", "dispenser_id", "dispensers"))
                .take(),
        )
        .await?;
    index(manager, "service_calls", &["opened_at", "id"]).await?;
    let open = "CREATE INDEX service_calls_open_by_dispenser ON service_calls (dispenser_id) \
                WHERE status IN ('open', 'in_progress')";
    manager.get_connection().execute_unprepared(open).await?;
    index(manager, "service_calls", &["dispenser_id", "opened_at", "id"]).await
}
