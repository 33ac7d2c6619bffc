//! Which connections are open, what each of them waits for, and which has to go when all places are taken.
//!
//! Whoever connects gets a place. When there is none, the connection that owes us something is closed in favour
//! of the newcomer: the one whose client has been silent longest, before or within a request's head, within its
//! body, or without taking its answer. So clients that hold places and never finish push out one another, and
//! never a request that is being worked on, nor a stream that is read. Whoever is let in has [`TO_SPEAK`] before
//! that, however many come. Idle connections, which are those of good clients between two requests, go when nobody
//! owes us anything: those first that have been idle longest, and none within [`IN_USE`] of its last answer, unless
//! the newcomer has waited as long as one may take to speak.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Gauge of the open connections.
pub const CONNECTIONS: &str = "botica_http_connections";

/// Counter of connections that were closed in favour of others, since all places were taken.
pub const CONNECTIONS_SHED_TOTAL: &str = "botica_http_connections_shed_total";

/// A client that speaks at once has spoken by then, also over a ward's wireless and with TLS's handshake.
const TO_SPEAK: Duration = Duration::from_millis(250);

/// Who has asked a moment ago may be asking again: closed now, its next request would be lost on the way.
const IN_USE: Duration = Duration::from_secs(1);

/// How often a newcomer looks whether somebody's time to speak is over.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// All places of one listener.
#[derive(Debug)]
pub(crate) struct Connections {
    cap: usize,
    taken: Mutex<Taken>,
    /// A place was given back, or somebody may be closed who might not before.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    open: HashMap<u64, Arc<Connection>>,
}

/// A place, as long as it is held.
#[derive(Debug)]
pub(crate) struct Place {
    of: Arc<Connections>,
    number: u64,
    pub(crate) connection: Arc<Connection>,
}

/// What one connection waits for.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Told to make room for another.
    pub(crate) shed: CancellationToken,
    of: Arc<Connections>,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    waits: Waits,
    since: Instant,
    /// Since when the client takes nothing of what is written.
    stalled: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    /// For the handshake, or the first head.
    First,
    /// For another head.
    Idle,
    /// For more of a body.
    Body,
    /// For ourselves.
    No,
}

impl Connections {
    pub(crate) fn new(cap: usize) -> Arc<Self> {
        Arc::new(Connections { cap: cap.max(1), taken: Mutex::default(), changed: Notify::new() })
    }

    /// A place, once there is one or room can be made. Only one may wait for it at a time.
    pub(crate) async fn take(self: &Arc<Self>) -> Place {
        let came_at = Instant::now();
        loop {
            {
                let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
                let has_waited = came_at.elapsed() >= TO_SPEAK;
                if taken.open.len() < self.cap || taken.shed(has_waited) {
                    let number = taken.next;
                    taken.next += 1;
                    let connection = Arc::new(Connection::new(self));
                    taken.open.insert(number, connection.clone());
                    metrics::gauge!(CONNECTIONS).set(taken.open.len() as f64);
                    return Place { of: self.clone(), number, connection };
                }
            }
            // Either way it looks again.
            drop(tokio::time::timeout(LOOK_EVERY, self.changed.notified()).await);
        }
    }

    /// Closes the connection that owes us most, or is idle; whether there was one.
    pub(crate) fn shed(&self) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).shed(true)
    }
}

impl Taken {
    fn shed(&mut self, also_in_use: bool) -> bool {
        let now = Instant::now();
        let may_go = self.open.iter().filter_map(|(number, connection)| {
            let (is_idle, since) = connection.waits()?;
            let age = now.duration_since(since);
            let may_go = match is_idle {
                false => age >= TO_SPEAK,
                true => also_in_use || age >= IN_USE,
            };
            may_go.then_some((is_idle, since, *number))
        });
        let Some((.., number)) = may_go.min() else { return false };
        if let Some(connection) = self.open.remove(&number) {
            connection.shed.cancel();
            metrics::counter!(CONNECTIONS_SHED_TOTAL).increment(1);
        }
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.open.remove(&self.number);
        metrics::gauge!(CONNECTIONS).set(taken.open.len() as f64);
        drop(taken);
        self.of.changed.notify_one();
    }
}

impl Connection {
    fn new(of: &Arc<Connections>) -> Self {
        let state = State { waits: Waits::First, since: Instant::now(), stalled: None };
        Connection { shed: CancellationToken::new(), of: of.clone(), state: Mutex::new(state) }
    }

    /// A head came: the answer is ours to give.
    pub(crate) fn asked(&self) {
        self.change(|state| (state.waits, state.since) = (Waits::No, Instant::now()));
    }

