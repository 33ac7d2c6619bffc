//! Publishing with confirms.
//!
//! One task owns the channel. Publishes run on it at once, up to a window, and no one waits for another's
//! confirm. A publish whose connection is lost is sent again on the next, within its deadline: twice in
//! the queue is harmless.

mod flights;

use std::{
    collections::VecDeque,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{FutureExt, Stream, StreamExt};
use lapin::{Channel, Event, options::ConfirmSelectOptions};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use self::flights::Flights;
use super::{
    RabbitOptions, RabbitQueue,
    connection::{Backoff, Target, Wire, reason},
    topology,
};
use crate::{Link, LinkKeeper, Message, Publish, PublishError, measure};

/// Unconfirmed publishes at most. A broker that confirms fewer than 500 in a second is in trouble, and
/// those that wait would only pass their deadline on the wire instead of here.
const WINDOW: usize = 1000;

/// A message that ends its channel each time must not do so for ever: others share it.
const TRIES: u32 = 5;

/// Puts messages into the queue. Cheap to clone; ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct RabbitPublisher {
    orders: mpsc::Sender<Publishing>,
    deadline: Duration,
    link: Link,
}

#[async_trait]
impl Publish for RabbitPublisher {
    async fn publish(&self, message: Message) -> Result<(), PublishError> {
        let began = Instant::now();
        let deadline = began + self.deadline;
        let (reply, answer) = oneshot::channel();
        let publishing = Publishing { message: Arc::new(message), deadline, tries: 0, reply };
        let closed = || Err(PublishError::Unavailable(CLOSED.to_owned()));
        let mut is_handed_over = false;
        let handed_over = async {
            if self.orders.send(publishing).await.is_err() {
                return closed();
            }
            is_handed_over = true;
            answer.await.unwrap_or_else(|_| closed())
        };
        let outcome = match timeout_at(deadline, handed_over).await {
            Ok(outcome) => outcome,
            Err(_) if is_handed_over => Err(PublishError::Unconfirmed),
            Err(_) => Err(PublishError::Unavailable("too much waits for the broker".to_owned())),
        };
        measure::published("rabbitmq", began.into_std(), &outcome);
        outcome
    }

    fn link(&self) -> Link {
        self.link.clone()
    }
}

const CLOSED: &str = "the publisher was closed";

#[derive(Debug)]
struct Publishing {
    message: Arc<Message>,
    deadline: Instant,
    tries: u32,
    reply: oneshot::Sender<Result<(), PublishError>>,
}

impl Publishing {
    fn answer(self, outcome: Result<(), PublishError>) {
        let _ = self.reply.send(outcome);
    }
}

pub(super) fn start(queue: &RabbitQueue) -> RabbitPublisher {
    let (orders, incoming) = mpsc::channel(WINDOW);
    let (keeper, link) = LinkKeeper::down("not connected yet");
    let supervisor = Supervisor {
        options: queue.options.clone(),
        target: queue.target.clone(),
        stop: queue.stop.clone(),
        incoming,
        link: keeper,
        waiting: VecDeque::new(),
        failure: None,
    };
    queue.tasks.spawn(supervisor.run());
    RabbitPublisher { orders, deadline: queue.options.deadline, link }
}

struct Supervisor {
    options: RabbitOptions,
    target: Target,
    stop: CancellationToken,
    incoming: mpsc::Receiver<Publishing>,
    link: LinkKeeper,
    /// To be sent, or sent again, on the next connection; oldest first.
    waiting: VecDeque<Publishing>,
    /// Why the last try to connect failed. While it stands, publishes are refused at once: whoever
    /// publishes has somewhere else to put the order, and must not wait for each.
    failure: Option<String>,
}

/// Why a connection is used no longer.
enum End {
    Stopped,
    Lost(String),
}

impl Supervisor {
    async fn run(mut self) {
        let mut backoff = Backoff::new();
        loop {
            let (target, options) = (self.target.clone(), self.options.clone());
            let Some(connected) = self.answering(connect(&target, &options)).await else { break };
            let reason = match connected {
                Err(reason) => {
                    self.fail(&reason);
                    reason
                }
                Ok(mut session) => {
                    self.failure = None;
                    backoff.connected(Instant::now());
                    self.link.set(Ok(()));
                    tracing::info!(queue.name = self.options.queue, "the publisher is connected");
                    let end = self.serve(&mut session).await;
                    let closing = tokio::spawn(session.wire.close());
                    match end {
                        End::Stopped => {
                            let _ = closing.await;
                            break;
                        }
                        End::Lost(reason) => {
                            tracing::warn!(queue.name = self.options.queue, reason, "the publisher was cut off");
                            reason
                        }
                    }
                }
            };
            self.link.set(Err(reason));
            if self.answering(sleep(backoff.pause(Instant::now()))).await.is_none() {
                break;
            }
        }
        self.link.set(Err("closed".to_owned()));
    }

