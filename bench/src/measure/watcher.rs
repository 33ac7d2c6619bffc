//! A screen that watches the live stream and notes when each order came to be seen on it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// Until the stream says hello.
const HELLO: Duration = Duration::from_secs(20);

/// An open stream. It is closed when this is dropped.
pub(super) struct Watcher {
    seen: Arc<Mutex<HashMap<Uuid, Instant>>>,
    count: watch::Receiver<usize>,
    reading: JoinHandle<()>,
}

impl Watcher {
    /// Opens a stream and waits until it flows.
    ///
    /// # Errors
    /// When it does not.
    pub(super) async fn open(client: &reqwest::Client, backend: SocketAddr, token: &str) -> Result<Watcher> {
        let request = client.get(format!("http://{backend}/orders/stream")).bearer_auth(token);
        let mut answer = request.send().await?.error_for_status()?;
        let (seen, (tell, count)) = (Arc::new(Mutex::new(HashMap::new())), watch::channel(0));
        let mut buffer = Vec::new();
        let hello = async {
            while !contains(&buffer, b"event: hello") {
                buffer.extend(answer.chunk().await?.context("the stream ended")?);
            }
            anyhow::Ok(())
        };
        timeout(HELLO, hello).await.context("the stream says nothing")??;
        let noted = seen.clone();
        let reading = tokio::spawn(async move {
            loop {
                let now = Instant::now();
                // Whole lines only: the rest of the last one comes with the next part.
                let end = buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                tell.send_replace({
                    let mut seen = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    for id in buffer[..end].split(|byte| *byte == b'\n').filter_map(order_of) {
                        seen.entry(id).or_insert(now);
                    }
                    seen.len()
                });
                buffer.drain(..end);
                match answer.chunk().await {
                    Ok(Some(part)) => buffer.extend(part),
                    _ => return,
                }
            }
        });
        Ok(Watcher { seen, count, reading })
    }

    /// Waits until so many orders were seen in all.
    ///
    /// # Errors
    /// When they are not within the time.
    pub(super) async fn wait_for(&mut self, orders: usize, within: Duration) -> Result<()> {
        let is_seen =
            timeout(within, self.count.wait_for(|count| *count >= orders)).await.is_ok_and(|seen| seen.is_ok());
        ensure!(is_seen, "{} of {orders} orders are on the stream", *self.count.borrow());
        Ok(())
    }

    /// When an order was first seen.
    pub(super) fn seen(&self, order: Uuid) -> Option<Instant> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&order).copied()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The order that a line of the stream is about: `data: {"order_id":"…`.
fn order_of(line: &[u8]) -> Option<Uuid> {
    let id = line.strip_prefix(b"data: {\"order_id\":\"")?.get(..36)?;
    Uuid::try_parse_ascii(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_names_its_order() {
        let id = Uuid::from_u128(7);
        assert_eq!(order_of(format!(r#"data: {{"order_id":"{id}","seq":1}}"#).as_bytes()), Some(id));
        assert_eq!(order_of(br#"data: {"last_seq":4}"#), None);
        assert_eq!(order_of(b"data: {\"order_id\":\"12"), None);
    }
}
