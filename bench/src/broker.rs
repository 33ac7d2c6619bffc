//! The broker's own view of our queues, and their removal.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

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

/// Empties `queue`.
///
/// # Errors
/// When there is no such queue, or the broker does not answer in time.
pub async fn purge(amqp: &str, queue: &str) -> Result<()> {
    on_a_channel(amqp, async |channel| {
        channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await?;
        Ok(())
    })
    .await
}

/// Declares `queue`, as a quorum queue if it is to be durable, and puts so many persistent messages into it.
///
/// # Errors
/// When one of them is not confirmed, or the broker does not answer in time.
pub async fn fill(amqp: &str, queue: &str, is_durable: bool, count: usize, body: fn(usize) -> Vec<u8>) -> Result<()> {
    on_a_channel(amqp, async |channel| {
        let mut arguments = FieldTable::default();
        if is_durable {
            arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        }
        let options = QueueDeclareOptions { durable: is_durable, ..QueueDeclareOptions::default() };
        channel.queue_declare(queue.into(), options, arguments).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let properties = BasicProperties::default().with_delivery_mode(2);
        let mut confirms = Vec::with_capacity(count);
        for number in 0..count {
            let (options, body) = (BasicPublishOptions::default(), body(number));
            confirms.push(channel.basic_publish("".into(), queue.into(), options, &body, properties.clone()).await?);
        }
        for confirm in confirms {
            ensure!(confirm.await?.is_ack(), "the broker rejects a message");
        }
        Ok(())
    })
    .await
}

async fn on_a_channel(amqp: &str, work: impl AsyncFnOnce(&Channel) -> Result<()>) -> Result<()> {
    let worked = async {
        let connection = Connection::connect(amqp, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        work(&channel).await?;
        connection.close(200, "done".into()).await?;
        anyhow::Ok(())
    };
    tokio::time::timeout(DEADLINE, worked).await.context("the broker does not answer")?
}
