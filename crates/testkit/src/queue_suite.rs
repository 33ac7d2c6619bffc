//! The promises of the order queue, one function each. [`queue_suite!`](crate::queue_suite!) makes the
//! tests of one keeper from them.
//!
//! Nothing here sleeps and hopes. That something does *not* come is shown by what comes in its place.

#![allow(clippy::unwrap_used, clippy::expect_used)]
// Each promise's name says what it is.
#![allow(missing_docs)]

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use queue::{Message, ORDER_PLACED, Publish, PublishError, Receive, Received, Tag};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// What a harness limits its queue to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Unacknowledged messages of one receiver.
    pub prefetch: u16,
    /// Messages in the queue, roughly; `None`: more than any test puts in.
    pub capacity: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { prefetch: 200, capacity: None }
    }
}

/// One keeper, as the suite handles it.
#[async_trait]
pub trait Harness: Sized + Send + Sync + 'static {
    /// A fresh and empty queue.
    async fn start(limits: Limits) -> Self;
    /// A publisher of it.
    fn publisher(&self) -> Arc<dyn Publish>;
    /// A receiver of it.
    fn receiver(&self) -> Box<dyn Receive>;
    /// Ends all publishers and receivers as `kill -9` of their process would; only what is durable is
    /// left. Handles got afterwards belong to the process that comes next.
    async fn kill(&mut self);
    /// Puts bytes into the queue behind Botica's back: no id, no type, nothing else.
    async fn put_raw(&self, body: &[u8]);
    /// How many messages wait to be delivered.
    async fn waiting(&self) -> u64;
    /// The end.
    async fn stop(self);
}

/// Longest that anything may take before a test fails: a broker on a busy machine included.
const PATIENCE: Duration = Duration::from_secs(30);

/// A message that can be told from others by its number.
pub fn numbered(number: u32) -> Message {
    Message {
        id: Some(Uuid::new_v4().to_string()),
        kind: Some(ORDER_PLACED.to_owned()),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        body: number.to_string().into(),
    }
}

/// The number of a [`numbered`] message.
pub fn number_of(received: &Received) -> u32 {
    String::from_utf8_lossy(&received.message.body).parse().expect("a numbered message")
}

/// Waits until the publisher reaches its queue.
pub async fn reach(publisher: &Arc<dyn Publish>) {
    timeout(PATIENCE, publisher.link().up()).await.expect("the publisher reaches its queue");
}

/// Publishes, and has the promise.
pub async fn publish(publisher: &Arc<dyn Publish>, message: Message) {
    reach(publisher).await;
    publisher.publish(message).await.expect("the queue takes the message");
}

/// Receives one batch within the test's patience.
pub async fn receive(receiver: &mut Box<dyn Receive>, most: usize) -> Vec<Received> {
    timeout(PATIENCE, receiver.receive(most)).await.expect("a message comes in time").expect("the receiver is open")
}

/// Receives until there are `count`, without acknowledging.
pub async fn collect(receiver: &mut Box<dyn Receive>, count: usize) -> Vec<Received> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(receive(receiver, count - all.len()).await);
    }
    all
}

/// The tags, to acknowledge by.
pub fn tags(received: &[Received]) -> Vec<Tag> {
    received.iter().map(|received| received.tag).collect()
}

async fn ack(receiver: &mut Box<dyn Receive>, received: &[Received]) {
    receiver.ack(&tags(received)).await.expect("the queue takes the acknowledgement");
}

fn numbers(received: &[Received]) -> Vec<u32> {
    received.iter().map(number_of).collect()
}

async fn publish_numbers(publisher: &Arc<dyn Publish>, numbers: std::ops::Range<u32>) {
    for number in numbers {
        publish(publisher, numbered(number)).await;
    }
}

pub async fn what_is_published_is_received_whole<H: Harness>() {
    let harness = H::start(Limits::default()).await;
    let (publisher, mut receiver) = (harness.publisher(), harness.receiver());
    let message = numbered(1);
    publish(&publisher, message.clone()).await;
    let received = collect(&mut receiver, 1).await;
    assert_eq!(received[0].message, message);
    assert_eq!(received[0].redeliveries, 0);
    harness.stop().await;
}

pub async fn a_waiting_receiver_is_woken_by_a_publish<H: Harness>() {
    let harness = H::start(Limits::default()).await;
    let (publisher, mut receiver) = (harness.publisher(), harness.receiver());
    // The first message shows that the receiver is there; then it waits.
    publish(&publisher, numbered(0)).await;
    collect(&mut receiver, 1).await;
    let waiting = tokio::spawn(async move { receive(&mut receiver, 1).await });
    tokio::task::yield_now().await;
    publish(&publisher, numbered(1)).await;
    let confirmed_at = Instant::now();
    assert_eq!(numbers(&waiting.await.unwrap()), [1]);
    assert!(confirmed_at.elapsed() < Duration::from_millis(900), "it came by polling: {:?}", confirmed_at.elapsed());
    harness.stop().await;
}

