//! Holds the connection and the consumer of a receiver.

use std::sync::{Arc, atomic::Ordering};

use futures_util::StreamExt;
use lapin::{
    Channel, Consumer,
    message::Delivery,
    options::{BasicConsumeOptions, BasicQosOptions},
    types::{AMQPValue, FieldTable},
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::headers;
use super::{
    super::{
        RabbitOptions,
        connection::{Backoff, Target, Wire, reason},
        topology,
    },
    Current, Session, Traffic,
};
use crate::{LinkKeeper, Message, Received, Tag};

/// A consumer, and the channel that it is on.
struct Subscription {
    channel: Channel,
    consumer: Consumer,
}

/// Why a subscription is used no longer.
enum End {
    /// Nothing comes, and nothing is held.
    Quiet,
    /// The connection is of no more use.
    Lost(String),
}

pub(super) struct Supervisor {
    pub(super) options: RabbitOptions,
    pub(super) target: Target,
    /// The queue to consume from: the order queue or its dead queue.
    pub(super) from: String,
    pub(super) stop: CancellationToken,
    pub(super) deliver: mpsc::UnboundedSender<Received>,
    pub(super) current: Current,
    pub(super) link: LinkKeeper,
    pub(super) session: u64,
}

impl Supervisor {
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        let mut backoff = Backoff::new();
        let mut last_reason = String::new();
        loop {
            let connected = tokio::select! {
                () = stop.cancelled() => break,
                connected = self.connect() => connected,
            };
            let reason = match connected {
                Ok((wire, subscription)) => {
                    backoff.connected(Instant::now());
                    self.link.set(Ok(()));
                    tracing::info!(queue.name = self.from, "the receiver is connected");
                    let reason = tokio::select! {
                        () = stop.cancelled() => None,
                        reason = self.consume(&wire, subscription) => Some(reason),
                    };
                    self.current.set(None);
                    // Not known from here on, which is not the same as none.
                    self.measure(f64::NAN);
                    let closing = tokio::spawn(wire.close());
                    let Some(reason) = reason else {
                        let _ = closing.await;
                        break;
                    };
                    tracing::warn!(queue.name = self.from, reason, "the receiver was cut off");
                    reason
                }
                Err(reason) => {
                    if reason != last_reason {
                        tracing::warn!(queue.name = self.from, reason, "the receiver can't connect");
                    }
                    reason
                }
            };
            self.link.set(Err(reason.clone()));
            last_reason = reason;
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(backoff.pause(Instant::now())) => {}
            }
        }
        self.link.set(Err("closed".to_owned()));
    }

    async fn connect(&self) -> Result<(Wire, Subscription), String> {
        let wire = Wire::open(&self.target, "botica receiver").await?;
        let prepare = async {
            topology::declare(&wire, &self.options).await?;
            self.subscribe(&wire).await
        };
        match timeout(self.target.deadline, prepare).await.unwrap_or_else(|_| Err(self.target.silence_of(&self.from))) {
            Ok(subscription) => Ok((wire, subscription)),
            Err(reason) => {
                tokio::spawn(wire.close());
                Err(reason)
            }
        }
    }

    async fn subscribe(&self, wire: &Wire) -> Result<Subscription, String> {
        let channel = wire.channel().await?;
        let consume = async {
            channel.basic_qos(self.options.prefetch, BasicQosOptions::default()).await?;
            // A tag that is used again can leave messages undelivered before RabbitMQ 3.11.23.
            let tag = format!("botica-{}", Uuid::new_v4());
            let options = BasicConsumeOptions::default();
            channel.basic_consume(self.from.as_str().into(), tag.into(), options, FieldTable::default()).await
        };
        let consumer = consume.await.map_err(|error| reason(&error))?;
        Ok(Subscription { channel, consumer })
    }

    /// Passes deliveries on until the connection is of no more use. Why that is.
    async fn consume(&mut self, wire: &Wire, mut subscription: Subscription) -> String {
        loop {
            self.session += 1;
            let (channel, traffic) = (subscription.channel.clone(), Arc::<Traffic>::default());
            self.current.set(Some(Session { number: self.session, channel, traffic: traffic.clone() }));
            let end = tokio::select! {
                reason = self.pass_on(&mut subscription.consumer, &traffic) => End::Lost(reason),
                end = self.watch(wire, &traffic) => end,
            };
            if let End::Lost(reason) = end {
                return reason;
            }
            let anew = async {
                let closed = subscription.channel.close(200, "OK".into()).await;
                closed.map_err(|error| reason(&error))?;
                self.subscribe(wire).await
            };
            match timeout(self.target.deadline, anew).await {
                Ok(Ok(anew)) => subscription = anew,
                Ok(Err(reason)) => return reason,
                Err(_) => return self.target.silence_of(&self.from),
            }
        }
    }

    async fn pass_on(&self, consumer: &mut Consumer, traffic: &Traffic) -> String {
        loop {
            match consumer.next().await {
                Some(Ok(delivery)) => {
                    traffic.delivered.fetch_add(1, Ordering::Relaxed);
                    let tag = Tag { session: self.session, number: delivery.delivery_tag };
                    // Fails when the receiver is gone; then the stop is on its way.
                    let _ = self.deliver.send(received(tag, delivery));
                }
                Some(Err(error)) => return reason(&error),
                None => return "the broker cancelled the consumer: the queue is gone".to_owned(),
            }
        }
    }

    /// How many messages nobody holds.
    fn measure(&self, messages: f64) {
        let state = if self.from == self.options.queue { "ready" } else { "dead" };
        metrics::gauge!("botica_queue_messages", "state" => state).set(messages);
    }

    /// Looks now and then whether the broker still has a consumer. A connection can be alive and have none, and a
    /// broker that is frozen keeps its connections.
    ///
    /// It can also have one and deliver nothing to it. When a queue is deleted and made anew at once, RabbitMQ moves
    /// the consumer to the new one without a word, and then loses what it delivers to it (seen with 3.10.8). That
    /// can't be seen from here; so a subscription to which nothing has come for a while is made anew.
    async fn watch(&self, wire: &Wire, traffic: &Traffic) -> End {
        let every = self.options.watch_every;
        let mut looks = interval_at(Instant::now() + every, every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut delivered = traffic.delivered();
        loop {
            looks.tick().await;
            match timeout(self.target.deadline, topology::look(wire, &self.from)).await {
                Ok(Ok(queue)) if queue.consumer_count() > 0 => self.measure(f64::from(queue.message_count())),
                Ok(Ok(_)) => return End::Lost("the broker knows of no consumer".to_owned()),
                Ok(Err(reason)) => return End::Lost(reason),
                Err(_) => return End::Lost(self.target.silence_of(&self.from)),
            }
            if traffic.is_quiet_since(delivered) {
                return End::Quiet;
            }
            delivered = traffic.delivered();
        }
    }
}

