//! Database, broker and what waits on this host's disk.

use std::path::Path;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use queue::local;
use queue::rabbitmq::{RabbitOptions, RabbitQueue};
use store::{Schema, Store, Unreachable, reach_postgres};

use super::{Found, LOOK, in_time, no_answer};
use crate::application::connect;
use crate::settings::Settings;

/// Clocks further apart than this spoil tokens and the order of events.
const MOST_APART: TimeDelta = TimeDelta::seconds(5);

/// An order is with the broker, and stored, within a second; after so long somebody has to look.
const LONG_WAIT: Duration = Duration::from_secs(5 * 60);

/// The database, and where it answers, its clock.
pub(super) async fn database(settings: &Settings) -> Vec<(&'static str, Found)> {
    let url = settings.database_url();
    if url.starts_with("postgres")
        && let Err(why) = reach_postgres(&url, LOOK).await
    {
        return vec![("database", Err(format!("{why}: {}", mend(&why))))];
    }
    match tokio::time::timeout(LOOK, connect(settings)).await {
        Ok(Ok(store)) => vec![("database", in_time(schema(&store)).await), ("clock", in_time(clock(&store)).await)],
        Ok(Err(error)) => vec![("database", Err(format!("{error:#}")))],
        Err(_) => vec![("database", Err(no_answer()))],
    }
}

fn mend(why: &Unreachable) -> &'static str {
    match why {
        Unreachable::NoAnswer(_) => "start it, or correct host and port in DATABASE_URL; a firewall may stand between",
        Unreachable::Password(_) => "correct the password in DATABASE_URL, or set it by ALTER ROLE … PASSWORD",
        Unreachable::User { .. } => {
            "make the user by CREATE ROLE … LOGIN, let it in by pg_hba.conf, or correct it in DATABASE_URL"
        }
        Unreachable::Database(_) => "make it by CREATE DATABASE, or correct its name in DATABASE_URL",
        Unreachable::Other(_) => "look at DATABASE_URL and at the server's log",
    }
}

async fn schema(store: &Store) -> Found {
    let warnings = match store.require_durability().await {
        Ok(warnings) => warnings,
        Err(error) if error.is_transient() => vec![],
        Err(error) => return Err(error.to_string()),
    };
    let remarks: String = warnings.iter().map(|warning| format!("; {warning}")).collect();
    match store.schema().await {
        Ok(Schema::Current) => Ok(format!("answers, and its schema is up to date{remarks}")),
        Ok(_) => store.require_current_schema().await.map(|()| String::new()).map_err(|error| error.to_string()),
        Err(error) => Err(format!("{error}. Check DATABASE_URL, and that the server is up")),
    }
}

async fn clock(store: &Store) -> Found {
    let before = Utc::now();
    let theirs = store.clock().await.map_err(|error| error.to_string())?;
    let apart = (theirs - before).abs();
    if apart > MOST_APART {
        return Err(format!(
            "this machine's clock and the database's are {} s apart: let both follow NTP",
            apart.num_seconds()
        ));
    }
    Ok("agrees with the database's".to_owned())
}

pub(super) async fn broker(settings: &Settings) -> Found {
    let Some(url) = &settings.amqp_url else { return Ok(String::new()) };
    let options = RabbitOptions { queue: settings.amqp_queue.clone(), ..RabbitOptions::new(url.reveal()) };
    let queue = RabbitQueue::new(options).map_err(|error| error.to_string())?;
    let depth = queue.examine().await.map_err(|error| format!("{error}. Check AMQP_URL, and that RabbitMQ is up"));
    queue.close().await;
    Ok(match depth? {
        Some(depth) => format!("answers; {} orders wait, {} were given up", depth.ready, depth.dead),
        None => format!("answers; the queue \"{}\" is made at the first start", settings.amqp_queue),
    })
}

/// What a publisher keeps for a broker that is away.
pub(super) async fn spool(settings: &Settings) -> Found {
    waiting(
        &settings.data_dir.join("spool.db"),
        settings.spool_capacity,
        "they are handed on once a publisher runs here and the broker takes them",
        "bring the broker back, or raise BOTICA_SPOOL_CAPACITY",
    )
    .await
}

/// What waits for the consumer of the embedded mode.
pub(super) async fn local_queue(settings: &Settings) -> Found {
    waiting(
        &settings.data_dir.join("order_queue.db"),
        settings.queue_capacity,
        "they are stored once Botica runs here and the database takes them",
        "look why they are not stored, or raise BOTICA_QUEUE_CAPACITY",
    )
    .await
}

async fn waiting(file: &Path, capacity: u64, what_becomes: &str, mend: &str) -> Found {
    if !file.exists() {
        return Ok("no order has waited yet".to_owned());
    }
    let depth = local::depth_of(file).await.map_err(|error| error.to_string())?;
    let oldest = depth.oldest.unwrap_or_default();
    let age = humantime::format_duration(Duration::from_secs(oldest.as_secs()));
    // A tenth is what is left to act.
    if depth.messages >= capacity - capacity / 10 {
        let messages = depth.messages;
        return Err(format!(
            "{messages} of at most {capacity} orders wait, the oldest for {age}; no room is left: {mend}"
        ));
    }
    if oldest > LONG_WAIT {
        return Err(format!("{} orders wait, the oldest for {age}: {what_becomes}", depth.messages));
    }
    Ok(format!("{} orders wait", depth.messages))
}
