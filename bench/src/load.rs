//! The load: orders made out of events, sent when they are due and again until they are answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::Utc;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use uuid::Uuid;

use crate::client::Api;
use crate::events::Event;
use testkit::checker::Stored;
use testkit::journal::{Answer, Journal, Line, Order, Record};

/// How long an order is sent again before it counts as unanswered.
const PATIENCE: Duration = Duration::from_secs(60);
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Medications that the orders name. The demo hospital's, for the sake of their accents and lengths.
const MEDICATIONS: usize = 20;

/// How far the sending is. Each number only grows.
#[derive(Debug, Default)]
pub struct Progress {
    /// Orders sent at least once.
    pub attempted: AtomicUsize,
    /// Orders that the product promised to keep.
    pub acknowledged: AtomicUsize,
    /// Attempts beyond an order's first.
    pub repeated: AtomicUsize,
}

/// What the orders name, made in the product beforehand.
pub struct Catalogue {
    dispensers: BTreeMap<String, Uuid>,
    medications: Vec<Uuid>,
}

impl Catalogue {
    /// Makes one dispenser for each ward of the recording, and the medications. `tag` keeps their names apart
    /// from what the product has already.
    ///
    /// # Errors
    /// When the product does not make one of them.
    pub async fn create(api: &Api, events: &[Event], tag: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Medication {
            name: String,
        }
        let mut medications = Vec::new();
        let names = include_str!("../../crates/botica/demo/medications.csv").as_bytes();
        for medication in csv::Reader::from_reader(names).deserialize::<Medication>().take(MEDICATIONS) {
            medications.push(api.create_medication(&format!("{} ({tag})", medication?.name)).await?);
        }
        let mut dispensers = BTreeMap::new();
        for ward in events.iter().map(|event| &event.ward).collect::<BTreeSet<_>>() {
            dispensers.insert(ward.clone(), api.create_dispenser(&format!("{ward} ({tag})"), ward).await?);
        }
        Ok(Catalogue { dispensers, medications })
    }

    /// One order for each event: from one to three lines, always the same for the same event.
    ///
    /// # Errors
    /// When an event's ward has no dispenser.
    pub fn orders(&self, events: &[Event]) -> Result<Vec<Order>> {
        events.iter().enumerate().map(|(number, event)| self.order(number, event)).collect()
    }

    fn order(&self, number: usize, event: &Event) -> Result<Order> {
        // Steps of seven through twenty medications never meet within three lines.
        let line = |position: usize| Line {
            medication_id: self.medications[(number + 7 * position) % self.medications.len()],
            quantity: (1 + (13 * number + 5 * position) % 40) as u32,
        };
        Ok(Order {
            id: Uuid::now_v7(),
            dispenser_id: *self.dispensers.get(&event.ward).with_context(|| format!("no ward {}", event.ward))?,
            priority: if event.is_urgent { "urgent" } else { "routine" }.to_owned(),
            lines: (0..1 + number % 3).map(line).collect(),
            note: format!("Event {} of {}", number + 1, event.at.to_rfc3339()),
        })
    }
}

/// Sends each order when it is due, at most `connections` at a time, and returns how long each acknowledged
/// one took from its first attempt. Orders that fall due while all connections are busy wait their turn.
///
/// # Errors
/// When the journal can't be written.
pub async fn send(
    api: &Arc<Api>,
    journal: &Arc<Journal>,
    orders: Vec<(Duration, Order)>,
    connections: usize,
    progress: &Arc<Progress>,
) -> Result<Vec<Duration>> {
    let (started, free) = (Instant::now(), Arc::new(Semaphore::new(connections)));
    let mut sending = JoinSet::new();
    let mut times = Vec::with_capacity(orders.len());
    for (due, order) in orders {
        tokio::time::sleep_until(started + due).await;
        let permit = Arc::clone(&free).acquire_owned().await?;
        let (api, journal, progress) = (Arc::clone(api), Arc::clone(journal), Arc::clone(progress));
        sending.spawn(async move {
            let time = place(&api, &journal, &order, &progress).await;
            drop(permit);
            time
        });
        while let Some(sent) = sending.try_join_next() {
            times.extend(sent??);
        }
    }
    while let Some(sent) = sending.join_next().await {
        times.extend(sent??);
    }
    Ok(times)
}

/// Sends one order until it is answered or patience ends. `None` if it was not acknowledged.
async fn place(api: &Api, journal: &Journal, order: &Order, progress: &Progress) -> Result<Option<Duration>> {
    let started = Instant::now();
    let mut wait = SHORTEST_WAIT;
    progress.attempted.fetch_add(1, Ordering::Relaxed);
    loop {
        journal.write(&Record::Attempt { at: Utc::now(), order: order.clone() })?;
        let answer = api.place(order).await;
        journal.write(&Record::Answer { at: Utc::now(), order_id: order.id, answer: answer.clone() })?;
        match answer {
            Answer::Accepted => {
                progress.acknowledged.fetch_add(1, Ordering::Relaxed);
                return Ok(Some(started.elapsed()));
            }
            Answer::Refused { .. } => return Ok(None),
            Answer::Failed { .. } if started.elapsed() + wait > PATIENCE => return Ok(None),
            Answer::Failed { .. } => {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
                progress.repeated.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Reads the orders `ids` back, each with its lines and events.
///
/// # Errors
/// When one can't be read.
pub async fn read_back(api: &Api, ids: Vec<Uuid>, connections: usize) -> Result<Vec<Stored>> {
    stream::iter(ids).map(|id| api.order(id)).buffer_unordered(connections).try_collect().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_never_names_a_medication_twice_and_asks_for_something() {
        let medications = (0..MEDICATIONS as u128).map(Uuid::from_u128).collect();
        let catalogue = Catalogue { dispensers: [("A11".to_owned(), Uuid::from_u128(1))].into(), medications };
        let event = Event { at: Utc::now(), ward: "A11".to_owned(), is_urgent: true };
        for order in catalogue.orders(&vec![event; 200]).unwrap() {
            let different: BTreeSet<_> = order.lines.iter().map(|line| line.medication_id).collect();
            assert_eq!(different.len(), order.lines.len());
            assert!(order.lines.iter().all(|line| line.quantity > 0));
        }
    }
}
