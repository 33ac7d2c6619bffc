//! Receiving with acknowledgements.
//!
//! A supervisor in the background holds the connection and the consumer, so that a `receive` that is given
//! up disturbs nothing. Each subscription is a session; what came in an earlier one comes again.

mod supervisor;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use lapin::{
    Channel,
    options::{BasicAckOptions, BasicNackOptions},
};
use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;

use self::supervisor::Supervisor;
use super::{RabbitQueue, connection::reason};
use crate::{Link, LinkKeeper, Receive, ReceiveError, Received, Tag, measure};

/// Takes messages out of one queue.
#[derive(Debug)]
pub struct RabbitReceiver {
    /// Filled by the supervisor. It holds no more than the prefetch of each session.
    deliveries: mpsc::UnboundedReceiver<Received>,
    current: Current,
    /// Tags of the session that were returned and not settled yet.
    held: Held,
    deadline: Duration,
    link: Link,
    /// Ends the supervisor with the receiver.
    _stop: tokio_util::sync::DropGuard,
}

/// The session that runs now.
#[derive(Clone, Debug, Default)]
struct Current(Arc<Mutex<Option<Session>>>);

impl Current {
    fn set(&self, session: Option<Session>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }

    fn get(&self) -> Option<Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is(&self, number: u64) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|current| current.number == number)
    }
}

/// From one subscribing to the next.
#[derive(Clone, Debug)]
struct Session {
    number: u64,
    /// Where its acknowledgements go.
    channel: Channel,
    traffic: Arc<Traffic>,
}

/// How many messages have come and gone in a session.
#[derive(Debug, Default)]
struct Traffic {
    delivered: AtomicU64,
    settled: AtomicU64,
}

impl Traffic {
    fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Whether nothing has come since there were `delivered`, and nothing is held.
    fn is_quiet_since(&self, delivered: u64) -> bool {
        self.delivered() == delivered && self.settled.load(Ordering::Relaxed) >= delivered
    }
}

#[derive(Debug, Default)]
struct Held {
    session: u64,
    tags: BTreeSet<u64>,
}

impl Held {
    fn add(&mut self, tag: Tag) {
        if self.session != tag.session {
            *self = Held { session: tag.session, tags: BTreeSet::new() };
        }
        self.tags.insert(tag.number);
    }

    /// Takes those of `tags` that are held in `session` out, as the last of a run from the beginning, which
    /// one frame settles, and the others, which need one each.
    fn settle(&mut self, session: u64, tags: &[Tag]) -> (Option<u64>, Vec<u64>) {
        if self.session != session {
            return (None, Vec::new());
        }
        let mut settled: BTreeSet<u64> =
            tags.iter().filter(|tag| tag.session == session).map(|tag| tag.number).collect();
        settled.retain(|tag| self.tags.contains(tag));
        let mut last_of_run = None;
        while let Some(&first) = self.tags.first()
            && settled.remove(&first)
        {
            self.tags.remove(&first);
            last_of_run = Some(first);
        }
        for tag in &settled {
            self.tags.remove(tag);
        }
        (last_of_run, settled.into_iter().collect())
    }
}

impl RabbitReceiver {
    async fn settle<F>(&mut self, tags: &[Tag], say: impl Fn(Channel, u64, bool) -> F) -> Result<usize, ReceiveError>
    where
        F: Future<Output = lapin::Result<()>> + Send,
    {
        let Some(Session { number, channel, traffic }) = self.current.get() else {
            // Whatever these tags meant comes again.
            return Ok(0);
        };
        let before = self.held.tags.len();
        let (run, singles) = self.held.settle(number, tags);
        let count = before - self.held.tags.len();
        // No wait between taking the tags out and the first poll, which hands all frames over: a future that
        // is dropped later leaves nothing half said.
        let run = run.map(|tag| say(channel.clone(), tag, true));
        let singles = singles.into_iter().map(|tag| say(channel.clone(), tag, false));
        let said = timeout(self.deadline, try_join_all(run.into_iter().chain(singles))).await;
        // Also where that failed: these are not held any more, and nobody settles them again.
        traffic.settled.fetch_add(count as u64, Ordering::Relaxed);
        match said {
            Ok(Ok(_)) => Ok(count),
            Ok(Err(error)) => Err(ReceiveError::Unavailable(reason(&error))),
            Err(_) => Err(ReceiveError::Unavailable("the broker does not take the acknowledgement".to_owned())),
        }
    }

