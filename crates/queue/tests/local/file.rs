//! What is particular to a queue in a file.

use std::{path::PathBuf, time::Duration};

use queue::{
    Publish, PublishError, Receive, ReceiveError,
    local::{LocalOptions, LocalQueue, OpenError},
};
use sqlx::Connection;
use testkit::queue_suite::{collect, number_of, numbered, publish, receive, tags};

use super::connect;

struct Opened {
    _folder: tempfile::TempDir,
    path: PathBuf,
    queue: LocalQueue,
}

async fn open(options: LocalOptions) -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.sqlite");
    let queue = LocalQueue::open(&path, options).await.unwrap();
    Opened { _folder: folder, path, queue }
}

impl Opened {
    fn publisher(&self) -> std::sync::Arc<dyn Publish> {
        std::sync::Arc::new(self.queue.publisher())
    }

    fn receiver(&self) -> Box<dyn Receive> {
        Box::new(self.queue.receiver())
    }
}

#[tokio::test]
async fn rows_of_any_type_are_delivered() {
    let opened = open(LocalOptions::default()).await;
    let mut stranger = connect(&opened.path).await;
    for values in [
        "(NULL, NULL, NULL, NULL, 0)",
        "(x'fffe', 7, 1.5, 'text', 'never')",
        "('a' || char(0) || 'b', '', NULL, 12, -1)",
        "(NULL, x'00', NULL, x'', 9223372036854775807)",
    ] {
        let insert = format!("INSERT INTO messages (id, kind, traceparent, body, placed_at) VALUES {values}");
        sqlx::query(sqlx::AssertSqlSafe(insert)).execute(&mut stranger).await.unwrap();
    }
    sqlx::query("INSERT INTO messages (number, body) VALUES (-5, 'first')").execute(&mut stranger).await.unwrap();
    stranger.close().await.unwrap();
    let mut receiver = opened.receiver();
    let received = collect(&mut receiver, 5).await;
    let bodies: Vec<_> = received.iter().map(|received| &received.message.body[..]).collect();
    assert_eq!(bodies, [&b"first"[..], b"", b"text", b"12", b""]);
    assert_eq!(opened.queue.depth().await.unwrap().messages, 5);
    receiver.ack(&tags(&received)).await.unwrap();
    assert_eq!(opened.queue.depth().await.unwrap().messages, 0);
}

#[tokio::test]
async fn what_another_process_puts_in_is_found() {
    let opened = open(LocalOptions { poll: Duration::from_millis(50), ..LocalOptions::default() }).await;
    let mut receiver = opened.receiver();
    let waiting = tokio::spawn(async move { receive(&mut receiver, 10).await });
    tokio::task::yield_now().await;
    let mut stranger = connect(&opened.path).await;
    sqlx::query("INSERT INTO messages (body) VALUES ('7')").execute(&mut stranger).await.unwrap();
    assert_eq!(number_of(&waiting.await.unwrap()[0]), 7);
}

#[tokio::test]
async fn what_another_process_puts_in_counts_for_the_limit() {
    let opened = open(LocalOptions { capacity: 2, ..LocalOptions::default() }).await;
    let publisher = opened.publisher();
    publish(&publisher, numbered(0)).await;
    let mut stranger = connect(&opened.path).await;
    sqlx::query("INSERT INTO messages (body) VALUES ('7')").execute(&mut stranger).await.unwrap();
    assert!(matches!(publisher.publish(numbered(1)).await, Err(PublishError::Full(_))));
    assert!(publisher.link().check().is_err());
    sqlx::query("DELETE FROM messages WHERE body = '7'").execute(&mut stranger).await.unwrap();
    publish(&publisher, numbered(2)).await;
}

#[tokio::test]
async fn a_lock_of_another_process_is_said_in_time_and_outlived() {
    let opened = open(LocalOptions::default()).await;
    let publisher = opened.publisher();
    let mut stranger = connect(&opened.path).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut stranger).await.unwrap();
    let began = std::time::Instant::now();
    let refusal = publisher.publish(numbered(0)).await.unwrap_err();
    assert!(matches!(refusal, PublishError::Unavailable(_)), "{refusal}");
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(publisher.link().check().unwrap_err().contains("locked"));
    sqlx::query("ROLLBACK").execute(&mut stranger).await.unwrap();
    // By itself, without anybody who publishes.
    tokio::time::timeout(Duration::from_secs(10), publisher.link().up()).await.unwrap();
    publish(&publisher, numbered(1)).await;
}

