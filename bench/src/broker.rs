//! The broker's own view of our queues, and their removal.

use std::time::Duration;

use anyhow::{Context as _, Result};
use lapin::options::QueueDeleteOptions;
use lapin::{Connection, ConnectionProperties};

/// A broker in an alarm may never answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// Deletes `queue` and its dead-letter queue, and says how many messages were still in the two.
///
/// # Errors
/// When the broker can't be reached or does not answer in time.
pub async fn delete_queues(amqp: &str, queue: &str) -> Result<u32> {
    tokio::time::timeout(DEADLINE, async {
        let connection = Connection::connect(amqp, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let mut left = 0;
        for name in [queue.to_owned(), format!("{queue}.dead")] {
            left += channel.queue_delete(name.into(), QueueDeleteOptions::default()).await?;
        }
        connection.close(200, "done".into()).await?;
        anyhow::Ok(left)
    })
    .await
    .context("the broker does not answer")?
    .with_context(|| format!("can't delete the queue {queue}"))
}