pub async fn an_order_is_kept_across_a_kill<H: Harness>() {
    let mut harness = H::start(Limits::default()).await;
    publish_numbers(&harness.publisher(), 0..20).await;
    harness.kill().await;
    let mut receiver = harness.receiver();
    assert_eq!(numbers(&collect(&mut receiver, 20).await), (0..20).collect::<Vec<_>>());
    harness.stop().await;
}

pub async fn what_is_acknowledged_is_gone_for_good<H: Harness>() {
    let mut harness = H::start(Limits::default()).await;
    let publisher = harness.publisher();
    publish_numbers(&publisher, 0..5).await;
    let mut receiver = harness.receiver();
    let received = collect(&mut receiver, 5).await;
    ack(&mut receiver, &received[..2]).await;
    // Not in the order of delivery, and with a gap.
    ack(&mut receiver, &[received[4].clone(), received[2].clone()]).await;
    harness.kill().await;
    let mut receiver = harness.receiver();
    let again = collect(&mut receiver, 1).await;
    assert_eq!(numbers(&again), [3]);
    publish(&harness.publisher(), numbered(9)).await;
    assert_eq!(numbers(&collect(&mut receiver, 1).await), [9], "an acknowledged message came again");
    harness.stop().await;
}

pub async fn what_is_published_twice_is_delivered_twice<H: Harness>() {
    let harness = H::start(Limits::default()).await;
    let publisher = harness.publisher();
    let message = numbered(1);
    publish(&publisher, message.clone()).await;
    publish(&publisher, message.clone()).await;
    let mut receiver = harness.receiver();
    for received in collect(&mut receiver, 2).await {
        assert_eq!(received.message, message);
    }
    harness.stop().await;
}

pub async fn a_lost_acknowledgement_brings_the_message_again<H: Harness>() {
    let harness = H::start(Limits::default()).await;
    publish_numbers(&harness.publisher(), 0..3).await;
    for deliveries in 0..4 {
        let mut receiver = harness.receiver();
        let received = collect(&mut receiver, 3).await;
        assert_eq!(numbers(&received), [0, 1, 2]);
        // The count grows with each, so that a message that kills its reader can be told at last.
        for received in received {
            assert_eq!(received.redeliveries, deliveries);
        }
    }
    harness.stop().await;
}

pub async fn the_count_of_deliveries_outlives_a_kill<H: Harness>() {
    let mut harness = H::start(Limits::default()).await;
    publish(&harness.publisher(), numbered(0)).await;
    for deliveries in 0..3 {
        let mut receiver = harness.receiver();
        assert_eq!(collect(&mut receiver, 1).await[0].redeliveries, deliveries);
        harness.kill().await;
    }
    harness.stop().await;
}

pub async fn what_is_given_back_comes_again<H: Harness>() {
    let harness = H::start(Limits::default()).await;
    publish_numbers(&harness.publisher(), 0..3).await;
    let mut receiver = harness.receiver();
    let received = collect(&mut receiver, 3).await;
    receiver.give_back(&tags(&received[1..])).await.unwrap();
    let again = collect(&mut receiver, 2).await;
    assert_eq!(numbers(&again).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([1, 2]));
    assert!(again.iter().all(|received| received.redeliveries >= 1));
    ack(&mut receiver, &received[..1]).await;
    ack(&mut receiver, &again).await;
    publish(&harness.publisher(), numbered(9)).await;
    assert_eq!(numbers(&collect(&mut receiver, 1).await), [9]);
    harness.stop().await;
}

pub async fn bytes_that_nobody_can_read_arrive_unharmed<H: Harness>() {
    let bodies: [Vec<u8>; 6] = [
        Vec::new(),
        vec![0],
        b"{\"version\":1,\0\0".to_vec(),
        vec![0xff, 0xfe, 0xc3, 0x28, 0x80],
        (0..=255).collect(),
        (0..1024 * 1024_u32).map(|index| u8::try_from(index % 251).unwrap_or(0)).collect(),
    ];
    let harness = H::start(Limits::default()).await;
    let publisher = harness.publisher();
    // The publisher first: it makes sure that there is a queue to put raw bytes into.
    for body in &bodies {
        let message = Message { id: None, kind: None, traceparent: None, body: Bytes::from(body.clone()) };
        publish(&publisher, message).await;
    }
    for body in &bodies {
        harness.put_raw(body).await;
    }
    publish(&publisher, numbered(1)).await;
    let mut receiver = harness.receiver();
    let received = collect(&mut receiver, 2 * bodies.len() + 1).await;
    for (received, body) in received.iter().zip(bodies.iter().chain(&bodies)) {
        assert!(received.message.body[..] == body[..], "{} bytes came as {}", body.len(), received.message.body.len());
        assert_eq!(received.message.id, None);
        assert!(received.message.decode().is_err());
    }
    assert_eq!(number_of(&received[12]), 1, "the neighbour is whole");
    ack(&mut receiver, &received).await;
    harness.stop().await;
}

