//! Putting dead letters into the order queue again: those that somebody decided to replay, and those that only
//! needed a newer reader, such as this one.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use queue::{Message, Publish, VERSION, crash};
use store::{Act, DeadLetter, Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::database::answered;

/// Between two looks: whoever replays a letter waits for it.
const EVERY: Duration = Duration::from_secs(1);

/// Replays what is marked, now and each second, until `stop`. Several may run, on one host or on many.
pub async fn replay(queue: Arc<dyn Publish>, store: Store, stop: CancellationToken) {
    let mut failure = None;
    while !stop.is_cancelled() {
        let outcome = look(&queue, &store, &stop).await;
        // Once an outage.
        if let Err(reason) = &outcome
            && failure.is_none()
        {
            tracing::warn!(reason, "dead letters can't be replayed now; they wait");
        }
        failure = outcome.err();
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn look(queue: &Arc<dyn Publish>, store: &Store, stop: &CancellationToken) -> Result<(), String> {
    let words = |error: StoreError| error.to_string();
    let asked = store.clone();
    let act = Act::of_the_host("botica consumer", Utc::now());
    let readable = answered(async move { asked.replay_readable(VERSION, &act).await }).await.map_err(words)?;
    if readable > 0 {
        tracing::info!(letters = readable, "dead letters that this version can read are replayed");
    }
    let asked = store.clone();
    for letter in answered(async move { asked.letters_to_replay(Utc::now()).await }).await.map_err(words)? {
        if stop.is_cancelled() {
            break;
        }
        replay_one(queue, store, letter).await?;
    }
    Ok(())
}

/// # Errors
/// Why it is still to be replayed, in words.
async fn replay_one(queue: &Arc<dyn Publish>, store: &Store, letter: DeadLetter) -> Result<(), String> {
    let words = |error: StoreError| error.to_string();
    let letter = Arc::new(letter);
    let (asked, claimed) = (store.clone(), Arc::clone(&letter));
    if !answered(async move { asked.claim_replay(&claimed, Utc::now()).await }).await.map_err(words)? {
        return Ok(());
    }
    if let Err(error) = queue.publish(message(&letter)).await {
        let (asked, claimed) = (store.clone(), Arc::clone(&letter));
        // Else it is free again when the claim has lapsed.
        drop(answered(async move { asked.release_replay(&claimed).await }).await);
        return Err(error.to_string());
    }
    crash::at("replay.after_publish");
    let (asked, replayed) = (store.clone(), Arc::clone(&letter));
    let is_marked = answered(async move { asked.finish_replay(&replayed).await }).await.map_err(words)?;
    metrics::counter!("botica_dead_letters_replayed_total").increment(1);
    tracing::info!(dead_letter.id = %letter.id, is_marked, "dead letter replayed");
    Ok(())
}

/// The message as it came. What the broker said of its deliveries is about those alone.
fn message(letter: &DeadLetter) -> Message {
    let letter = &letter.letter;
    Message {
        id: letter.message_id.clone(),
        kind: letter.kind.clone(),
        traceparent: letter.traceparent.clone(),
        body: letter.body.clone().into(),
    }
}
