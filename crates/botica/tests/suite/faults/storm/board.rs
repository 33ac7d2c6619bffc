//! A board that is watched through a storm: each change once and in order, or said to be left out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::clients::Clients;
use crate::stream::Reader;

/// A stream says something at least this often, or the client connects anew.
const SIGN_OF_LIFE: Duration = Duration::from_secs(17);
const AGAIN: Duration = Duration::from_millis(200);

/// What the board was shown.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Events up to here were there before.
    pub(crate) first: Option<i64>,
    last: i64,
    pub(crate) numbers: BTreeSet<i64>,
    /// What came twice or late.
    pub(crate) wrong: Vec<i64>,
    /// Ranges that the stream said it leaves out: after the one, up to the other.
    pub(crate) left_out: Vec<(i64, i64)>,
    pub(crate) connections: usize,
}

/// Watches until the event `until` tells of was shown; connects as often as it takes.
///
/// `http` has no time-out: a stream has no end.
pub(crate) async fn watch(
    http: reqwest::Client,
    clients: Arc<Clients>,
    until: tokio::sync::watch::Receiver<Option<i64>>,
) -> Seen {
    let mut seen = Seen::default();
    loop {
        let token = clients.token.get();
        let mut request = http.get(format!("{}/orders/stream", clients.backend)).bearer_auth(&token);
        if seen.first.is_some() {
            request = request.header("Last-Event-ID", seen.last);
        }
        match timeout(SIGN_OF_LIFE, request.send()).await {
            Ok(Ok(answer)) if answer.status() == 200 => {
                seen.connections += 1;
                let mut reader = Reader::of(answer);
                while let Ok(Some(event)) = timeout(SIGN_OF_LIFE, reader.next()).await {
                    seen.note(&event);
                    if until.borrow().is_some_and(|last| seen.last >= last) {
                        return seen;
                    }
                }
            }
            Ok(Ok(answer)) if answer.status() == 401 => {
                clients.token.renew(&clients.http, &clients.backend, &token).await;
            }
            _ => {}
        }
        sleep(AGAIN).await;
    }
}

impl Seen {
    fn note(&mut self, event: &crate::stream::Event) {
        match event.name.as_str() {
            "message" => {
                let number = event.id.unwrap();
                if number <= self.last || !self.numbers.insert(number) {
                    self.wrong.push(number);
                }
                self.last = self.last.max(number);
            }
            "hello" => {
                // Only the first connection has none to go on from.
                self.last = event.id.unwrap();
                self.first = Some(self.last);
            }
            "resync" => {
                let on = event.data["continues_after"].as_i64().unwrap();
                if on > self.last {
                    self.left_out.push((self.last, on));
                    self.last = on;
                }
            }
            _ => {}
        }
    }

    /// Those of `stored` that the board should have been shown and was not.
    pub(crate) fn missing(&self, stored: &[i64]) -> Vec<i64> {
        let first = self.first.unwrap_or(i64::MAX);
        let was_left_out = |number: i64| self.left_out.iter().any(|(after, to)| number > *after && number <= *to);
        let is_missing = |number: &&i64| **number > first && !self.numbers.contains(number) && !was_left_out(**number);
        stored.iter().filter(is_missing).copied().collect()
    }
}
