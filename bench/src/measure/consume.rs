//! Consuming: orders a second that go from the queue into the database.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::{Instant, sleep};
use url::Url;
use uuid::Uuid;

use super::{Ground, Hospital};
use crate::broker;
use crate::figures::{Figures, Wanted, ratios};
use crate::http_load::{Pace, Question, load};
use crate::product::Product;

const PART: &str = "consume";
const CASE: &str = "three rows an order";
const UNIT: &str = "orders/s";
/// Orders that Botica stores in one round, and its rivals.
const ORDERS: usize = 30_000;
const ORDERS_OF_BEST: usize = 15_000;
const ORDERS_OF_SEED: usize = 3000;
/// Until all of a round must be stored.
const STORING: Duration = Duration::from_secs(60);

/// Measures Botica's consumer, its rivals and the database alone, in turn.
///
/// # Errors
/// When one of them fails, or Botica does not store all.
pub async fn measure(ground: &Ground, figures: &mut Figures) -> Result<()> {
    let mut product = ground.distributed()?;
    let api = product.start_without_consumer().await?;
    let hospital = Hospital::create(&api).await?;
    let mut baseline = Url::parse(&ground.postgres.url())?;
    baseline.set_path("baseline");
    let baseline = baseline.to_string();
    ground.postgres.execute("create database baseline").await?;
    for round in 1..=ground.rounds {
        figures.add(PART, CASE, UNIT, "Botica", botica(&mut product, &hospital, round * ORDERS).await?);
        if let Ok(python) = &ground.python {
            let amqp = ground.broker.url();
            broker::fill(&amqp, "best_order_queue", true, ORDERS_OF_BEST, order).await?;
            figures.add(
                PART,
                CASE,
                UNIT,
                "best Python",
                python.consume("best", ORDERS_OF_BEST, &amqp, &baseline).await?,
            );
            broker::fill(&amqp, "seed_order_queue", false, ORDERS_OF_SEED, order).await?;
            figures.add(PART, CASE, UNIT, "seed", python.consume("seed", ORDERS_OF_SEED, &amqp, &baseline).await?);
        }
        figures.add(PART, CASE, UNIT, "PostgreSQL alone", database_alone(&baseline).await?);
    }
    product.stop().await;

    let of = |subject: &str| figures.rounds(PART, CASE, UNIT, subject).to_vec();
    let (own, best) = (of("Botica"), of("best Python"));
    figures.goal("consume: orders/s ÷ best Python", &ratios(&own, &best), Wanted::AtLeast(2.0), "");
    figures.goal("consume, aim", &own, Wanted::AtLeast(15_000.0), UNIT);
    Ok(())
}

/// Fills the queue, starts the consumer and lets it store all: the rate between the first batch and the last.
async fn botica(product: &mut Product, hospital: &Hospital, so_far: usize) -> Result<f64> {
    let address = product.publisher_address().context("no publisher")?;
    let places = hospital.clone();
    let question =
        Question::post(address, hospital.tokens.clone(), "/orders", move |number| places.order(number, None));
    load(&question, 100, Pace::Times(ORDERS)).await?.flawless()?;

    let url = product.database_url().context("no database")?;
    let mut database = PgConnection::connect(url.as_str()).await?;
    // Each order has one event; counting the orders themselves would cost as much as storing some hundred.
    const LAST: &str = "select seq from event_head";
    let before: i64 = sqlx::query_scalar(LAST).fetch_one(&mut database).await?;
    product.start_consumer().await?;
    let began = Instant::now();
    loop {
        let last: i64 = sqlx::query_scalar(LAST).fetch_one(&mut database).await?;
        if usize::try_from(last - before)? >= ORDERS {
            break;
        }
        ensure!(began.elapsed() < STORING, "only {} of {ORDERS} orders are stored", last - before);
        sleep(Duration::from_millis(200)).await;
    }
    let stored: i64 = sqlx::query_scalar("select count(*) from orders").fetch_one(&mut database).await?;
    ensure!(usize::try_from(stored)? == so_far, "{stored} orders are stored, not {so_far}");
    // `stored_at` is the begin of a batch: the last batch's orders are stored after it.
    let (orders, seconds): (i64, f64) = sqlx::query_as(
        "with round as (select stored_at from orders order by stored_at desc limit $1), \
              ends as (select min(stored_at) as first, max(stored_at) as last from round) \
         select count(*) filter (where stored_at < last), max(extract(epoch from last - first))::float8 \
         from round, ends",
    )
    .bind(i64::try_from(ORDERS)?)
    .fetch_one(&mut database)
    .await?;
    database.close().await?;
    product.stop_consumer().await?;
    Ok(orders as f64 / seconds)
}

/// An order as the Python services have it.
fn order(number: usize) -> Vec<u8> {
    let order = json!({
        "id": Uuid::new_v4(),
        "dispenser_id": Uuid::from_u128(1),
        "priority": "urgent",
        "lines": [{ "medication_id": Uuid::from_u128(number as u128), "quantity": 4 }],
        "note": "falta no dispensador do 5o andar",
    });
    order.to_string().into_bytes()
}

/// Three rows an order, 500 orders a transaction, no queue and no rules.
async fn database_alone(url: &str) -> Result<f64> {
    const BATCH: i32 = 500;
    const BATCHES: i32 = 100;
    let mut database = PgConnection::connect(url).await?;
    sqlx::raw_sql(
        "create table if not exists alone_orders (id uuid primary key, dispenser_id uuid, priority text, note text); \
         create table if not exists alone_lines (order_id uuid, medication_id uuid, quantity int); \
         create table if not exists alone_events (seq bigserial primary key, order_id uuid, kind text, at timestamptz)",
    )
    .execute(&mut database)
    .await?;
    let statement = "with new as (insert into alone_orders select unnest($1::uuid[]), gen_random_uuid(), 'urgent', 'note' returning id), \
         lines as (insert into alone_lines select id, gen_random_uuid(), 4 from new) \
         insert into alone_events (order_id, kind, at) select id, 'requested', now() from new";
    let began = Instant::now();
    for _ in 0..BATCHES {
        let ids: Vec<Uuid> = (0..BATCH).map(|_| Uuid::now_v7()).collect();
        sqlx::query(AssertSqlSafe(statement)).bind(ids).execute(&mut database).await?;
    }
    let took = began.elapsed();
    database.close().await?;
    Ok(f64::from(BATCH * BATCHES) / took.as_secs_f64())
}
