//! Hints that events were committed: look now. A hint may be lost, so who follows events also looks every
//! now and then.

use sqlx::postgres::PgListener;
use tokio::sync::watch;

use crate::{Store, StoreError};

/// What PostgreSQL's trigger notifies.
const CHANNEL: &str = "botica_events";

impl Store {
    /// Changes at each commit of events in this process and, while [`Store::listen`] runs, in all others on
    /// the same PostgreSQL.
    pub fn hints(&self) -> watch::Receiver<()> {
        self.hint.subscribe()
    }

    /// Passes on what PostgreSQL notifies, until the connection is lost. On SQLite, where there is nobody to
    /// listen to, it never ends.
    ///
    /// # Errors
    /// The database can't be reached.
    pub async fn listen(&self) -> Result<(), StoreError> {
        if !self.is_postgres() {
            return std::future::pending().await;
        }
        let mut listener = PgListener::connect_with(self.read.get_postgres_connection_pool()).await?;
        listener.listen(CHANNEL).await?;
        // Whoever listens anew may have missed some.
        self.hint.send_replace(());
        while listener.try_recv().await?.is_some() {
            self.hint.send_replace(());
        }
        Ok(())
    }
}