    /// The rest of the body is awaited. Counted from the head on: bytes that drip buy no time.
    pub(crate) fn awaits_body(&self) {
        self.change(|state| state.waits = Waits::Body);
    }

    /// More of the body came.
    pub(crate) fn has_body(&self) {
        self.change(|state| state.waits = Waits::No);
    }

    /// The answer is given.
    pub(crate) fn answered(&self) {
        self.change(|state| (state.waits, state.since) = (Waits::Idle, Instant::now()));
    }

    /// The client takes nothing of what is written, or does again.
    pub(crate) fn stalls(&self, stalls: bool) {
        self.change(|state| state.stalled = stalls.then(|| state.stalled.unwrap_or_else(Instant::now)));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let may_go = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut state);
            state.waits != Waits::No || state.stalled.is_some()
        };
        if may_go {
            self.of.changed.notify_one();
        }
    }

    /// Whether it is idle, and since when we wait for its client; `None` while its client waits for us.
    fn waits(&self) -> Option<(bool, Instant)> {
        let state = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match (state.waits, state.stalled) {
            (Waits::No, stalled) => Some((false, stalled?)),
            (_, Some(stalled)) => Some((false, stalled)),
            (waits, None) => Some((waits == Waits::Idle, state.since)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if it had begun to wait so many seconds ago.
    fn age(connection: &Connection, seconds: u64) {
        let mut state = connection.state.lock().unwrap();
        state.since = state.since.checked_sub(Duration::from_secs(seconds)).unwrap();
    }

    fn is_shed(place: &Place) -> bool {
        place.connection.shed.is_cancelled()
    }

    async fn idle(all: &Arc<Connections>, seconds: u64) -> Place {
        let place = all.take().await;
        place.connection.asked();
        place.connection.answered();
        age(&place.connection, seconds);
        place
    }

    #[tokio::test]
    async fn whoever_has_been_silent_longest_makes_room() {
        let all = Connections::new(3);
        let (young, old, older) = (all.take().await, all.take().await, all.take().await);
        age(&old.connection, 3);
        age(&older.connection, 5);
        let _newcomer = all.take().await;
        assert_eq!([&young, &old, &older].map(is_shed), [false, false, true]);
        let _another = all.take().await;
        assert_eq!([&young, &old, &older].map(is_shed), [false, true, true]);
    }

    #[tokio::test]
    async fn an_idle_connection_stays_while_one_owes_us_a_request() {
        let all = Connections::new(2);
        let (idle, slow) = (idle(&all, 9).await, all.take().await);
        slow.connection.asked();
        slow.connection.awaits_body();
        age(&slow.connection, 2);
        let newcomer = all.take().await;
        assert_eq!([&idle, &slow].map(is_shed), [false, true]);
        let _another = all.take().await;
        assert_eq!([&idle, &newcomer].map(is_shed), [true, false], "who came just now may still speak");
    }

    #[tokio::test]
    async fn however_many_come_each_has_its_time_to_speak_and_who_is_in_use_stays() {
        let all = Connections::new(2);
        let (in_use, first) = (idle(&all, 0).await, all.take().await);
        let began = Instant::now();
        let newcomer = all.take().await;
        assert!(began.elapsed() >= TO_SPEAK.mul_f64(0.9), "{:?}", began.elapsed());
        assert_eq!([&in_use, &first, &newcomer].map(is_shed), [false, true, false]);
    }

    #[tokio::test]
    async fn where_all_are_in_use_the_one_that_was_used_first_goes_after_a_moment() {
        let all = Connections::new(2);
        let (one, other) = (idle(&all, 0).await, idle(&all, 0).await);
        let began = Instant::now();
        let _newcomer = all.take().await;
        assert!(began.elapsed() >= TO_SPEAK, "{:?}", began.elapsed());
        assert_eq!([&one, &other].map(is_shed), [true, false]);
    }

    #[tokio::test]
    async fn who_does_not_take_the_answer_makes_room_and_who_is_worked_for_does_not() {
        let all = Connections::new(2);
        let (worked_for, stalls) = (all.take().await, all.take().await);
        for place in [&worked_for, &stalls] {
            place.connection.asked();
            age(&place.connection, 60);
        }
        stalls.connection.stalls(true);
        let _newcomer = all.take().await;
        assert_eq!([&worked_for, &stalls].map(is_shed), [false, true]);
    }

    #[tokio::test]
    async fn where_nobody_can_go_the_newcomer_waits() {
        let all = Connections::new(1);
        let first = all.take().await;
        first.connection.asked();
        let waiting = tokio::time::timeout(TO_SPEAK * 2, all.take()).await;
        assert!(waiting.is_err() && !is_shed(&first));
        first.connection.answered();
        all.take().await;
        assert!(is_shed(&first));
    }
}
