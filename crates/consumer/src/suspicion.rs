//! Finding the message that kills its reader.
//!
//! With many messages in hand nobody knows which of them it was. So what was delivered several times without an
//! answer is suspected, and read alone, after all others went through. Each such try is written down first: if it
//! is still there when the message comes again, its reader did not survive it.

use chrono::Utc;
use queue::Received;
use store::{Arrival, Store, StoreError, Suspect};

use crate::batch::{self, Manner};
use crate::database::Patience;
use crate::{Source, reading};

/// Deliveries before this one that make a message suspected. A consumer that is killed once or twice for reasons
/// of its own makes nobody suspected.
const DELIVERIES: u32 = 3;

/// Tries alone that a suspect is given.
const TRIES: u32 = 3;

/// Whether it may be what killed those who had it before. What the broker gave up is not read at all.
pub(crate) fn is_suspected(received: &Received, source: Source) -> bool {
    source == Source::Orders && received.redeliveries >= DELIVERIES
}

/// Suspects with the tries that they had: those that were tried least come first, so that the innocent among them
/// go through before the culprit strikes again.
///
/// # Errors
/// The database's.
pub(crate) async fn line_up(
    store: &Store,
    suspects: Vec<Received>,
    patience: &Patience,
) -> Result<Vec<(Received, u32)>, StoreError> {
    let names: Vec<Suspect> = suspects.iter().map(name).collect();
    let look = || {
        let (store, names) = (store.clone(), names.clone());
        async move { store.tries_of(&names).await }
    };
    let tries = patience.hold(names.len(), look).await?;
    let mut line: Vec<_> = suspects.into_iter().zip(names).map(|(it, name)| (it, tries.get(&name).copied())).collect();
    line.sort_by_key(|(_, tries)| tries.unwrap_or(0));
    Ok(line.into_iter().map(|(received, tries)| (received, tries.unwrap_or(0))).collect())
}

/// Reads one suspect alone, then keeps it; one that its readers did not survive is kept unread. Whether it was
/// kept.
pub(crate) async fn try_alone(store: &Store, received: Received, tries: u32, patience: &Patience) -> bool {
    let suspect = name(&received);
    if tries >= TRIES {
        let reason = format!(
            "its reader died of it {tries} times, when it read nothing else: upgrade Botica or have its sender \
             mended, then replay it"
        );
        return batch::keep(store, vec![reading::unread(received, reason)], Manner::of_suspect(suspect), patience)
            .await;
    }
    tracing::warn!(
        message.id = received.message.id,
        deliveries = received.redeliveries + 1,
        tries,
        "a message that was delivered often without an answer is read alone"
    );
    match read_alone(store, received, suspect, patience).await {
        Ok(arrival) => batch::keep(store, vec![arrival], Manner::default(), patience).await,
        Err(error) => {
            tracing::warn!(error = %error, "a suspected message can't be tried and goes back to the queue");
            false
        }
    }
}

/// The try lasts no longer than the reading: whoever is killed while the database lets a message wait did not die
/// of the message.
async fn read_alone(
    store: &Store,
    received: Received,
    suspect: Suspect,
    patience: &Patience,
) -> Result<Arrival, StoreError> {
    let begin = || {
        let store = store.clone();
        async move { store.begin_try(suspect, Utc::now()).await }
    };
    patience.hold(1, begin).await?;
    let arrival = reading::read(received, Source::Orders);
    let survived = || {
        let store = store.clone();
        async move { store.end_suspicion(suspect).await }
    };
    patience.hold(1, survived).await?;
    Ok(arrival)
}

fn name(received: &Received) -> Suspect {
    Suspect::of(&received.message.body)
}
