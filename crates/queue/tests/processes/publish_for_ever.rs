//! A process for a test to kill: it publishes to the local queue of the file that its argument names,
//! for ever, and says the id of each message once it has the promise.

use std::io::Write;
use std::path::Path;

use queue::local::{LocalOptions, LocalQueue};
use queue::{Message, Publish};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let file = std::env::args().nth(1).ok_or("the queue's file is the one argument")?;
    let queue = LocalQueue::open(Path::new(&file), LocalOptions::default()).await?;
    // Some at once, so that the kill meets transactions of several.
    let mut publishers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let publisher = queue.publisher();
        publishers.spawn(async move {
            loop {
                let id = Uuid::now_v7().to_string();
                let message = Message { id: Some(id.clone()), kind: None, traceparent: None, body: id.clone().into() };
                publisher.publish(message).await?;
                writeln!(std::io::stdout(), "kept {id}")?;
            }
        });
    }
    publishers.join_next().await.ok_or("nothing was started")?.map_err(Failure::from)?
}