fn received(tag: Tag, delivery: Delivery) -> Received {
    let headers = delivery.properties.headers().as_ref();
    let header = |name: &str| headers.and_then(|headers| headers.inner().get(name));
    let traceparent = match header("traceparent") {
        Some(AMQPValue::LongString(text)) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        _ => None,
    };
    // Quorum queues count; others only say that there was an earlier delivery.
    let redeliveries = header("x-delivery-count").and_then(count).unwrap_or(u32::from(delivery.redelivered));
    let text = |text: &Option<lapin::types::ShortString>| text.as_ref().map(ToString::to_string);
    Received {
        tag,
        redeliveries,
        headers: headers::of(&delivery),
        message: Message {
            id: text(delivery.properties.message_id()),
            kind: text(delivery.properties.kind()),
            traceparent,
            body: delivery.data.into(),
        },
    }
}

fn count(value: &AMQPValue) -> Option<u32> {
    match *value {
        AMQPValue::ShortShortInt(count) => u32::try_from(count).ok(),
        AMQPValue::ShortShortUInt(count) => Some(count.into()),
        AMQPValue::ShortInt(count) => u32::try_from(count).ok(),
        AMQPValue::ShortUInt(count) => Some(count.into()),
        AMQPValue::LongInt(count) => u32::try_from(count).ok(),
        AMQPValue::LongUInt(count) => Some(count),
        AMQPValue::LongLongInt(count) => u32::try_from(count).ok(),
        _ => None,
    }
}