#[tokio::test]
async fn a_lease_that_runs_out_brings_the_message_to_another_receiver() {
    let opened = open(LocalOptions {
        lease: Duration::from_millis(100),
        poll: Duration::from_millis(20),
        ..LocalOptions::default()
    })
    .await;
    publish(&opened.publisher(), numbered(0)).await;
    let (mut first, mut second) = (opened.receiver(), opened.receiver());
    let held = collect(&mut first, 1).await;
    let again = collect(&mut second, 1).await;
    assert_eq!(again[0].redeliveries, 1);
    // Late, but its effect is committed: nobody needs the message any more.
    first.ack(&tags(&held)).await.unwrap();
    assert_eq!(opened.queue.depth().await.unwrap().messages, 0);
}

#[tokio::test]
async fn the_age_of_the_oldest_is_known() {
    let opened = open(LocalOptions::default()).await;
    assert_eq!(opened.queue.depth().await.unwrap().oldest, None);
    let mut stranger = connect(&opened.path).await;
    let an_hour_ago = chrono::Utc::now().timestamp_millis() - 3_600_000;
    sqlx::query("INSERT INTO messages (placed_at) VALUES (?)").bind(an_hour_ago).execute(&mut stranger).await.unwrap();
    publish(&opened.publisher(), numbered(0)).await;
    let depth = opened.queue.depth().await.unwrap();
    assert_eq!(depth.messages, 2);
    assert_eq!(depth.oldest.unwrap().as_secs(), 3600);
}

#[tokio::test]
async fn after_closing_every_handle_says_so_and_the_file_is_whole() {
    let opened = open(LocalOptions::default()).await;
    let (publisher, mut receiver) = (opened.publisher(), opened.receiver());
    let waiting = tokio::spawn(async move { receiver.receive(1).await });
    tokio::task::yield_now().await;
    opened.queue.close().await;
    assert!(matches!(waiting.await.unwrap(), Err(ReceiveError::Closed)));
    assert!(matches!(publisher.publish(numbered(0)).await, Err(PublishError::Unavailable(_))));
    assert!(publisher.link().check().is_err());
    assert!(!opened.path.with_extension("sqlite-wal").exists(), "closed without its log folded in");
    let again = LocalQueue::open(&opened.path, LocalOptions::default()).await.unwrap();
    assert_eq!(again.depth().await.unwrap().messages, 0);
}

#[tokio::test]
async fn publishes_that_are_given_up_leave_no_transaction_behind() {
    let opened = open(LocalOptions::default()).await;
    let publisher = opened.publisher();
    for micros in 0..200 {
        let _ = tokio::time::timeout(Duration::from_micros(micros * 7), publisher.publish(numbered(0))).await;
    }
    // Another process gets the lock at once.
    let mut stranger = connect(&opened.path).await;
    sqlx::query("PRAGMA busy_timeout = 0").execute(&mut stranger).await.unwrap();
    publish(&publisher, numbered(1)).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut stranger).await.expect("no transaction is open");
}

#[tokio::test]
async fn an_answer_outlives_the_receive_that_asked_for_it() {
    let opened = open(LocalOptions::default()).await;
    publish(&opened.publisher(), numbered(7)).await;
    let mut receiver = opened.receiver();
    {
        let mut given_up = receiver.receive(1);
        assert!(futures_util::poll!(&mut given_up).is_pending());
        // The keeper answers in turn: after the second of these it has leased the message and said so.
        opened.queue.depth().await.unwrap();
        opened.queue.depth().await.unwrap();
    }
    assert_eq!(number_of(&collect(&mut receiver, 1).await[0]), 7);
}

#[tokio::test]
async fn a_file_of_a_newer_botica_is_refused() {
    let opened = open(LocalOptions::default()).await;
    opened.queue.close().await;
    let mut newer = connect(&opened.path).await;
    sqlx::query("PRAGMA user_version = 2").execute(&mut newer).await.unwrap();
    newer.close().await.unwrap();
    let refusal = LocalQueue::open(&opened.path, LocalOptions::default()).await.unwrap_err();
    assert!(matches!(refusal, OpenError::Newer { form: 2, .. }), "{refusal}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let refusal = LocalQueue::open("no/such/folder/queue.sqlite".as_ref(), LocalOptions::default()).await.unwrap_err();
    assert!(refusal.to_string().contains("no/such/folder/queue.sqlite"), "{refusal}");
}
