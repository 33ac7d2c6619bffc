//! The queues on the broker. Publisher and receiver both declare them, so that either may start first.

use lapin::{
    ErrorKind, Queue,
    options::{BasicPublishOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};

use super::{
    RabbitOptions,
    connection::{Wire, reason},
};

/// Deliveries after which a message is dead-lettered. Large, since a crash of a consumer counts for every
/// message that it held: a limit of 5 has destroyed good ones. A message that crashes its reader is
/// found by the consumer itself, long before. Explicit, since RabbitMQ 4 would limit to 20.
const DELIVERY_LIMIT: i32 = 1000;

pub(super) const MANDATORY: BasicPublishOptions = BasicPublishOptions { mandatory: true, immediate: false };

/// The queue for what was dead-lettered from `queue`.
pub(super) fn dead(queue: &str) -> String {
    format!("{queue}.dead")
}

/// Declares both queues. The dead one first: what is dead-lettered to nowhere is lost. Whether the queue is
/// new.
///
/// # Errors
/// The reason, in words for an operator.
pub(super) async fn declare(wire: &Wire, options: &RabbitOptions) -> Result<bool, String> {
    let is_new = look(wire, &options.queue).await.is_err();
    declare_one(wire, &dead(&options.queue), quorum()).await?;
    declare_one(wire, &options.queue, arguments(options)).await?;
    Ok(is_new)
}

/// Whether the queue is there; one that is must have our settings.
///
/// # Errors
/// The reason, in words for an operator.
pub(super) async fn is_there(wire: &Wire, options: &RabbitOptions) -> Result<bool, String> {
    let channel = wire.channel().await?;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    match channel.queue_declare(options.queue.as_str().into(), passive, FieldTable::default()).await {
        // Declaring what is there changes nothing, and compares.
        Ok(_) => declare_one(wire, &options.queue, arguments(options)).await.map(|()| true),
        Err(error) => match error.kind() {
            ErrorKind::ProtocolError(refusal) if refusal.get_id() == 404 => Ok(false),
            _ => Err(format!("can't look at the queue \"{}\": {}", options.queue, reason(&error))),
        },
    }
}

fn arguments(options: &RabbitOptions) -> FieldTable {
    let dead = dead(&options.queue);
    let mut arguments = quorum();
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
    arguments.insert("x-dead-letter-exchange".into(), text(""));
    arguments.insert("x-dead-letter-routing-key".into(), text(&dead));
    // The default, at-most-once, loses what its target can't take. This one needs reject-publish.
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    if let Some(length) = options.max_length {
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(length.into()));
    }
    arguments
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

async fn declare_one(wire: &Wire, queue: &str, arguments: FieldTable) -> Result<(), String> {
    // A channel of its own: a refusal closes it.
    let channel = wire.channel().await?;
    match channel.queue_declare(queue.into(), QueueDeclareOptions::durable(), arguments).await {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            ErrorKind::ProtocolError(refusal) if refusal.get_id() == 406 => format!(
                "the queue \"{queue}\" exists with other settings ({}): empty it and delete it, and it is made \
                 anew, or choose another name",
                refusal.get_message(),
            ),
            _ => format!("the queue \"{queue}\" can't be declared: {}", reason(&error)),
        }),
    }
}

/// Looks at a queue without making it.
///
/// # Errors
/// The reason, in words for an operator; also when there is no such queue.
pub(super) async fn look(wire: &Wire, queue: &str) -> Result<Queue, String> {
    let channel = wire.channel().await?;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel
        .queue_declare(queue.into(), passive, FieldTable::default())
        .await
        .map_err(|error| format!("can't look at the queue \"{queue}\": {}", reason(&error)))
}
