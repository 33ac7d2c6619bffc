//! The spool with a broker that says what the test wants it to.

use std::{collections::VecDeque, path::Path, sync::Mutex};

use tokio::time::{Instant, timeout};

use super::*;
use crate::{
    LinkKeeper,
    local::{LocalOptions, OpenError},
};

/// Longest that anything may take on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Answers with what is scripted, then with yes; remembers what it was given.
#[derive(Clone)]
struct Scripted(Arc<Script>);

struct Script {
    answers: Mutex<VecDeque<PublishError>>,
    given: Mutex<Vec<String>>,
    link: LinkKeeper,
}

impl Scripted {
    fn up(answers: impl IntoIterator<Item = PublishError>) -> Scripted {
        let broker = Scripted::down(answers);
        broker.is_now(Ok(()));
        broker
    }

    fn down(answers: impl IntoIterator<Item = PublishError>) -> Scripted {
        let (link, _) = LinkKeeper::down("away");
        Scripted(Arc::new(Script { answers: Mutex::new(answers.into_iter().collect()), given: Mutex::default(), link }))
    }

    fn is_now(&self, state: Result<(), &str>) {
        self.0.link.set(state.map_err(ToOwned::to_owned));
    }

    fn given(&self) -> Vec<String> {
        self.0.given.lock().unwrap().clone()
    }
}

#[async_trait]
impl Publish for Scripted {
    async fn publish(&self, message: Message) -> Result<(), PublishError> {
        self.0.given.lock().unwrap().push(String::from_utf8(message.body.to_vec()).unwrap());
        self.0.answers.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }

    fn link(&self) -> Link {
        self.0.link.link()
    }
}

fn message(body: &str) -> Message {
    Message { id: None, kind: None, traceparent: None, body: body.to_owned().into() }
}

async fn open(folder: &Path, capacity: u64) -> Result<LocalQueue, OpenError> {
    let options = LocalOptions { capacity, is_exclusive: true, ..LocalOptions::default() };
    LocalQueue::open(&folder.join("spool.db"), options).await
}

async fn waiting_is(spool: &Spool, count: u64) {
    let began = Instant::now();
    loop {
        let messages = spool.depth().await.unwrap().messages;
        if messages == count {
            return;
        }
        assert!(began.elapsed() < SOON, "{messages} wait instead of {count}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_message_stays_until_the_broker_has_promised_to_keep_it() {
    let folder = tempfile::tempdir().unwrap();
    let refusals = [
        PublishError::Unconfirmed,
        PublishError::Full("no room".to_owned()),
        PublishError::Unavailable("cut off".to_owned()),
    ];
    let broker = Scripted::down(refusals);
    let spool = Spool::new(Arc::new(broker.clone()), open(folder.path(), 10).await.unwrap());
    spool.publish(message("a")).await.unwrap();
    assert!(broker.given().is_empty(), "a broker that is known to be away is not asked");
    let stop = CancellationToken::new();
    let forwarding = tokio::spawn(spool.clone().forward(stop.clone()));
    broker.is_now(Ok(()));
    let began = Instant::now();
    loop {
        let waiting = spool.depth().await.unwrap().messages;
        let tries = broker.given().len();
        if tries > 3 {
            break;
        }
        assert_eq!(waiting, 1, "it was refused {tries} times");
        assert!(began.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waiting_is(&spool, 0).await;
    assert_eq!(broker.given(), ["a"; 4]);
    stop.cancel();
    timeout(SOON, forwarding).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn what_the_broker_does_not_promise_is_kept_here() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Scripted::up([PublishError::Unconfirmed]);
    let spool = Spool::new(Arc::new(broker.clone()), open(folder.path(), 10).await.unwrap());
    spool.publish(message("a")).await.unwrap();
    spool.publish(message("b")).await.unwrap();
    assert_eq!(broker.given(), ["a", "b"]);
    waiting_is(&spool, 1).await;
}

#[tokio::test]
async fn a_full_spool_says_so_and_takes_more_once_some_went_on() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Scripted::down([]);
    let spool = Spool::new(Arc::new(broker.clone()), open(folder.path(), 2).await.unwrap());
    for body in ["a", "b"] {
        spool.publish(message(body)).await.unwrap();
    }
    let refusal = spool.publish(message("c")).await.unwrap_err();
    assert!(matches!(refusal, PublishError::Full(_)), "{refusal}");
    assert_eq!(spool.link().check().unwrap_err(), "away", "neither takes anything");
    let stop = CancellationToken::new();
    tokio::spawn(spool.clone().forward(stop.clone()));
    broker.is_now(Ok(()));
    waiting_is(&spool, 0).await;
    broker.is_now(Err("away again"));
    spool.publish(message("c")).await.unwrap();
    assert_eq!(broker.given(), ["a", "b"]);
    stop.cancel();
}

#[tokio::test]
async fn no_second_process_has_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), 10).await.unwrap();
    let refusal = open(folder.path(), 10).await.unwrap_err();
    assert!(matches!(refusal, OpenError::InUse(_)), "{refusal}");
    assert!(refusal.to_string().contains("data folder of its own"));
    first.close().await;
    open(folder.path(), 10).await.unwrap();
}
