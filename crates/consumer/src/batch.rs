//! Keeping one batch, whatever the database says to it.

use std::sync::Arc;

use chrono::Utc;
use queue::crash;
use store::{Ahead, Arrival, Outcome, Store, StoreError, Suspect, Turn, Unreadable};
use tracing::Span;

use crate::database::Patience;
use crate::trace;

/// How a batch is kept, besides what is in it. By default alone.
#[derive(Debug, Default)]
pub(crate) struct Manner {
    /// Who is suspected no more with it.
    suspect: Option<Suspect>,
    /// The batch that is being kept before it.
    ahead: Option<Ahead>,
    /// What the batch behind it waits for: its first try.
    first_turn: Option<Turn>,
}

impl Manner {
    /// With it, `suspect` is suspected no more.
    pub(crate) fn of_suspect(suspect: Suspect) -> Manner {
        Manner { suspect: Some(suspect), ..Manner::default() }
    }

    /// Behind `ahead`; and what the batch behind this one sees of it.
    pub(crate) fn behind(ahead: Option<Ahead>) -> (Manner, Ahead) {
        let (turn, seen) = Turn::behind(ahead.clone());
        (Manner { suspect: None, ahead, first_turn: Some(turn) }, seen)
    }

    fn next_turn(&mut self) -> Turn {
        self.first_turn.take().or_else(|| self.ahead.as_ref().map(Ahead::again)).unwrap_or_default()
    }
}

/// Keeps all arrivals: as orders, or as dead letters. `false` when the database stayed away for longer than anybody
/// has patience, and they must go back to the queue.
pub(crate) async fn keep(store: &Store, batch: Vec<Arrival>, mut manner: Manner, patience: &Patience) -> bool {
    // Parts still to be kept; the last one first.
    let mut parts: Vec<Arc<[Arrival]>> = vec![batch.into()];
    while let Some(part) = parts.pop() {
        match keep_part(store, &part, &mut manner, patience).await {
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
                parts.extend([right.into(), left.into()]);
            }
            Err(error) => {
                let why = Unreadable::from(format!("the database refused it: {error}"));
                let letters = part.iter().map(|arrival| Arrival { content: Err(why.clone()), ..arrival.clone() });
                if let Err(error) = keep_part(store, &letters.collect(), &mut manner, patience).await {
                    tracing::error!(error = %error, "a message can't be kept even as a dead letter; it goes back to the queue");
                    return false;
                }
            }
        }
    }
    true
}

/// One transaction, tried again while the database is away.
async fn keep_part(
    store: &Store,
    part: &Arc<[Arrival]>,
    manner: &mut Manner,
    patience: &Patience,
) -> Result<(), StoreError> {
    let transaction = || {
        let (store, part, suspect, turn) = (store.clone(), part.clone(), manner.suspect, manner.next_turn());
        let before_commit = || crash::at("consumer.before_commit");
        async move { store.keep_batch(&part, suspect, Utc::now(), turn, before_commit).await }
    };
    let spans: Vec<Span> = part.iter().map(trace::storing).collect();
    let outcomes = patience.hold(part.len(), transaction).await?;
    crash::at("consumer.after_commit");
    for ((outcome, arrival), span) in outcomes.iter().zip(part.iter()).zip(spans) {
        span.in_scope(|| count(outcome, arrival));
    }
    Ok(())
}

fn count(outcome: &Outcome, arrival: &Arrival) {
    let word = match outcome {
        Outcome::Requested => "requested",
        Outcome::Refused => "refused",
        Outcome::Again => "again",
        Outcome::DeadLetter => "dead_letter",
    };
    metrics::counter!("botica_messages_stored_total", "outcome" => word).increment(1);
    if let (Outcome::Requested | Outcome::Refused, Ok(placed)) = (outcome, &arrival.content) {
        let took = (Utc::now() - placed.placed_at).to_std().unwrap_or_default();
        metrics::histogram!("botica_order_stored_seconds").record(took);
    }
    let id = arrival.letter.message_id.as_deref().unwrap_or_default();
    match (outcome, &arrival.content) {
        (Outcome::DeadLetter, content) => {
            let reason = content.as_ref().err().map_or("its id is taken by another order", |why| &why.reason);
            tracing::warn!(message.id = id, reason, "message kept as a dead letter");
        }
        _ => tracing::debug!(order.id = id, outcome = word, "order stored"),
    }
}
