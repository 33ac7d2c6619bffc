//! Holds the connection and the consumer of a receiver.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

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

/// After a look that found messages waiting, the next comes so soon. A broker that is well delivers much faster.
const SECOND_LOOK: Duration = Duration::from_secs(1);

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
                Ok((wire, channel, mut consumer)) => {
                    self.session += 1;
                    let traffic = Arc::<Traffic>::default();
                    self.current.set(Some(Session { number: self.session, channel, traffic: traffic.clone() }));
                    backoff.connected(Instant::now());
                    self.link.set(Ok(()));
                    tracing::info!(queue.name = self.from, "the receiver is connected");
                    let reason = tokio::select! {
                        () = stop.cancelled() => None,
                        reason = self.consume(&wire, &mut consumer, &traffic) => Some(reason),
                    };
                    self.current.set(None);
                    drop(consumer);
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

    async fn connect(&self) -> Result<(Wire, Channel, Consumer), String> {
        let wire = Wire::open(&self.target, "botica receiver").await?;
        let prepare = async {
            topology::declare(&wire, &self.options).await?;
            let channel = wire.channel().await?;
            let consume = async {
                channel.basic_qos(self.options.prefetch, BasicQosOptions::default()).await?;
                // A tag that is used again can leave messages undelivered before RabbitMQ 3.11.23.
                let tag = format!("botica-{}", Uuid::new_v4());
                let options = BasicConsumeOptions::default();
                channel.basic_consume(self.from.as_str().into(), tag.into(), options, FieldTable::default()).await
            };
            let consumer = consume.await.map_err(|error| reason(&error))?;
            Ok((channel, consumer))
        };
        match timeout(self.target.deadline, prepare).await.unwrap_or_else(|_| Err(self.target.silence_of(&self.from))) {
            Ok((channel, consumer)) => Ok((wire, channel, consumer)),
            Err(reason) => {
                tokio::spawn(wire.close());
                Err(reason)
            }
        }
    }

    /// Passes deliveries on until the session is of no more use. Why that is.
    async fn consume(&self, wire: &Wire, consumer: &mut Consumer, traffic: &Traffic) -> String {
        let pass_on = async {
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
        };
        let reason = tokio::select! {
            reason = pass_on => reason,
            reason = self.watch(wire, traffic) => reason,
        };
        // Not known from here on, which is not the same as none.
        self.measure(f64::NAN);
        reason
    }

    /// How many messages nobody holds.
    fn measure(&self, messages: f64) {
        let state = if self.from == self.options.queue { "ready" } else { "dead" };
        metrics::gauge!("botica_queue_messages", "state" => state).set(messages);
    }

    /// Looks now and then whether the broker still has a consumer, and gives it what waits. A connection can be alive
    /// and have none, and a broker that is frozen keeps its connections.
    async fn watch(&self, wire: &Wire, traffic: &Traffic) -> String {
        let every = self.options.watch_every;
        let mut looks = interval_at(Instant::now() + every, every);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // What had been delivered when messages waited although we had room for them.
        let mut waited_at = None;
        loop {
            looks.tick().await;
            let queue = match timeout(self.target.deadline, topology::look(wire, &self.from)).await {
                Ok(Ok(queue)) => queue,
                Ok(Err(reason)) => return reason,
                Err(_) => return self.target.silence_of(&self.from),
            };
            if queue.consumer_count() == 0 {
                return "the broker knows of no consumer".to_owned();
            }
            self.measure(f64::from(queue.message_count()));
            let has_room = traffic.unsettled() < u64::from(self.options.prefetch);
            let waits = (queue.message_count() > 0 && has_room).then(|| traffic.delivered());
            if waits.is_some() && waits == waited_at {
                return "messages wait, and the broker delivers none".to_owned();
            }
            waited_at = waits;
            if waits.is_some() {
                looks.reset_after(every.min(SECOND_LOOK));
            }
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
