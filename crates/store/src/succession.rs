//! Batches that are stored at the same time, each behind the one before it.
//!
//! While one is written, the next looks up what it needs; when the orders of the first are inserted, it inserts its
//! own; and it goes on when the first is over, and is told of the orders that it could not see when it looked. So
//! nobody overtakes, and a line that repeats an order ahead of it says so. The whole story:
//! `docs/decisions/batches-in-succession.md`.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use crate::StoreError;

/// How long a batch waits for the one ahead of it: not as long as a server leaves a transaction open that does
/// nothing (`idle_in_transaction_session_timeout`).
const PATIENCE: Duration = Duration::from_secs(5);

/// The newest order of each medication for a dispenser, by dispenser and medication, of those that a batch made.
pub(crate) type Opened = HashMap<(Uuid, Uuid), Uuid>;

#[derive(Debug)]
enum Stage {
    Begun,
    /// Its orders are inserted.
    Inserted,
    Committed(Opened),
}

/// A batch's turn to be stored, for one try of it. By default it has nobody ahead and nobody behind it.
///
/// What is dropped without being committed is over too: the batch behind goes on.
#[derive(Debug, Default)]
pub struct Turn {
    ahead: Option<Ahead>,
    own: Option<watch::Sender<Stage>>,
}

/// A batch, as the one behind it sees it.
#[derive(Clone, Debug)]
pub struct Ahead(watch::Receiver<Stage>);

impl Turn {
    /// The turn of a batch behind `ahead`, and what the batch behind this one sees of it.
    pub fn behind(ahead: Option<Ahead>) -> (Turn, Ahead) {
        let (own, seen) = watch::channel(Stage::Begun);
        (Turn { ahead, own: Some(own) }, Ahead(seen))
    }

    /// Whether nobody is ahead whose orders can't be seen yet.
    pub(crate) fn sees_all(&self) -> bool {
        self.ahead.as_ref().is_none_or(Ahead::is_over)
    }

    /// Waits until the batch ahead has inserted its orders: where both have the same order, it is the first to do so,
    /// and waits for nothing that this one holds.
    ///
    /// # Errors
    /// Those of [`Turn::may_commit`].
    pub(crate) async fn may_insert(&mut self) -> Result<(), StoreError> {
        self.ahead_is(|stage| !matches!(stage, Stage::Begun)).await.map(drop)
    }

    /// The orders of this batch are inserted.
    pub(crate) fn inserted(&self) {
        if let Some(own) = &self.own {
            own.send_replace(Stage::Inserted);
        }
    }

    /// Waits until the batch ahead is over, and says what it made.
    ///
    /// # Errors
    /// A transient one, where that takes long: this batch must not hold its locks meanwhile.
    pub(crate) async fn may_commit(&mut self) -> Result<Opened, StoreError> {
        self.ahead_is(|stage| matches!(stage, Stage::Committed(_))).await
    }

    /// Waits until the batch ahead is so far, or was given up. What it made, as far as is known.
    async fn ahead_is(&mut self, so_far: impl FnMut(&Stage) -> bool) -> Result<Opened, StoreError> {
        let Some(Ahead(ahead)) = &mut self.ahead else { return Ok(Opened::new()) };
        match timeout(PATIENCE, ahead.wait_for(so_far)).await {
            Ok(Ok(stage)) => match &*stage {
                Stage::Committed(opened) => Ok(opened.clone()),
                Stage::Begun | Stage::Inserted => Ok(Opened::new()),
            },
            // It failed, and is tried again beside this one.
            Ok(Err(_)) => Ok(Opened::new()),
            Err(_) => Err(StoreError::Unavailable("the batch before it is not stored yet".to_owned())),
        }
    }

    pub(crate) fn committed(self, opened: Opened) {
        if let Some(own) = self.own {
            own.send_replace(Stage::Committed(opened));
        }
    }
}

impl Ahead {
    /// The turn of a further try of a batch behind this one; that which follows it waits no more.
    pub fn again(&self) -> Turn {
        Turn { ahead: Some(self.clone()), own: None }
    }

    fn is_over(&self) -> bool {
        self.0.has_changed().is_err() || matches!(*self.0.borrow(), Stage::Committed(_))
    }
}
