//! Those who place orders in a storm, with a journal on disk of what they sent and what they were told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::Utc;
use fastrand::Rng;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use testkit::journal::{Answer, Journal, Line, Order, Record};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use crate::hospital::{ADMIN, PASSWORD};

/// Longer than any promised answer; in a storm the publisher itself may be frozen.
const ANSWER: Duration = Duration::from_secs(5);
/// How long one order is tried. Longer than any step of a storm.
const PATIENCE: Duration = Duration::from_secs(180);
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Of a hundred orders, so many are sent to two publishers at once, as by an impatient client.
const TWICE: u8 = 5;

/// Gives up on an answer after as long as the storm's clients do.
pub(crate) fn impatient() -> reqwest::ClientBuilder {
    Client::builder().timeout(ANSWER)
}

/// What all clients share.
pub(crate) struct Clients {
    pub(crate) seed: u64,
    pub(crate) http: Client,
    /// Roots of the publishers, and of the backend.
    pub(crate) publishers: Vec<String>,
    pub(crate) backend: String,
    pub(crate) dispenser: Uuid,
    pub(crate) medications: [Uuid; 2],
    pub(crate) journal: Journal,
    pub(crate) accepted: AtomicUsize,
    /// Attempts that were not answered by `202`.
    pub(crate) failed: AtomicUsize,
    /// The most attempts that an order has needed.
    pub(crate) most_attempts: AtomicUsize,
    /// Whether enough was sent, once the storm is over.
    pub(crate) is_over: AtomicBool,
    pub(crate) token: Token,
}

/// Signed in once for all.
pub(crate) struct Token {
    told: watch::Sender<String>,
    /// Held by the one who signs in.
    renewing: Mutex<()>,
}

impl Token {
    pub(crate) fn new(token: String) -> Token {
        Token { told: watch::Sender::new(token), renewing: Mutex::new(()) }
    }

    pub(crate) fn get(&self) -> String {
        self.told.borrow().clone()
    }

    /// Another one than `old`, if it can be had now.
    pub(crate) async fn renew(&self, http: &Client, backend: &str, old: &str) {
        let _renewing = self.renewing.lock().await;
        if self.get() != old {
            return;
        }
        let body = json!({ "email": ADMIN, "password": PASSWORD });
        if let Ok(answer) = http.post(format!("{backend}/login")).json(&body).send().await
            && let Ok(signed_in) = answer.json::<Value>().await
            && let Some(token) = signed_in["access_token"].as_str()
        {
            self.told.send_replace(token.to_owned());
        }
    }
}

impl Clients {
    /// Places orders, `workers` at a time and `rate` a second, until at least `least` were sent and the storm
    /// is over.
    pub(crate) async fn place_orders(self: &Arc<Self>, workers: usize, rate: u32, least: usize) {
        let mut pace = interval(Duration::from_secs(1) / rate);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let pace = Arc::new(Mutex::new(pace));
        let next = Arc::new(AtomicUsize::new(0));
        let mut working = JoinSet::new();
        for _ in 0..workers {
            let (clients, pace, next) = (Arc::clone(self), Arc::clone(&pace), Arc::clone(&next));
            working.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= least && clients.is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    pace.lock().await.tick().await;
                    clients.place(number).await;
                }
            });
        }
        while let Some(worked) = working.join_next().await {
            worked.unwrap();
        }
    }

    async fn place(&self, number: usize) {
        let mut rng = Rng::with_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let order = self.order(&mut rng, number);
        let began = Instant::now();
        let mut wait = SHORTEST_WAIT;
        let first = rng.usize(..self.publishers.len());
        for attempt in 0.. {
            let publisher = &self.publishers[(first + attempt) % self.publishers.len()];
            let is_accepted = if attempt == 0 && rng.u8(..100) < TWICE {
                let other = &self.publishers[(first + 1) % self.publishers.len()];
                let (one, two) = tokio::join!(self.send(publisher, &order), self.send(other, &order));
                one || two
            } else {
                self.send(publisher, &order).await
            };
            self.most_attempts.fetch_max(attempt + 1, Ordering::Relaxed);
            if is_accepted {
                self.accepted.fetch_add(1, Ordering::Relaxed);
                return;
            }
            if began.elapsed() > PATIENCE {
                return;
            }
            sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    fn order(&self, rng: &mut Rng, number: usize) -> Order {
        let lines = self.medications[..rng.usize(1..=2)].iter();
        let lines = lines.map(|medication| Line { medication_id: *medication, quantity: rng.u32(1..=40) }).collect();
        let priority = ["routine", "urgent", "stat"][rng.usize(..3)].to_owned();
        let id = Uuid::from_u128(rng.u128(..));
        Order { id, dispenser_id: self.dispenser, priority, lines, note: format!("Pedido nº {number}") }
    }

    /// Sends it once and writes both down. Whether it was accepted.
    async fn send(&self, publisher: &str, order: &Order) -> bool {
        self.journal.write(&Record::Attempt { at: Utc::now(), order: order.clone() }).unwrap();
        let token = self.token.get();
        let request = self.http.post(format!("{publisher}/orders")).bearer_auth(&token).json(order);
        let answer = match request.send().await {
            Ok(answer) if answer.status() == StatusCode::ACCEPTED => Answer::Accepted,
            Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED => {
                self.token.renew(&self.http, &self.backend, &token).await;
                Answer::Failed { detail: "the token's time ran out".to_owned() }
            }
            Ok(answer) if answer.status().is_client_error() && answer.status() != StatusCode::REQUEST_TIMEOUT => {
                Answer::Refused { detail: answer.text().await.unwrap_or_default() }
            }
            Ok(answer) => Answer::Failed { detail: answer.status().to_string() },
            Err(error) => Answer::Failed { detail: error.to_string() },
        };
        let is_accepted = answer == Answer::Accepted;
        if !is_accepted {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
        self.journal.write(&Record::Answer { at: Utc::now(), order_id: order.id, answer }).unwrap();
        is_accepted
    }
}