    /// Passes over what an ended session left in the buffer: it comes again.
    fn fresh(&mut self, received: Received) -> Option<Received> {
        self.current.is(received.tag.session).then(|| {
            self.held.add(received.tag);
            received
        })
    }
}

#[async_trait]
impl Receive for RabbitReceiver {
    async fn receive(&mut self, most: usize) -> Result<Vec<Received>, ReceiveError> {
        let mut batch = Vec::new();
        while batch.is_empty() {
            // The only wait. Nothing has been taken yet when it is given up.
            let received = self.deliveries.recv().await.ok_or(ReceiveError::Closed)?;
            batch.extend(self.fresh(received));
            while batch.len() < most
                && let Ok(received) = self.deliveries.try_recv()
            {
                batch.extend(self.fresh(received));
            }
        }
        measure::received("rabbitmq", &batch);
        Ok(batch)
    }

    async fn ack(&mut self, tags: &[Tag]) -> Result<(), ReceiveError> {
        let say = async |channel: Channel, tag, multiple| channel.basic_ack(tag, BasicAckOptions { multiple }).await;
        let count = self.settle(tags, say).await?;
        measure::acknowledged("rabbitmq", count);
        Ok(())
    }

    async fn give_back(&mut self, tags: &[Tag]) -> Result<(), ReceiveError> {
        let say = async |channel: Channel, tag, multiple| {
            channel.basic_nack(tag, BasicNackOptions { multiple, requeue: true }).await
        };
        self.settle(tags, say).await.map(drop)
    }

    fn link(&self) -> Link {
        self.link.clone()
    }
}

pub(super) fn start(queue: &RabbitQueue, from: String) -> RabbitReceiver {
    let (deliver, deliveries) = mpsc::unbounded_channel();
    let (keeper, link) = LinkKeeper::down("not connected yet");
    let current = Current::default();
    let stop = queue.stop.child_token();
    let supervisor = Supervisor {
        options: queue.options.clone(),
        target: queue.target.clone(),
        from,
        stop: stop.clone(),
        deliver,
        current: current.clone(),
        link: keeper,
        // By chance, so that no tag of an earlier receiver fits.
        session: Uuid::new_v4().as_u64_pair().1 >> 1,
    };
    queue.tasks.spawn(supervisor.run());
    RabbitReceiver {
        deliveries,
        current,
        held: Held::default(),
        deadline: queue.options.deadline,
        link,
        _stop: stop.drop_guard(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(numbers: impl IntoIterator<Item = u64>) -> Held {
        let mut held = Held::default();
        for number in numbers {
            held.add(Tag { session: 1, number });
        }
        held
    }

    fn tags(numbers: &[u64]) -> Vec<Tag> {
        numbers.iter().map(|&number| Tag { session: 1, number }).collect()
    }

    #[test]
    fn a_run_from_the_beginning_is_settled_at_once_and_the_rest_one_by_one() {
        let mut held = held(1..=8);
        assert_eq!(held.settle(1, &tags(&[3, 1, 2, 5])), (Some(3), vec![5]));
        // 4 is still held: nothing may be settled with a run across it.
        assert_eq!(held.settle(1, &tags(&[6, 7])), (None, vec![6, 7]));
        assert_eq!(held.settle(1, &tags(&[4, 8])), (Some(8), vec![]));
    }

    #[test]
    fn what_is_not_held_is_passed_over() {
        let mut held = held(1..=3);
        assert_eq!(held.settle(1, &tags(&[9, 1])), (Some(1), vec![]));
        assert_eq!(held.settle(1, &tags(&[1])), (None, vec![]), "twice");
        assert_eq!(held.settle(2, &tags(&[2])), (None, vec![]), "another session");
        assert_eq!(held.settle(1, &[Tag { session: 7, number: 2 }]), (None, vec![]));
        held.add(Tag { session: 2, number: 1 });
        assert_eq!(held.settle(2, &tags(&[2, 3])), (None, vec![]), "the session before");
    }
}
