//! One who watches: what they missed out of the database, then what happens, without a hole.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde_json::json;
use store::StoreError;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::item::{Item, items_after};
use super::who_watches::{Watcher, Who};
use super::{Feed, Filter};

/// How often a sign of life is sent: a board shows after 10 s without one that it may be stale.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// Events of one read of what was missed.
const PAGE: u64 = 200;

/// Events further back than this are left out: who comes back after so many reads the lists anew.
const MOST_REPLAYED: i64 = 50_000;

/// Chunks that wait for the connection. Few, since each may be a whole order.
const IN_FLIGHT: usize = 8;

/// A stream that is to be.
pub(crate) struct Watching {
    feed: Feed,
    filter: Filter,
    /// All events up to this one were sent or are not wanted.
    sent: i64,
}

/// The client has gone, or the stream may not go on.
struct Over;

impl Watching {
    /// Watches from now on, or from the event after `last`, which the client had.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn begin(feed: &Feed, filter: Filter, last: Option<i64>, who: Who) -> Result<Body, StoreError> {
        let head = feed.store.last_seq().await?;
        let mut greeting = String::from("retry: 1000\n");
        let is_ours = |last: i64| (0..=head).contains(&last) && feed.put_back.is_none_or(|end| last <= end);
        let sent = match last {
            Some(last) if is_ours(last) && head - last <= MOST_REPLAYED => last,
            Some(last) => {
                // Too long ago, or of a database that was put back since.
                greeting.push_str(&resync(last, head, Some(head)));
                head
            }
            None => {
                // Its id is where a client goes on that loses the connection before the first event.
                greeting.push_str(&format!("event: hello\nid: {head}\ndata: {{\"last_seq\":{head}}}\n\n"));
                head
            }
        };
        let (out, chunks) = mpsc::channel(IN_FLIGHT);
        // Room is there: nothing else was sent.
        drop(out.try_send(Bytes::from(greeting)));
        let watcher = feed.who.enter(who);
        let watching = Watching { feed: feed.clone(), filter, sent };
        tokio::spawn(watching.run(watcher, out));
        let next = |mut chunks: mpsc::Receiver<Bytes>| async move {
            let chunk = chunks.recv().await?;
            Some((Ok::<_, Infallible>(chunk), chunks))
        };
        Ok(Body::from_stream(stream::unfold(chunks, next)))
    }

    async fn run(mut self, watcher: Watcher, out: mpsc::Sender<Bytes>) {
        let stop = self.feed.stop.clone();
        tokio::select! {
            _ = self.tell(&out) => {}
            () = out.closed() => {}
            () = stop.cancelled() => {}
            () = watcher.ended.cancelled() => {
                let farewell = Bytes::from_static(b"event: end\ndata: {\"reason\":\"signed_out\"}\n\n");
                // Whoever does not read does not need to know.
                drop(out.try_send(farewell));
            }
        }
    }

    async fn tell(&mut self, out: &mpsc::Sender<Bytes>) -> Over {
        // Before the database is read, so that nothing falls between.
        let mut live = self.feed.subscribe();
        if self.catch_up(out).await.is_err() {
            return Over;
        }
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let told = tokio::select! {
                item = live.recv() => match item {
                    Ok(item) if item.previous > self.sent => self.catch_up(out).await,
                    Ok(item) => self.pass(out, &item).await,
                    Err(RecvError::Lagged(_)) => {
                        let text = resync(self.sent, self.sent, None);
                        match out.send(text.into()).await {
                            Ok(()) => self.catch_up(out).await,
                            Err(_) => Err(Over),
                        }
                    }
                    Err(RecvError::Closed) => Err(Over),
                },
                _ = heartbeat.tick() => {
                    let text = match self.feed.fresh_at() {
                        Some(at) => format!("event: heartbeat\ndata: {}\n\n", json!({ "at": at })),
                        // Keeps the connection open, and tells nobody that all is well.
                        None => ": the database does not answer\n\n".to_owned(),
                    };
                    out.send(text.into()).await.map_err(|_| Over)
                }
            };
            if told.is_err() {
                return Over;
            }
        }
    }

    /// Sends what the database has after the last event that was sent. If it can't be read the stream is
    /// over, and the client comes back with the last id it has.
    async fn catch_up(&mut self, out: &mpsc::Sender<Bytes>) -> Result<(), Over> {
        loop {
            let items = items_after(&self.feed.store, self.sent, PAGE).await.map_err(|_| Over)?;
            if items.is_empty() {
                return Ok(());
            }
            for item in &items {
                self.pass(out, item).await?;
            }
        }
    }

    async fn pass(&mut self, out: &mpsc::Sender<Bytes>, item: &Item) -> Result<(), Over> {
        if item.seq <= self.sent {
            return Ok(());
        }
        if self.filter.wants(item) {
            out.send(item.text.clone()).await.map_err(|_| Over)?;
        }
        self.sent = item.seq;
        Ok(())
    }
}

/// Tells that the client is behind: it should read the lists anew. Events after `continues_after` follow.
fn resync(had: i64, continues_after: i64, id: Option<i64>) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: resync\n{id}data: {}\n\n", json!({ "after": had, "continues_after": continues_after }))
}
