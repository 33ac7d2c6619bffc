//! Asking the database, which may be frozen or away.

use std::time::{Duration, Instant};

use store::StoreError;
use tokio_util::sync::CancellationToken;

use crate::retry::Backoff;

/// How long the database may take for one piece of work. The server's own limits, which say more, are shorter.
const ANSWER: Duration = Duration::from_secs(30);

/// Does one piece of work on a task of its own and with a deadline: a database that is frozen answers nothing at
/// all, and dropping a transaction half-way would spoil its connection for others.
pub(crate) async fn answered<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::time::timeout(ANSWER, tokio::spawn(work)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(panic)) => Err(StoreError::Data(format!("storing it failed: {panic}"))),
        Err(_) => Err(StoreError::Unavailable(format!("no answer within {} s", ANSWER.as_secs()))),
    }
}

/// For how long work is tried again while the database is away.
#[derive(Clone, Debug)]
pub(crate) struct Patience {
    /// Until then.
    pub(crate) deadline: Instant,
    /// Or until the process has to end.
    pub(crate) stop: CancellationToken,
}

impl Patience {
    /// Does `work`, again and again while the database is away; `messages` wait for it.
    ///
    /// # Errors
    /// The last try's.
    pub(crate) async fn hold<T, W>(&self, messages: usize, mut work: impl FnMut() -> W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let mut backoff = Backoff::new();
        let mut is_waiting = false;
        loop {
            match answered(work()).await {
                Err(error) if error.is_transient() && Instant::now() < self.deadline && !self.stop.is_cancelled() => {
                    if !is_waiting {
                        tracing::warn!(error = %error, messages, "holding a batch until the database is back");
                        is_waiting = true;
                    }
                    tokio::select! {
                        () = tokio::time::sleep(backoff.next()) => {}
                        () = self.stop.cancelled() => return Err(error),
                    }
                }
                answer => {
                    if answer.is_ok() && is_waiting {
                        tracing::info!("the database is back");
                    }
                    return answer;
                }
            }
        }
    }
}
