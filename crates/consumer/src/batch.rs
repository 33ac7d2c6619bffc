//! Keeping one batch, whatever the database says to it.

use std::time::{Duration, Instant};

use chrono::Utc;
use queue::{Message, Received};
use store::{Arrival, Letter, Outcome, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Source;
use crate::retry::Backoff;

/// How long the database may take for one batch. The server's own limits, which say more, are shorter.
const ANSWER: Duration = Duration::from_secs(30);

pub(crate) struct Keeper {
    pub(crate) store: Store,
    pub(crate) source: Source,
    pub(crate) hold: Duration,
}

impl Keeper {
    /// Keeps all messages: as orders, or as dead letters. `false` when the database stayed away for
    /// longer than the batch may be held, or when the process has to stop meanwhile.
    pub(crate) async fn keep(&self, received: Vec<Received>, stop: &CancellationToken) -> bool {
        let batch: Vec<Arrival> = received.into_iter().map(|received| self.read(received.message)).collect();
        let deadline = Instant::now() + self.hold;
        // Parts still to be kept; the last one first.
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            match self.keep_part(&part, deadline, stop).await {
                Ok(()) => {}
                Err(error) if error.is_transient() => {
                    tracing::warn!(error = %error, "a batch goes back to the queue");
                    return false;
                }
                // Something in it can't be stored. Halve it: its neighbours go through, and the culprit
                // ends up alone.
                Err(error) if part.len() > 1 => {
                    tracing::info!(error = %error, messages = part.len(), "a batch is halved to find what can't be stored");
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([right.to_vec(), left.to_vec()]);
                }
                Err(error) => {
                    let reason = format!("the database refused it: {error}");
                    let letters = part.into_iter().map(|arrival| Arrival { content: Err(reason.clone()), ..arrival });
                    if let Err(error) = self.keep_part(&letters.collect::<Vec<_>>(), deadline, stop).await {
                        tracing::error!(error = %error, "a message can't be kept even as a dead letter; it goes back to the queue");
                        return false;
                    }
                }
            }
        }
        true
    }

    fn read(&self, message: Message) -> Arrival {
        let content = match self.source {
            Source::Orders => message.decode().map_err(|reason| reason.to_string()),
            Source::Dead => Err("the broker gave it up: it was delivered too often without an answer".to_owned()),
        };
        let Message { id, kind, traceparent, body } = message;
        Arrival { letter: Letter { message_id: id, kind, traceparent, body: body.to_vec() }, content }
    }

    /// One transaction, on a task of its own and with a deadline: a database that is frozen answers
    /// nothing at all, and dropping a transaction half-way would spoil its connection for others.
    async fn transaction(&self, part: &[Arrival]) -> Result<Vec<Outcome>, StoreError> {
        let (store, part) = (self.store.clone(), part.to_vec());
        let work = tokio::spawn(async move { store.keep_arrivals(&part, Utc::now()).await });
        match tokio::time::timeout(ANSWER, work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => Err(StoreError::Data(format!("storing it failed: {panic}"))),
            Err(_) => Err(StoreError::Unavailable(format!("no answer within {} s", ANSWER.as_secs()))),
        }
    }

    /// One transaction, tried again while the database is away.
    async fn keep_part(&self, part: &[Arrival], deadline: Instant, stop: &CancellationToken) -> Result<(), StoreError> {
        let mut backoff = Backoff::new();
        let mut is_waiting = false;
        loop {
            match self.transaction(part).await {
                Ok(outcomes) => {
                    if is_waiting {
                        tracing::info!("the database is back");
                    }
                    count(&outcomes, part);
                    return Ok(());
                }
                Err(error) if error.is_transient() && Instant::now() < deadline && !stop.is_cancelled() => {
                    if !is_waiting {
                        tracing::warn!(error = %error, messages = part.len(), "holding a batch until the database is back");
                        is_waiting = true;
                    }
                    tokio::select! {
                        () = tokio::time::sleep(backoff.next()) => {}
                        () = stop.cancelled() => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn count(outcomes: &[Outcome], part: &[Arrival]) {
    for (outcome, arrival) in outcomes.iter().zip(part) {
        let word = match outcome {
            Outcome::Requested => "requested",
            Outcome::Refused => "refused",
            Outcome::Again => "again",
            Outcome::DeadLetter => "dead_letter",
        };
        metrics::counter!("botica_messages_stored_total", "outcome" => word).increment(1);
        let id = arrival.letter.message_id.as_deref().unwrap_or_default();
        match (outcome, &arrival.content) {
            (Outcome::DeadLetter, content) => {
                let reason = content.as_ref().err().map_or("its id is taken by another order", String::as_str);
                tracing::warn!(message.id = id, reason, "message kept as a dead letter");
            }
            _ => tracing::debug!(order.id = id, outcome = word, "order stored"),
        }
    }
}