pub async fn a_batch_is_no_larger_than_asked_for<H: Harness>() {
    let harness = H::start(Limits::default()).await;
    publish_numbers(&harness.publisher(), 0..60).await;
    let mut receiver = harness.receiver();
    let (mut calls, mut all) = (0, 0);
    while all < 60 {
        let batch = receive(&mut receiver, 7).await;
        assert!((1..=7).contains(&batch.len()), "{} at once", batch.len());
        all += batch.len();
        calls += 1;
        ack(&mut receiver, &batch).await;
    }
    assert!(calls < 60, "never more than one at once");
    harness.stop().await;
}

pub async fn messages_come_in_the_order_of_their_publishing<H: Harness>() {
    let harness = H::start(Limits { prefetch: 20, capacity: None }).await;
    publish_numbers(&harness.publisher(), 0..100).await;
    let mut receiver = harness.receiver();
    let mut seen = Vec::new();
    while seen.len() < 100 {
        let batch = receive(&mut receiver, 50).await;
        ack(&mut receiver, &batch).await;
        seen.extend(numbers(&batch));
    }
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    harness.stop().await;
}

pub async fn a_receiver_holds_no_more_than_its_prefetch<H: Harness>() {
    let harness = H::start(Limits { prefetch: 10, capacity: None }).await;
    publish_numbers(&harness.publisher(), 0..20).await;
    let mut first = harness.receiver();
    let mut held = Vec::new();
    while held.len() < 10 {
        held.extend(receive(&mut first, 100).await);
    }
    assert_eq!(numbers(&held), (0..10).collect::<Vec<_>>());
    // If the first had taken more than it may, they would not be here for the second.
    let mut second = harness.receiver();
    let rest = collect(&mut second, 10).await;
    assert_eq!(numbers(&rest), (10..20).collect::<Vec<_>>());
    // Room again, as soon as one is acknowledged.
    publish(&harness.publisher(), numbered(20)).await;
    ack(&mut first, &held[..1]).await;
    assert_eq!(numbers(&collect(&mut first, 1).await), [20]);
    harness.stop().await;
}

