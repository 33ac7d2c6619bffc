//! A publisher whose broker goes away, with a spool to stand in for it.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use queue::{
    Publish, Receive, Spool,
    local::{LocalOptions, LocalQueue},
    rabbitmq::{RabbitOptions, RabbitQueue},
};
use testkit::{
    broker::PrivateBroker,
    queue_suite::{collect, number_of, numbered, publish, tags},
    services::FreshQueue,
};
use tokio_util::sync::CancellationToken;

use super::faults::{ANSWER, BACK, options, queue_at, relayed, up};

/// A publisher process: its connection, and its spool in a folder that outlives it.
struct Spooling {
    rabbit: RabbitQueue,
    spool: Spool,
    publisher: Arc<dyn Publish>,
    stop: CancellationToken,
}

impl Spooling {
    async fn start(rabbit: RabbitQueue, folder: &Path) -> Spooling {
        let options = LocalOptions { is_exclusive: true, ..LocalOptions::default() };
        let kept = LocalQueue::open(&folder.join("spool.db"), options).await.unwrap();
        let spool = Spool::new(Arc::new(rabbit.publisher()), kept);
        let stop = CancellationToken::new();
        tokio::spawn(spool.clone().forward(stop.clone()));
        Spooling { rabbit, publisher: Arc::new(spool.clone()), spool, stop }
    }

    async fn connected(&self) {
        let began = Instant::now();
        while let Some(reason) = self.spool.trouble() {
            assert!(began.elapsed() < BACK, "{reason}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn cut_off(&self) {
        let began = Instant::now();
        while self.spool.trouble().is_none() {
            assert!(began.elapsed() < BACK, "the broker is not missed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn waiting(&self) -> u64 {
        self.spool.depth().await.unwrap().messages
    }

    async fn drained(&self) {
        let began = Instant::now();
        while self.waiting().await > 0 {
            assert!(began.elapsed() < BACK, "{} wait", self.waiting().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Publishes all at once; each is accepted within the promised time.
    async fn accepts(&self, numbers: std::ops::Range<u32>) {
        let accepted = numbers.map(|number| async move {
            let began = Instant::now();
            self.publisher.publish(numbered(number)).await.unwrap();
            assert!(began.elapsed() < ANSWER, "answered after {:?}", began.elapsed());
        });
        futures_util::future::join_all(accepted).await;
    }
}

impl Drop for Spooling {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Receives until each of these has come; more than once is harmless.
async fn each_comes(receiver: &mut Box<dyn Receive>, numbers: std::ops::Range<u32>) {
    let mut missing: std::collections::BTreeSet<u32> = numbers.collect();
    while !missing.is_empty() {
        let received = collect(receiver, 1).await;
        receiver.ack(&tags(&received)).await.unwrap();
        for received in &received {
            missing.remove(&number_of(received));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_broker_dead_orders_are_taken_at_once_and_forwarded_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut private = PrivateBroker::start().await.unwrap();
    let fresh = FreshQueue::on(&private.url());
    // The queue outlives the kill only if the broker has written its name down.
    let settled = RabbitOptions { settling: RabbitOptions::new("").settling, ..options(&fresh) };
    let publisher = Spooling::start(RabbitQueue::new(settled).unwrap(), folder.path()).await;
    publisher.connected().await;
    publisher.accepts(0..1).await;
    assert_eq!(publisher.waiting().await, 0, "while the broker is there nothing is spooled");
    private.kill();
    publisher.cut_off().await;
    for number in 1..=300 {
        let began = Instant::now();
        publisher.publisher.publish(numbered(number)).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(1), "known to be away, it took {:?}", began.elapsed());
    }
    assert_eq!(publisher.waiting().await, 300);
    assert!(publisher.spool.depth().await.unwrap().oldest.is_some());
    private.restart().await.unwrap();
    publisher.connected().await;
    publisher.drained().await;
    let mut receiver: Box<dyn Receive> = Box::new(publisher.rabbit.receiver());
    let mut numbers = Vec::new();
    while numbers.len() < 301 {
        let received = collect(&mut receiver, 1).await;
        receiver.ack(&tags(&received)).await.unwrap();
        numbers.extend(received.iter().map(number_of));
    }
    assert_eq!(numbers, (0..=300).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_broker_frozen_or_in_alarm_orders_are_taken_in_time_and_forwarded() {
    let folder = tempfile::tempdir().unwrap();
    let private = PrivateBroker::start().await.unwrap();
    let fresh = FreshQueue::on(&private.url());
    let publisher = Spooling::start(RabbitQueue::new(options(&fresh)).unwrap(), folder.path()).await;
    publisher.connected().await;
    let mut receiver: Box<dyn Receive> = Box::new(publisher.rabbit.receiver());
    private.freeze().unwrap();
    publisher.accepts(0..50).await;
    publisher.accepts(50..100).await;
    private.thaw().unwrap();
    publisher.connected().await;
    publisher.drained().await;
    each_comes(&mut receiver, 0..100).await;

    private.alarm(true).await.unwrap();
    // The broker tells of its alarm when the first is published.
    publisher.accepts(100..101).await;
    publisher.accepts(101..300).await;
    assert!(publisher.spool.trouble().unwrap().contains("alarm"));
    assert!(publisher.waiting().await >= 199);
    private.alarm(false).await.unwrap();
    publisher.connected().await;
    publisher.drained().await;
    each_comes(&mut receiver, 100..300).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_connection_half_open_orders_are_taken_in_time_and_forwarded() {
    let folder = tempfile::tempdir().unwrap();
    let (relay, url) = relayed().await;
    let fresh = FreshQueue::new();
    let publisher = Spooling::start(queue_at(&fresh, &url), folder.path()).await;
    publisher.connected().await;
    relay.hold();
    publisher.accepts(0..50).await;
    publisher.accepts(50..100).await;
    assert_eq!(publisher.waiting().await, 100);
    // What was on the way is lost with the connection.
    relay.cut();
    relay.release();
    publisher.connected().await;
    publisher.drained().await;
    let mut receiver: Box<dyn Receive> = Box::new(publisher.rabbit.receiver());
    up(&receiver.link(), BACK).await;
    each_comes(&mut receiver, 0..100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_process_spooled_is_forwarded() {
    let folder = tempfile::tempdir().unwrap();
    let kept = LocalQueue::open(&folder.path().join("spool.db"), LocalOptions::default()).await.unwrap();
    publish(&(Arc::new(kept.publisher()) as Arc<dyn Publish>), numbered(7)).await;
    kept.close().await;
    let fresh = FreshQueue::new();
    let publisher = Spooling::start(RabbitQueue::new(options(&fresh)).unwrap(), folder.path()).await;
    let mut receiver: Box<dyn Receive> = Box::new(publisher.rabbit.receiver());
    each_comes(&mut receiver, 7..8).await;
    publisher.drained().await;
}
