//! Two batches at once, one behind the other.

use std::sync::mpsc;
use std::time::Duration;

use domain::{EventKind, PlacedOrder, Step};
use store::{Act, Ahead, ConnectOptions, Outcome, StepRequest, Store, StoreError, Turn};
use tokio::task::JoinHandle;

use crate::hospital::{Hospital, arrival, at};
use crate::promises::run;

/// A batch of one order that is kept up to its commit, and commits when told to.
struct Held {
    order: PlacedOrder,
    ahead: Ahead,
    go_on: mpsc::Sender<()>,
    kept: JoinHandle<Result<Vec<Outcome>, StoreError>>,
}

impl Held {
    async fn begin(hospital: &Hospital) -> Held {
        let (order, store) = (hospital.order(), hospital.store.clone());
        let (turn, ahead) = Turn::behind(None);
        let (reached, is_reached) = tokio::sync::oneshot::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let batch = [arrival(&order)];
        let before_commit = move || {
            reached.send(()).unwrap();
            let _ = may_go_on.recv_timeout(Duration::from_secs(20));
        };
        let kept = tokio::spawn(async move { store.keep_batch(&batch, None, at(1), turn, before_commit).await });
        is_reached.await.unwrap();
        Held { order, ahead, go_on, kept }
    }

    async fn end(self) -> Ahead {
        self.go_on.send(()).unwrap();
        assert_eq!(self.kept.await.unwrap().unwrap(), [Outcome::Requested]);
        self.ahead
    }
}

fn keep(
    store: &Store,
    order: &PlacedOrder,
    turn: Turn,
) -> impl Future<Output = Result<Vec<Outcome>, StoreError>> + Send + use<> {
    let (store, batch) = (store.clone(), [arrival(order)]);
    async move { store.keep_batch(&batch, None, at(2), turn, || {}).await }
}

/// What a batch has done last when its orders are inserted.
const INSERTED: &str = "INSERT INTO \"orders\"";

/// Until a batch waits in its transaction, after a statement that begins so.
async fn waits_after(hospital: &Hospital, statement: &str) {
    is_session(hospital, &format!("state = 'idle in transaction' AND query LIKE '{statement}%'")).await;
}

/// Until there is a session of which this is true.
async fn is_session(hospital: &Hospital, condition: &str) {
    let such = format!("SELECT '1'::bytea FROM pg_stat_activity WHERE datname = current_database() AND {condition}");
    let mut connection = testkit::sql::connect(&hospital.url).await.unwrap();
    let waits = async {
        while connection.rows(&such).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waits).await.expect("it waits");
}

/// What the line of `order` repeats.
async fn duplicate_of(store: &Store, order: &PlacedOrder) -> Option<domain::OrderId> {
    store.order(order.order.id()).await.unwrap().unwrap().lines[0].duplicate_of
}

pub(crate) async fn a_batch_is_written_while_the_one_ahead_is_not_committed_and_knows_its_orders(hospital: Hospital) {
    let store = &hospital.store;
    let first = Held::begin(&hospital).await;
    let (order, first_id) = (hospital.order(), first.order.order.id());
    let second = tokio::spawn(keep(store, &order, Turn::behind(Some(first.ahead.clone())).0));
    waits_after(&hospital, INSERTED).await;
    assert_eq!(store.order(order.order.id()).await.unwrap(), None, "nobody overtakes");
    first.end().await;
    assert_eq!(second.await.unwrap().unwrap(), [Outcome::Requested]);
    assert_eq!(duplicate_of(store, &order).await, Some(first_id), "which could not be seen");
    let events = store.events_after(0, 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.order_id).collect::<Vec<_>>(), [first_id, order.order.id()]);
}

pub(crate) async fn what_came_of_the_batch_ahead_since_it_was_committed_is_seen(hospital: Hospital) {
    let store = &hospital.store;
    let first = Held::begin(&hospital).await;
    let (id, nurse) = (first.order.order.id(), Act { by: hospital.nurse.person(), at: at(1) });
    let ahead = first.end().await;
    let cancel = StepRequest {
        step: Step::Cancel,
        reason: None,
        versions: None,
        key: None,
        today: at(0).date_naive(),
        expired: None,
    };
    store.step(id, &cancel, &nurse).await.unwrap().unwrap();
    let order = hospital.order();
    keep(store, &order, ahead.again()).await.unwrap();
    assert_eq!(duplicate_of(store, &order).await, None, "it is not open any more");
}

pub(crate) async fn a_batch_goes_on_behind_one_that_failed(hospital: Hospital) {
    let store = &hospital.store;
    let held = Held::begin(&hospital).await;
    let order = hospital.order();
    let second = tokio::spawn(keep(store, &order, Turn::behind(Some(held.ahead.clone())).0));
    waits_after(&hospital, INSERTED).await;
    // The head of the events is what a batch has to do with last.
    let cut_off = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                   AND pid <> pg_backend_pid() AND query LIKE '%event_head%'";
    run(&hospital, cut_off).await;
    held.go_on.send(()).unwrap();
    assert!(held.kept.await.unwrap().unwrap_err().is_transient());
    assert_eq!(second.await.unwrap().unwrap(), [Outcome::Requested]);
    assert_eq!(duplicate_of(store, &order).await, None, "nothing is there that it repeats");
    let again = keep(store, &held.order, Turn::default()).await.unwrap();
    assert_eq!(again, [Outcome::Requested]);
    assert_eq!(duplicate_of(store, &held.order).await, Some(order.order.id()));
}

pub(crate) async fn the_same_order_in_two_batches_is_stored_once(hospital: Hospital) {
    let store = &hospital.store;
    let first = Held::begin(&hospital).await;
    let order = first.order.clone();
    let second = tokio::spawn(keep(store, &order, Turn::behind(Some(first.ahead.clone())).0));
    // For the first, to know whether its row will be there.
    is_session(&hospital, &format!("wait_event_type = 'Lock' AND query LIKE '{INSERTED}%'")).await;
    first.end().await;
    assert_eq!(second.await.unwrap().unwrap(), [Outcome::Again]);
    let events = store.events_of(order.order.id()).await.unwrap();
    assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::Requested]);
}

pub(crate) async fn a_batch_does_not_insert_before_the_one_ahead(hospital: Hospital) {
    let store = &hospital.store;
    let order = hospital.order();
    let (turn, ahead) = Turn::behind(None);
    let second = tokio::spawn(keep(store, &order, Turn::behind(Some(ahead)).0));
    waits_after(&hospital, "").await;
    // Else each would wait for the other, until the second lets go after 5 s.
    let first = tokio::time::timeout(Duration::from_secs(3), keep(store, &order, turn)).await;
    assert_eq!(first.expect("nobody is in its way").unwrap(), [Outcome::Requested]);
    assert_eq!(second.await.unwrap().unwrap(), [Outcome::Again]);
}

pub(crate) async fn a_batch_lets_go_when_the_one_ahead_takes_long(hospital: Hospital) {
    let store = &hospital.store;
    let (_unfinished, ahead) = Turn::behind(None);
    let order = hospital.order();
    // Before the server ends a transaction that does nothing.
    let limit = ConnectOptions::default().statement_timeout;
    let kept = tokio::time::timeout(limit, keep(store, &order, Turn::behind(Some(ahead)).0)).await;
    let error = kept.expect("it lets go").unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("not stored yet"), "{error}");
    assert_eq!(store.order(order.order.id()).await.unwrap(), None);
}
