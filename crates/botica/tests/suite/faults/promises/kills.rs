//! Promise 1, accepted is never lost, and promise 10, shutdown is clean.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::Value;
use testkit::product::Product;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::faults::accepted::each_has_one_effect;
use crate::faults::size;
use crate::hospital::{Hospital, SOON, id};
use crate::stream::Reader;

const CLIENTS: usize = 4;

/// Clients that order without a pause, each the same order until it is accepted, wherever orders are taken now.
struct Load {
    where_to: Arc<Mutex<(String, String)>>,
    accepted: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
    clients: JoinSet<()>,
}

impl Load {
    fn start(hospital: &Hospital) -> Load {
        let where_to = Arc::new(Mutex::new(place_of(hospital)));
        let (accepted, stop) = (Arc::<Mutex<Vec<String>>>::default(), CancellationToken::new());
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let orders = order_like(hospital.order());
            clients.spawn(order(where_to.clone(), orders, accepted.clone(), stop.clone()));
        }
        Load { where_to, accepted, stop, clients }
    }

    /// After a process has started again on another port.
    fn follow(&self, hospital: &Hospital) {
        *self.where_to.lock().unwrap() = place_of(hospital);
    }

    fn count(&self) -> usize {
        self.accepted.lock().unwrap().len()
    }

    /// Until so many more were accepted.
    async fn goes_on(&self, more: usize) {
        let (enough, deadline) = (self.count() + more, Instant::now() + SOON);
        while self.count() < enough {
            assert!(Instant::now() < deadline, "no more orders are accepted");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// What was accepted, once all clients have stopped.
    async fn end(self) -> Vec<String> {
        self.stop.cancel();
        self.clients.join_all().await;
        Arc::into_inner(self.accepted).unwrap().into_inner().unwrap()
    }
}

/// Where orders are taken, and the token.
fn place_of(hospital: &Hospital) -> (String, String) {
    (hospital.url(&reqwest::Method::POST, "/orders"), hospital.token.clone())
}

fn order_like(order: Value) -> impl FnMut() -> Value + Send {
    move || {
        let mut order = order.clone();
        order["id"] = uuid::Uuid::now_v7().to_string().into();
        order
    }
}

async fn order(
    where_to: Arc<Mutex<(String, String)>>,
    mut orders: impl FnMut() -> Value + Send,
    accepted: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
) {
    let client = Client::builder().timeout(SOON).build().unwrap();
    while !stop.is_cancelled() {
        let order = orders();
        loop {
            let (url, token) = where_to.lock().unwrap().clone();
            match client.post(url).bearer_auth(token).json(&order).send().await {
                Ok(answer) if answer.status() == StatusCode::ACCEPTED => {
                    accepted.lock().unwrap().push(id(&order));
                    break;
                }
                // Not sent again: whether it was taken then, nobody was promised.
                _ if stop.is_cancelled() => break,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_01_what_was_accepted_is_stored_once_although_the_process_is_killed_again_and_again() {
    let mut hospital = Hospital::embedded().await;
    let load = Load::start(&hospital);
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..size(5, 20, 100) {
        // In the midst of it, after another number of answers each time.
        load.goes_on(random.usize(5..40)).await;
        hospital.backend.take().unwrap().kill();
        hospital.start_backend();
        hospital.sign_in().await;
        load.follow(&hospital);
    }
    let accepted = load.end().await;
    each_has_one_effect(&hospital, &accepted, SOON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_10_told_to_stop_under_load_with_open_streams_it_ends_cleanly_and_loses_nothing() {
    let mut hospital = Hospital::embedded().await;
    for _ in 0..size(1, 5, 20) {
        let readers = a_hundred_readers(&hospital).await;
        let load = Load::start(&hospital);
        load.goes_on(20).await;
        ends(hospital.backend.as_mut().unwrap());
        see_the_end(readers).await;
        // Clients that can't reach it any more must not be waited for.
        hospital.start_backend();
        hospital.sign_in().await;
        load.follow(&hospital);
        let accepted = load.end().await;
        each_has_one_effect(&hospital, &accepted, SOON).await;
    }
}

async fn a_hundred_readers(hospital: &Hospital) -> Vec<Reader> {
    let mut readers = Vec::new();
    for _ in 0..100 {
        readers.push(Reader::open(hospital.backend.as_ref().unwrap(), &hospital.token, "", None).await);
    }
    readers
}

async fn see_the_end(readers: Vec<Reader>) {
    for mut reader in readers {
        while reader.next().await.is_some() {}
    }
}

fn ends(product: &mut Product) {
    let status = product.stop(Duration::from_secs(10)).unwrap();
    assert!(status.success(), "{status}");
}

mod distributed {
    use testkit::broker::PrivateBroker;
    use testkit::postgres::PrivatePostgres;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_01_nothing_accepted_is_lost_whoever_is_killed() {
        let mut broker = PrivateBroker::start().await.unwrap();
        let mut postgres = PrivatePostgres::start().await.unwrap();
        let mut hospital = Hospital::distributed_on(&postgres, &broker).await;
        let load = Load::start(&hospital);
        for _ in 0..size(1, 5, 25) {
            load.goes_on(50).await;
            hospital.publisher.take().unwrap().kill();
            hospital.start_publisher();
            load.follow(&hospital);
            load.goes_on(50).await;
            hospital.consumer.take().unwrap().kill();
            hospital.start_consumer();
            load.goes_on(50).await;
            // In the midst of its commits.
            postgres.kill();
            load.goes_on(20).await;
            postgres.restart().await.unwrap();
            load.goes_on(50).await;
            broker.kill();
            load.goes_on(20).await;
            broker.restart().await.unwrap();
            load.goes_on(50).await;
            hospital.backend.take().unwrap().kill();
            hospital.start_backend();
            hospital.sign_in().await;
            load.follow(&hospital);
        }
        let accepted = load.end().await;
        each_has_one_effect(&hospital, &accepted, 2 * SOON).await;
        drop(hospital);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_10_told_to_stop_under_load_with_open_streams_each_ends_cleanly_and_loses_nothing() {
        let mut hospital = Hospital::distributed().await;
        for _ in 0..size(1, 5, 20) {
            let readers = a_hundred_readers(&hospital).await;
            let load = Load::start(&hospital);
            load.goes_on(20).await;
            ends(hospital.publisher.as_mut().unwrap());
            ends(hospital.consumer.as_mut().unwrap());
            ends(hospital.backend.as_mut().unwrap());
            see_the_end(readers).await;
            hospital.start_backend();
            hospital.sign_in().await;
            hospital.start_publisher();
            hospital.start_consumer();
            load.follow(&hospital);
            let accepted = load.end().await;
            each_has_one_effect(&hospital, &accepted, SOON).await;
        }
    }
}