    /// A try to connect has failed.
    fn fail(&mut self, reason: &str) {
        if self.failure.as_deref() != Some(reason) {
            tracing::warn!(queue.name = self.options.queue, reason, "the publisher can't connect");
        }
        for publishing in self.waiting.drain(..) {
            publishing.answer(Err(PublishError::Unavailable(reason.to_owned())));
        }
        self.failure = Some(reason.to_owned());
    }

    /// Waits for `work` while publishes come in. `None` when it is time to end.
    async fn answering<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let stop = self.stop.clone();
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                done = &mut work => return Some(done),
                publishing = self.incoming.recv(), if self.waiting.len() < WINDOW => match (publishing?, &self.failure) {
                    (publishing, Some(reason)) => publishing.answer(Err(PublishError::Unavailable(reason.clone()))),
                    (publishing, None) => self.waiting.push_back(publishing),
                },
            }
        }
    }

    /// Publishes on one connection until it is of no more use. What is then unanswered waits for the next.
    async fn serve(&mut self, session: &mut Session) -> End {
        let mut flights = Flights::default();
        let end = self.fly(session, &mut flights).await;
        for (_, flight) in flights.aloft.into_iter().rev() {
            self.waiting.push_front(flight.publishing);
        }
        end
    }

    async fn fly(&mut self, session: &mut Session, flights: &mut Flights) -> End {
        let stop = self.stop.clone();
        let queue = self.options.queue.clone();
        let mut is_ending = false;
        let mut alarm = None;
        // One clock for all flights, set anew only when it rings.
        let mut clock = pin!(sleep(self.options.deadline));
        loop {
            if is_ending && flights.aloft.is_empty() {
                return End::Stopped;
            }
            tokio::select! {
                biased;
                Some(landed) = flights.running.next() => {
                    if let Some(reason) = flights.land(landed) {
                        return End::Lost(reason);
                    }
                }
                () = clock.as_mut() => {
                    // In an alarm a new channel would fare no better.
                    if flights.give_up_overdue(Instant::now()) && alarm.is_none() {
                        return End::Lost("the broker did not confirm in time".to_owned());
                    }
                    let next = flights.next_due().unwrap_or_else(|| Instant::now() + self.options.deadline);
                    clock.as_mut().reset(next);
                }
                event = session.events.next() => match event {
                    Some(Event::ConnectionBlocked(reason)) => {
                        tracing::warn!(queue.name = queue, reason, "the broker is in alarm");
                        let reason = format!("the broker is in alarm: {reason}");
                        self.link.set(Err(reason.clone()));
                        alarm = Some(reason);
                    }
                    Some(Event::ConnectionUnblocked) => {
                        tracing::info!(queue.name = queue, "the broker's alarm is over");
                        self.link.set(Ok(()));
                        alarm = None;
                    }
                    Some(Event::Error(error)) => return End::Lost(reason(&error)),
                    Some(_) => {}
                    None => return End::Lost("the connection was lost".to_owned()),
                },
                () = stop.cancelled(), if !is_ending => is_ending = true,
                publishing = next(&mut self.waiting, &mut self.incoming), if !is_ending && flights.aloft.len() < WINDOW => {
                    match (publishing, &alarm) {
                        (None, _) => is_ending = true,
                        // Such a message would lie in a buffer of ours until the alarm is over.
                        (Some(publishing), Some(reason)) => publishing.answer(Err(PublishError::Full(reason.clone()))),
                        (Some(publishing), None) => flights.take_off(publishing, &session.channel, &queue, self.options.deadline),
                    }
                }
            }
        }
    }
}

async fn next(waiting: &mut VecDeque<Publishing>, incoming: &mut mpsc::Receiver<Publishing>) -> Option<Publishing> {
    match waiting.pop_front() {
        Some(publishing) => Some(publishing),
        None => incoming.recv().await,
    }
}

struct Session {
    wire: Wire,
    channel: Channel,
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
}

async fn connect(target: &Target, options: &RabbitOptions) -> Result<Session, String> {
    let wire = Wire::open(target, "botica publisher").await?;
    let mut events = wire.events();
    let prepare = async {
        let is_new = topology::declare(&wire, options).await?;
        let channel = wire.channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(|error| reason(&error))?;
        Ok((channel, is_new))
    };
    match timeout(target.deadline, prepare).await.unwrap_or_else(|_| Err(target.silence_of(&options.queue))) {
        Ok((channel, is_new)) => {
            if is_new {
                sleep(options.settling).await;
                // What has come so far tells that the look did not find the queue.
                while let Some(Some(_)) = events.next().now_or_never() {}
                if !wire.is_up() {
                    return Err("the connection was lost".to_owned());
                }
            }
            Ok(Session { wire, channel, events })
        }
        Err(reason) => {
            tokio::spawn(wire.close());
            Err(reason)
        }
    }
}
