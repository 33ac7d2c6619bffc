//! `botica dead-letters`: looking at the messages that could not be processed, and deciding about them, on the
//! database directly.

mod printed;

use anyhow::{Context, bail};
use chrono::Utc;
use domain::{DeadLetterState, DiscardReason};
use store::{Act, DeadLetter, NotDecided, Store};
use uuid::Uuid;

use crate::application::connect;
use crate::settings::Settings;

/// What the record says of who decided.
const OPERATOR: &str = "botica dead-letters";

/// Letters of one question to the database.
const PART: u64 = 100;

/// A table of the letters in these states, or JSON.
pub(crate) async fn list(settings: &Settings, states: &[DeadLetterState], is_json: bool) -> anyhow::Result<String> {
    let store = open(settings).await?;
    let letters = all(&store, states).await?;
    store.close().await;
    Ok(if is_json { printed::json(&letters)? } else { printed::table(&letters) })
}

/// All of one letter.
pub(crate) async fn show(settings: &Settings, id: Uuid, is_json: bool) -> anyhow::Result<String> {
    let store = open(settings).await?;
    let letter = store.dead_letter(id).await?.with_context(|| none_of(&[id]))?;
    store.close().await;
    Ok(if is_json { printed::json_of(&letter)? } else { printed::whole(&letter) })
}

/// Marks these letters, or all that wait, to be replayed; says what was done.
pub(crate) async fn replay(settings: &Settings, ids: &[Uuid], is_all: bool) -> anyhow::Result<String> {
    let store = open(settings).await?;
    let ids = match is_all {
        true => all(&store, &[DeadLetterState::Waiting]).await?.into_iter().map(|letter| letter.id).collect(),
        false => ids.to_vec(),
    };
    let act = Act::of_the_host(OPERATOR, Utc::now());
    let done = decide(&store, &ids, async |id| Ok(store.replay_dead_letter(id, &act).await?)).await;
    store.close().await;
    Ok(match done? {
        0 => "No dead letter waits.".to_owned(),
        count => format!("{count} to be replayed, by a running consumer, within seconds."),
    })
}

/// Discards these letters; says what was done.
pub(crate) async fn discard(settings: &Settings, ids: &[Uuid], reason: &str) -> anyhow::Result<String> {
    let reason = DiscardReason::parse(reason).context("--reason")?;
    let store = open(settings).await?;
    let act = Act::of_the_host(OPERATOR, Utc::now());
    let done = decide(&store, ids, async |id| Ok(store.discard_dead_letter(id, &reason, &act).await?)).await;
    store.close().await;
    Ok(format!("{} discarded. They stay in the database, with the reason.", done?))
}

async fn open(settings: &Settings) -> anyhow::Result<Store> {
    let store = connect(settings).await?;
    store.require_current_schema().await?;
    Ok(store)
}

async fn all(store: &Store, states: &[DeadLetterState]) -> anyhow::Result<Vec<DeadLetter>> {
    let (mut letters, mut before) = (Vec::new(), None);
    loop {
        let page = store.dead_letters(states, before, PART).await?;
        letters.extend(page.items);
        before = page.next;
        if before.is_none() {
            return Ok(letters);
        }
    }
}

/// Decides about each of them, and says about how many. Nothing is done when one of them is unknown.
async fn decide(
    store: &Store,
    ids: &[Uuid],
    decision: impl AsyncFn(Uuid) -> anyhow::Result<Result<DeadLetter, NotDecided>>,
) -> anyhow::Result<usize> {
    let mut unknown = Vec::new();
    for id in ids {
        if store.dead_letter(*id).await?.is_none() {
            unknown.push(*id);
        }
    }
    if !unknown.is_empty() {
        bail!("{}; nothing was done", none_of(&unknown));
    }
    let mut others = Vec::new();
    for id in ids {
        match decision(*id).await? {
            Ok(_) => {}
            Err(NotDecided::NoSuchLetter) => others.push(none_of(&[*id])),
            Err(NotDecided::NotWaiting(letter)) => others.push(format!("{id} is {} already", letter.state)),
        }
    }
    match others.is_empty() {
        true => Ok(ids.len()),
        false => bail!("{}; done with the other {}", others.join(", "), ids.len() - others.len()),
    }
}

fn none_of(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    format!("there is no dead letter {}", ids.join(", "))
}
