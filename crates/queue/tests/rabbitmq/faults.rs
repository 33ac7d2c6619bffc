//! Brokers that die, freeze, raise alarms and cut connections.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use lapin::{
    Connection, ConnectionProperties,
    options::{BasicGetOptions, BasicRejectOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};
use queue::{
    Link, Publish, PublishError, Receive,
    rabbitmq::{Depth, RabbitOptions, RabbitQueue},
};
use testkit::{
    broker::PrivateBroker,
    queue_suite::{collect, number_of, numbered, publish, tags},
    relay::Relay,
    services::{FreshQueue, amqp_url},
};
use tokio::time::timeout;
use url::Url;

/// Longest that a publish may take to be answered, whatever the broker does.
pub(super) const ANSWER: Duration = Duration::from_secs(3);

/// Longest until a receiver consumes again.
pub(super) const BACK: Duration = Duration::from_secs(10);

fn handles(queue: &RabbitQueue) -> (Arc<dyn Publish>, Box<dyn Receive>) {
    (Arc::new(queue.publisher()), Box::new(queue.receiver()))
}

pub(super) fn options(broker: &FreshQueue) -> RabbitOptions {
    RabbitOptions {
        queue: broker.name().to_owned(),
        watch_every: Duration::from_secs(1),
        // Only who kills the broker needs queues that have settled.
        settling: Duration::ZERO,
        ..RabbitOptions::new(broker.url())
    }
}

fn queue(broker: &FreshQueue) -> RabbitQueue {
    RabbitQueue::new(options(broker)).unwrap()
}

pub(super) fn queue_at(broker: &FreshQueue, url: &str) -> RabbitQueue {
    RabbitQueue::new(RabbitOptions { url: url.to_owned(), ..options(broker) }).unwrap()
}

/// For tests in which a publish must succeed, however busy the machine is, and nobody may be helped by the
/// watchdog.
fn patient(broker: &FreshQueue) -> RabbitQueue {
    let (deadline, watch_every) = (Duration::from_secs(10), Duration::from_secs(60));
    RabbitQueue::new(RabbitOptions { deadline, watch_every, ..options(broker) }).unwrap()
}

/// The URL of the run's broker, through a relay.
pub(super) async fn relayed() -> (Relay, String) {
    let mut url = Url::parse(&amqp_url()).unwrap();
    let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5672));
    let relay = Relay::start(target).await.unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(relay.address().port())).unwrap();
    (relay, url.into())
}

