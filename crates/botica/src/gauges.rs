//! What is measured by looking every few seconds. Each process looks at what it has: several tell the same
//! of the queue and of the database.

use std::time::Duration;

use backend::Feed;
use chrono::Utc;
use metrics::{describe_gauge, gauge};
use queue::local::LocalQueue;
use store::Store;
use tokio_util::sync::CancellationToken;

/// A look costs three short queries.
const EVERY: Duration = Duration::from_secs(5);

const ORDERS_WAITING: &str = "botica_orders_waiting";
const OLDEST_WAITING: &str = "botica_orders_oldest_waiting_seconds";
const LETTERS_WAITING: &str = "botica_dead_letters_waiting";
const CONNECTIONS: &str = "botica_database_connections";
const QUEUE: &str = "botica_queue_messages";
const STREAMS: &str = "botica_stream_clients";

/// What this process can look at.
#[derive(Clone, Default)]
pub(crate) struct Gauges {
    /// Its database.
    pub(crate) store: Option<Store>,
    /// Where boards are fed, and with it what waits for people.
    pub(crate) feed: Option<Feed>,
    /// The queue that it consumes, if that is on this machine: those of a broker measure theirs as they consume.
    pub(crate) queue: Option<LocalQueue>,
}

impl Gauges {
    /// Looks until `stop`.
    pub(crate) async fn keep_fresh(self, stop: CancellationToken) {
        describe();
        loop {
            tokio::select! {
                () = self.look() => {}
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    async fn look(&self) {
        if let Some(store) = &self.store {
            let connections = store.connections();
            gauge!(CONNECTIONS, "state" => "busy").set(connections.busy);
            gauge!(CONNECTIONS, "state" => "idle").set(connections.idle);
        }
        if let (Some(store), Some(feed)) = (&self.store, &self.feed) {
            gauge!(STREAMS).set(feed.clients() as f64);
            waiting(store).await;
        }
        if let Some(queue) = &self.queue {
            gauge!(QUEUE, "state" => "ready").set(known(queue.depth().await.map(|depth| depth.messages)));
        }
    }
}

async fn waiting(store: &Store) {
    gauge!(LETTERS_WAITING).set(known(store.waiting_letters().await));
    let orders = store.waiting_orders().await;
    for priority in domain::Priority::ALL {
        let of = orders.as_ref().map(|all| all.iter().find(|one| one.priority == priority));
        let age = |at: chrono::DateTime<Utc>| (Utc::now() - at).as_seconds_f64().max(0.0);
        let oldest = of.map(|one| one.and_then(|one| one.oldest).map_or(0.0, age)).unwrap_or(f64::NAN);
        gauge!(ORDERS_WAITING, "priority" => priority.as_str())
            .set(known(of.map(|one| one.map_or(0, |one| one.count))));
        gauge!(OLDEST_WAITING, "priority" => priority.as_str()).set(oldest);
    }
}

/// What can't be looked at is not known, which is not the same as none.
fn known<E>(count: Result<u64, E>) -> f64 {
    count.map_or(f64::NAN, |count| count as f64)
}

fn describe() {
    describe_gauge!(ORDERS_WAITING, "Orders that nobody has accepted, by priority");
    describe_gauge!(OLDEST_WAITING, metrics::Unit::Seconds, "How long the oldest of them has waited; 0 if none does");
    describe_gauge!(LETTERS_WAITING, "Dead letters that wait for a person");
    describe_gauge!(CONNECTIONS, "Connections to the database");
    describe_gauge!(QUEUE, "Messages in the order queue that nobody holds, and in its dead queue");
    describe_gauge!(STREAMS, "Open streams of boards and phones");
}