pub async fn a_full_queue_says_so_and_recovers<H: Harness>() {
    let harness = H::start(Limits { prefetch: 200, capacity: Some(10) }).await;
    let publisher = harness.publisher();
    reach(&publisher).await;
    let mut kept = 0_u32;
    // A broker may let a few more in before it says no.
    let refusal = loop {
        assert!(kept < 100, "it never gets full");
        match publisher.publish(numbered(kept)).await {
            Ok(()) => kept += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(matches!(refusal, PublishError::Full(_)), "{refusal}");
    assert!(kept >= 10, "full with {kept}");
    let mut receiver = harness.receiver();
    let received = collect(&mut receiver, kept as usize).await;
    assert_eq!(numbers(&received), (0..kept).collect::<Vec<_>>(), "what was promised is kept");
    ack(&mut receiver, &received).await;
    let began = Instant::now();
    while let Err(refusal) = publisher.publish(numbered(999)).await {
        assert!(began.elapsed() < PATIENCE, "still full: {refusal}");
    }
    assert_eq!(numbers(&collect(&mut receiver, 1).await), [999]);
    harness.stop().await;
}

pub async fn two_receivers_never_hold_the_same_message<H: Harness>() {
    const COUNT: u32 = 300;
    let harness = H::start(Limits { prefetch: 10, capacity: None }).await;
    publish_numbers(&harness.publisher(), 0..COUNT).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = tokio::task::JoinSet::new();
    for mut receiver in [harness.receiver(), harness.receiver()] {
        let seen = seen.clone();
        tasks.spawn(async move {
            loop {
                let batch = receiver.receive(5).await.unwrap();
                let are_all = {
                    let mut seen = seen.lock().unwrap();
                    seen.extend(numbers(&batch));
                    seen.len() >= COUNT as usize
                };
                ack(&mut receiver, &batch).await;
                if are_all {
                    return;
                }
            }
        });
    }
    // The one that sees the last ends; the other waits for what never comes.
    timeout(PATIENCE, tasks.join_next()).await.expect("all come").unwrap().unwrap();
    tasks.shutdown().await;
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable();
    assert_eq!(seen, (0..COUNT).collect::<Vec<_>>());
    harness.stop().await;
}

pub async fn a_thousand_publishes_at_once_are_all_kept<H: Harness>() {
    const COUNT: u32 = 1000;
    let harness = H::start(Limits::default()).await;
    let publisher = harness.publisher();
    reach(&publisher).await;
    let mut publishes = tokio::task::JoinSet::new();
    for number in 0..COUNT {
        let publisher = publisher.clone();
        publishes.spawn(async move { publisher.publish(numbered(number)).await });
    }
    while let Some(outcome) = publishes.join_next().await {
        outcome.unwrap().expect("each is taken");
    }
    let mut receiver = harness.receiver();
    let mut seen = HashSet::new();
    while seen.len() < COUNT as usize {
        let batch = receive(&mut receiver, 100).await;
        ack(&mut receiver, &batch).await;
        for number in numbers(&batch) {
            assert!(seen.insert(number), "{number} came twice");
        }
    }
    drop(receiver);
    let began = Instant::now();
    while harness.waiting().await > 0 {
        assert!(began.elapsed() < PATIENCE, "{} are left", harness.waiting().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    harness.stop().await;
}

pub async fn a_receive_that_is_given_up_loses_nothing<H: Harness>() {
    const COUNT: usize = 200;
    let harness = H::start(Limits { prefetch: 50, capacity: None }).await;
    let publisher = harness.publisher();
    let publishing = tokio::spawn(async move { publish_numbers(&publisher, 0..COUNT as u32).await });
    let mut receiver = harness.receiver();
    let mut seen = Vec::new();
    let began = Instant::now();
    let mut turn = 0_u64;
    while seen.len() < COUNT {
        assert!(began.elapsed() < PATIENCE, "{} of {COUNT} came", seen.len());
        // Given up at ever another moment: at once, and up to 2 ms later.
        turn += 1;
        let Ok(batch) = timeout(Duration::from_micros(turn * 37 % 2000), receiver.receive(3)).await else { continue };
        let batch = batch.unwrap();
        ack(&mut receiver, &batch).await;
        seen.extend(numbers(&batch));
    }
    assert_eq!(seen, (0..COUNT as u32).collect::<Vec<_>>());
    publishing.await.unwrap();
    harness.stop().await;
}

pub async fn tags_of_an_earlier_session_are_passed_over<H: Harness>() {
    let mut harness = H::start(Limits::default()).await;
    publish_numbers(&harness.publisher(), 0..3).await;
    let mut receiver = harness.receiver();
    let stale = collect(&mut receiver, 3).await;
    harness.kill().await;
    let mut receiver = harness.receiver();
    let fresh = collect(&mut receiver, 3).await;
    receiver.ack(&tags(&stale)).await.expect("passed over");
    receiver.give_back(&tags(&stale)).await.expect("passed over");
    // A fresh one among stale ones counts.
    receiver.ack(&[stale[0].tag, fresh[1].tag, stale[2].tag]).await.unwrap();
    drop(receiver);
    let mut receiver = harness.receiver();
    assert_eq!(numbers(&collect(&mut receiver, 2).await), [0, 2]);
    harness.stop().await;
}

/// Makes one test per promise for the harness of a keeper, in a module of the given name.
///
/// ```ignore
/// testkit::queue_suite!(promises, LocalHarness);
/// ```
#[macro_export]
macro_rules! queue_suite {
    ($name:ident, $harness:ty) => {
        $crate::queue_suite!(@each $name, $harness:
            what_is_published_is_received_whole
            a_waiting_receiver_is_woken_by_a_publish
            an_order_is_kept_across_a_kill
            what_is_acknowledged_is_gone_for_good
            what_is_published_twice_is_delivered_twice
            a_lost_acknowledgement_brings_the_message_again
            the_count_of_deliveries_outlives_a_kill
            what_is_given_back_comes_again
            bytes_that_nobody_can_read_arrive_unharmed
            a_batch_is_no_larger_than_asked_for
            messages_come_in_the_order_of_their_publishing
            a_receiver_holds_no_more_than_its_prefetch
            a_full_queue_says_so_and_recovers
            two_receivers_never_hold_the_same_message
            a_thousand_publishes_at_once_are_all_kept
            a_receive_that_is_given_up_loses_nothing
            tags_of_an_earlier_session_are_passed_over
        );
    };
    (@each $name:ident, $harness:ty: $($promise:ident)+) => {
        mod $name {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    $crate::queue_suite::$promise::<$harness>().await;
                }
            )+
        }
    };
}