async fn down(link: &Link) -> String {
    let began = Instant::now();
    loop {
        if let Err(reason) = link.check() {
            return reason;
        }
        assert!(began.elapsed() < BACK, "the link stays up");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) async fn up(link: &Link, within: Duration) {
    timeout(within, link.clone().up()).await.unwrap_or_else(|_| panic!("still down: {:?}", link.check()));
}

/// Publishes until it is taken, as a client does that retries.
async fn insist(publisher: &Arc<dyn Publish>, number: u32) {
    let began = Instant::now();
    while let Err(error) = publisher.publish(numbered(number)).await {
        assert!(began.elapsed() < Duration::from_secs(60), "never taken: {error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Publishes, and is answered in time with a no.
async fn refused(publisher: &Arc<dyn Publish>) -> PublishError {
    let began = Instant::now();
    let refusal = publisher.publish(numbered(0)).await.expect_err("a promise that nobody made");
    assert!(began.elapsed() < ANSWER, "answered after {:?}", began.elapsed());
    refusal
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_outlives_a_kill_of_the_broker() {
    let mut private = PrivateBroker::start().await.unwrap();
    let fresh = FreshQueue::on(&private.url());
    let settled = RabbitOptions { settling: RabbitOptions::new("").settling, ..options(&fresh) };
    let queue = RabbitQueue::new(settled).unwrap();
    // The publisher makes the queue, and takes nothing before the broker has written its name down.
    let publisher: Arc<dyn Publish> = Arc::new(queue.publisher());
    insist(&publisher, 9998).await;
    let mut receiver: Box<dyn Receive> = Box::new(queue.receiver());
    let confirmed = Arc::new(Mutex::new(HashSet::new()));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..8 {
        let (publisher, confirmed) = (publisher.clone(), confirmed.clone());
        clients.spawn(async move {
            for number in (client * 1000)..(client * 1000 + 500) {
                if publisher.publish(numbered(number)).await.is_err() {
                    return;
                }
                confirmed.lock().unwrap().insert(number);
            }
        });
    }
    // In the midst of it.
    while confirmed.lock().unwrap().len() < 300 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    private.kill();
    assert!(down(&publisher.link()).await.contains("connect"), "{:?}", publisher.link().check());
    assert!(matches!(refused(&publisher).await, PublishError::Unavailable(_)));
    clients.join_all().await;
    private.restart().await.unwrap();
    up(&publisher.link(), BACK).await;
    up(&receiver.link(), BACK).await;
    insist(&publisher, 9999).await;
    let mut confirmed = confirmed.lock().unwrap().clone();
    confirmed.extend([9998, 9999]);
    let mut seen = HashSet::new();
    while !confirmed.is_subset(&seen) {
        let missing = confirmed.difference(&seen).count();
        let batch =
            timeout(BACK, receiver.receive(100)).await.unwrap_or_else(|_| panic!("{missing} are lost")).unwrap();
        receiver.ack(&tags(&batch)).await.unwrap();
        seen.extend(batch.iter().map(number_of));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_broker_is_answered_for_in_time_and_used_again() {
    let private = PrivateBroker::start().await.unwrap();
    let fresh = FreshQueue::on(&private.url());
    let queue = queue(&fresh);
    let (publisher, mut receiver) = handles(&queue);
    publish(&publisher, numbered(1)).await;
    collect(&mut receiver, 1).await;
    private.freeze().unwrap();
    let refusals = futures_util::future::join_all((0..50).map(|_| refused(&publisher))).await;
    assert!(refusals.iter().any(|refusal| matches!(refusal, PublishError::Unconfirmed)));
    assert!(down(&receiver.link()).await.contains("does not answer"), "{:?}", receiver.link().check());
    // Once it is known to be away, nobody waits for it.
    while !matches!(refused(&publisher).await, PublishError::Unavailable(reason) if reason.contains("does not answer"))
    {
    }
    let began = Instant::now();
    refused(&publisher).await;
    assert!(began.elapsed() < Duration::from_millis(500));
    private.thaw().unwrap();
    up(&publisher.link(), BACK).await;
    up(&receiver.link(), BACK).await;
    insist(&publisher, 2).await;
    while number_of(&collect(&mut receiver, 1).await[0]) != 2 {}
    // Its connections closed from its side.
    private.close_connections().await.unwrap();
    insist(&publisher, 3).await;
    let began = Instant::now();
    while number_of(&collect(&mut receiver, 1).await[0]) != 3 {}
    assert!(began.elapsed() < BACK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_answered_for_in_time_and_outlived() {
    let private = PrivateBroker::start().await.unwrap();
    let fresh = FreshQueue::on(&private.url());
    let queue = queue(&fresh);
    let (publisher, mut receiver) = handles(&queue);
    publish(&publisher, numbered(1)).await;
    private.alarm(true).await.unwrap();
    // The broker tells of its alarm when the first is published.
    assert!(matches!(refused(&publisher).await, PublishError::Unconfirmed | PublishError::Full(_)));
    let began = Instant::now();
    let refusal = refused(&publisher).await;
    assert!(matches!(&refusal, PublishError::Full(reason) if reason.contains("alarm")), "{refusal}");
    assert!(began.elapsed() < Duration::from_millis(500), "once it is known nobody waits");
    // Emptying the queue goes on.
    let received = collect(&mut receiver, 1).await;
    receiver.ack(&tags(&received)).await.unwrap();
    private.alarm(false).await.unwrap();
    up(&publisher.link(), BACK).await;
    insist(&publisher, 2).await;
    while number_of(&collect(&mut receiver, 1).await[0]) != 2 {}
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_deleted_under_load_is_declared_again() {
    let fresh = FreshQueue::new();
    let queue = patient(&fresh);
    let (publisher, mut receiver) = handles(&queue);
    publish(&publisher, numbered(0)).await;
    collect(&mut receiver, 1).await;
    fresh.delete().await.unwrap();
    // Unroutable first; the publisher makes the queue itself.
    publish(&publisher, numbered(1)).await;
    let began = Instant::now();
    assert_eq!(number_of(&collect(&mut receiver, 1).await[0]), 1);
    assert!(began.elapsed() < BACK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_another_makes_anew_at_once_is_consumed() {
    let fresh = FreshQueue::new();
    let queue = queue(&fresh);
    let (publisher, mut receiver) = handles(&queue);
    let connection = Connection::connect(fresh.url(), ConnectionProperties::default()).await.unwrap();
    for number in 0..5 {
        publish(&publisher, numbered(number)).await;
        let received = collect(&mut receiver, 1).await;
        assert_eq!(number_of(&received[0]), number);
        receiver.ack(&tags(&received)).await.unwrap();
        // Together in one packet, so that nothing comes between them.
        let channel = connection.create_channel().await.unwrap();
        let (deleted, declared) = tokio::join!(
            channel.queue_delete(fresh.name().into(), QueueDeleteOptions::default()),
            channel.queue_declare(fresh.name().into(), QueueDeclareOptions::durable(), arguments(&fresh)),
        );
        deleted.unwrap();
        declared.unwrap();
    }
}

/// Those that an order queue is declared with.
fn arguments(queue: &FreshQueue) -> FieldTable {
    let text = |text: &str| AMQPValue::LongString(text.into());
    FieldTable::from(BTreeMap::from([
        ("x-queue-type".into(), text("quorum")),
        ("x-delivery-limit".into(), AMQPValue::LongInt(1000)),
        ("x-dead-letter-exchange".into(), text("")),
        ("x-dead-letter-routing-key".into(), text(&format!("{}.dead", queue.name()))),
        ("x-dead-letter-strategy".into(), text("at-least-once")),
        ("x-overflow".into(), text("reject-publish")),
    ]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_makes_a_deleted_queue_again_with_nobody_consuming() {
    let fresh = FreshQueue::new();
    let queue = patient(&fresh);
    let publisher: Arc<dyn Publish> = Arc::new(queue.publisher());
    publish(&publisher, numbered(0)).await;
    fresh.delete().await.unwrap();
    let publishes = (1..=100).map(|number| publish(&publisher, numbered(number)));
    futures_util::future::join_all(publishes).await;
    let mut receiver: Box<dyn Receive> = Box::new(queue.receiver());
    let mut seen = HashSet::new();
    while seen.len() < 100 {
        seen.extend(collect(&mut receiver, 1).await.iter().map(number_of));
    }
    assert_eq!(seen, (1..=100).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_connections_are_cut_again_and_again() {
    const COUNT: u32 = 300;
    let (relay, url) = relayed().await;
    let fresh = FreshQueue::new();
    let queue = queue_at(&fresh, &url);
    let (publisher, mut receiver) = handles(&queue);
    // Several clients, so that each cut meets some on the way.
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..10 {
        let publisher = publisher.clone();
        clients.spawn(async move {
            // Not faster than the cuts come.
            let mut pace = tokio::time::interval(Duration::from_millis(50));
            for number in (client..COUNT).step_by(10) {
                pace.tick().await;
                insist(&publisher, number).await;
            }
        });
    }
    let mut seen = HashSet::new();
    let mut cuts = 0;
    let mut cut = tokio::time::interval(Duration::from_millis(250));
    let began = Instant::now();
    while seen.len() < COUNT as usize {
        assert!(began.elapsed() < Duration::from_secs(30), "{} of {COUNT} came", seen.len());
        tokio::select! {
            _ = cut.tick(), if cuts < 12 => {
                cuts += 1;
                // What is on the way now is lost, and not only its confirm.
                relay.hold();
                tokio::time::sleep(Duration::from_millis(20)).await;
                relay.cut();
                relay.release();
            }
            batch = receiver.receive(50) => {
                let batch = batch.unwrap();
                seen.extend(batch.iter().map(number_of));
                // An acknowledgement may be cut off; the messages come again then.
                let _ = receiver.ack(&tags(&batch)).await;
            }
        }
    }
    clients.join_all().await;
    assert!(cuts >= 3, "cut {cuts} times only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_half_open_is_answered_for_in_time_and_replaced() {
    let (relay, url) = relayed().await;
    let fresh = FreshQueue::new();
    let queue = queue_at(&fresh, &url);
    let (publisher, mut receiver) = handles(&queue);
    publish(&publisher, numbered(1)).await;
    collect(&mut receiver, 1).await;
    relay.hold();
    assert!(matches!(refused(&publisher).await, PublishError::Unconfirmed));
    // At once, not only when the heartbeat stops: else the confirms that nobody waits for pile up.
    let began = Instant::now();
    down(&publisher.link()).await;
    assert!(began.elapsed() < Duration::from_secs(2), "after {:?}", began.elapsed());
    down(&receiver.link()).await;
    relay.release();
    up(&publisher.link(), BACK).await;
    up(&receiver.link(), BACK).await;
    insist(&publisher, 2).await;
    while number_of(&collect(&mut receiver, 1).await[0]) != 2 {}
}

/// lapin has one thread per connection, which waits for the handshake for as long as its socket is open.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn tries_that_nobody_answers_leave_no_threads_behind() {
    fn threads() -> usize {
        std::fs::read_dir("/proc/self/task")
            .unwrap()
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
            .filter(|name| name.starts_with("lapin-io-loop"))
            .count()
    }
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("amqp://127.0.0.1:{}/%2f", silent.local_addr().unwrap().port());
    let fresh = FreshQueue::new();
    let short = RabbitOptions { url, deadline: Duration::from_millis(100), ..options(&fresh) };
    let queue = RabbitQueue::new(short).unwrap();
    let _publisher = queue.publisher();
    // Each try is one connection that is never answered.
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(timeout(BACK, silent.accept()).await.unwrap().unwrap());
    }
    let began = Instant::now();
    while threads() > 1 {
        assert!(began.elapsed() < Duration::from_secs(1), "{} threads", threads());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_not_there_is_named_without_its_password() {
    let fresh = FreshQueue::new();
    let queue = queue_at(&fresh, "amqp://botica:s3cret@127.0.0.1:9/%2f");
    let (publisher, receiver) = handles(&queue);
    let refusal = refused(&publisher).await.to_string();
    assert!(refusal.contains("can't connect to 127.0.0.1:9: connection refused"), "{refusal}");
    for reason in
        [publisher.link().check().unwrap_err(), down(&receiver.link()).await, queue.depth().await.unwrap_err()]
    {
        assert!(!reason.contains("s3cret"), "{reason}");
    }
    assert!(!format!("{queue:?}").contains("s3cret"));
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said() {
    let fresh = FreshQueue::new();
    let mut url = Url::parse(&amqp_url()).unwrap();
    url.set_password(Some("s3cret-and-wrong")).unwrap();
    let queue = queue_at(&fresh, url.as_str());
    let refusal = refused(&(Arc::new(queue.publisher()) as Arc<dyn Publish>)).await.to_string();
    assert!(refusal.contains("password") && !refusal.contains("s3cret"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_with_other_settings_is_said_with_what_to_do() {
    let fresh = FreshQueue::new();
    let first = queue(&fresh);
    insist(&(Arc::new(first.publisher()) as Arc<dyn Publish>), 0).await;
    first.close().await;
    let other = RabbitQueue::new(RabbitOptions { max_length: Some(7), ..options(&fresh) }).unwrap();
    let refusal = refused(&(Arc::new(other.publisher()) as Arc<dyn Publish>)).await.to_string();
    assert!(refusal.contains("exists with other settings"), "{refusal}");
    assert!(refusal.contains("x-max-length") && refusal.contains("delete it"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dead_lettered_can_be_received_and_is_counted() {
    let fresh = FreshQueue::new();
    let queue = patient(&fresh);
    let publisher: Arc<dyn Publish> = Arc::new(queue.publisher());
    publish(&publisher, numbered(1)).await;
    publish(&publisher, numbered(2)).await;
    // As an operator does it, or the delivery limit.
    let connection = Connection::connect(fresh.url(), ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let got = channel.basic_get(fresh.name().into(), BasicGetOptions::default()).await.unwrap().unwrap();
    got.reject(BasicRejectOptions { requeue: false }).await.unwrap();
    let mut dead: Box<dyn Receive> = Box::new(queue.dead_receiver());
    let received = collect(&mut dead, 1).await;
    assert_eq!(number_of(&received[0]), 1);
    // What a receiver holds is not counted; what it gave back is.
    drop(dead);
    let began = Instant::now();
    while queue.depth().await.unwrap() != (Depth { ready: 1, dead: 1 }) {
        assert!(began.elapsed() < BACK, "{:?}", queue.depth().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut dead: Box<dyn Receive> = Box::new(queue.dead_receiver());
    let received = collect(&mut dead, 1).await;
    dead.ack(&tags(&received)).await.unwrap();
    queue.close().await;
    assert_eq!(queue.depth().await.unwrap(), Depth { ready: 1, dead: 0 });
}
