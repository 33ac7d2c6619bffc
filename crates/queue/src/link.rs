//! Whether a keeper can be reached, for health answers: the reason is the point.

use tokio::sync::watch;

/// Watches one connection to the queue.
#[derive(Clone, Debug)]
pub struct Link(watch::Receiver<Result<(), String>>);

/// The side that knows.
#[derive(Debug)]
pub struct LinkKeeper(watch::Sender<Result<(), String>>);

impl LinkKeeper {
    /// A link that is down for `reason`, such as "not connected yet".
    pub fn down(reason: impl Into<String>) -> (LinkKeeper, Link) {
        let (sender, receiver) = watch::channel(Err(reason.into()));
        (LinkKeeper(sender), Link(receiver))
    }

    /// Says how the link is now.
    pub fn set(&self, state: Result<(), String>) {
        self.0.send_if_modified(|now| {
            let is_news = *now != state;
            *now = state;
            is_news
        });
    }

    /// What it said last.
    ///
    /// # Errors
    /// The reason why it is down.
    pub fn check(&self) -> Result<(), String> {
        self.0.borrow().clone()
    }

    /// Another watcher.
    pub fn link(&self) -> Link {
        Link(self.0.subscribe())
    }
}

impl Link {
    /// `Ok`, or what is wrong, in words for an operator.
    ///
    /// # Errors
    /// The reason why it is down.
    pub fn check(&self) -> Result<(), String> {
        self.0.borrow().clone()
    }

    /// Returns once the link is up; never, if its keeper is gone.
    pub async fn up(&mut self) {
        if self.0.wait_for(Result::is_ok).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
