//! The disk is really full: under the data folder, the spool, the database, the broker.

#![expect(clippy::print_stdout, reason = "figures, and that a test was left out")]

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;
use testkit::product::Product;
use testkit::small_disk::SmallDisk;

use crate::faults::clients::Clients;
use crate::faults::size;
use crate::hospital::{Hospital, SOON};

/// Whatever happens, an order is answered within this.
const ANSWER: Duration = Duration::from_secs(3);

/// A small disk; nothing, and a word, where this machine does not let us have one.
fn disk(megabytes: u32) -> Option<SmallDisk> {
    if SmallDisk::is_possible() {
        return Some(SmallDisk::new(megabytes).unwrap());
    }
    println!("LEFT OUT: only root may mount the small disk that is filled here");
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn promise_05_a_full_data_folder_is_said_and_heals() {
    let Some(disk) = disk(64) else { return };
    let hospital = Hospital::embedded_in(disk.path()).await;
    let clients = Clients::of(&hospital);
    let product = hospital.backend.as_ref().unwrap();
    for _ in 0..size(1, 5, 50) {
        refuses_until_there_is_room(&clients, product, || disk.fill(0).unwrap(), || disk.empty().unwrap()).await;
        clients.until_stored(&hospital, 3 * SOON).await;
    }
    clients.assert_kept(&hospital).await;
}

mod distributed {
    use testkit::broker::PrivateBroker;
    use testkit::postgres::PrivatePostgres;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_05_a_full_spool_is_said_and_heals() {
        let Some(disk) = disk(32) else { return };
        let mut hospital = Hospital::distributed().await;
        let clients = Clients::of(&hospital);
        hospital.publisher.take().unwrap().kill();
        let on_disk = tempfile::tempdir_in(disk.path()).unwrap();
        // The others go on in theirs.
        let _kept = std::mem::replace(&mut hospital.folder, on_disk);
        hospital.start_publisher_on(&crate::faults::nowhere());
        let product = hospital.publisher.as_ref().unwrap();
        for _ in 0..size(1, 5, 50) {
            refuses_until_there_is_room(&clients, product, || disk.fill(0).unwrap(), || disk.empty().unwrap()).await;
        }
        hospital.publisher.take().unwrap().kill();
        hospital.start_publisher();
        clients.until_stored(&hospital, 3 * SOON).await;
        clients.assert_kept(&hospital).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_05_a_full_database_delays_orders_and_heals() {
        let Some(disk) = disk(256) else { return };
        let folder = disk.path().join("postgres");
        std::fs::create_dir(&folder).unwrap();
        let mut postgres = PrivatePostgres::start_in(&folder).await.unwrap();
        let hospital = Hospital::distributed_between(Some(&postgres), None, &[]).await;
        let clients = Clients::of(&hospital);
        let url = hospital.publisher.as_ref().unwrap().url("/orders");
        for round in 0..size(1, 2, 5) {
            disk.fill(0).unwrap();
            // The server may have room in its files yet, so until it says no; orders are accepted all the while.
            let (began, mut is_refused) = (Instant::now(), false);
            while !is_refused || began.elapsed() < Duration::from_secs(size(2, 10, 60)) {
                for _ in 0..20 {
                    let answered = clients.place(&url).await;
                    assert_eq!(answered.status, Some(StatusCode::ACCEPTED));
                    assert!(answered.took <= ANSWER, "{:?}", answered.took);
                }
                let name = format!("{round} {:?} {}", began.elapsed(), "x".repeat(150));
                let medication = serde_json::json!({ "name": name });
                let answer = hospital.send(reqwest::Method::POST, "/medications", &medication).await;
                let (status, says_when) = (answer.status(), answer.headers().contains_key("retry-after"));
                assert!(matches!(status.as_u16(), 201 | 503), "{status}: {}", answer.text().await.unwrap());
                is_refused |= status == StatusCode::SERVICE_UNAVAILABLE;
                assert!(status == StatusCode::CREATED || says_when, "when to come again is not said");
                assert!(began.elapsed() < Duration::from_secs(100), "the disk does not get full");
            }
            disk.empty().unwrap();
            // It may have ended itself; a manager of services would start it again.
            let began = Instant::now();
            while postgres.execute("SELECT 1").await.is_err() {
                if postgres.has_ended() {
                    println!("PostgreSQL had ended itself");
                    postgres.restart().await.unwrap();
                }
                assert!(began.elapsed() < 3 * SOON, "PostgreSQL does not come back");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            clients.until_stored(&hospital, 3 * SOON).await;
        }
        clients.assert_kept(&hospital).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_05_a_full_broker_is_stood_in_for_as_long_as_there_is_room_and_heals() {
        let Some(disk) = disk(300) else { return };
        let folder = disk.path().join("broker");
        std::fs::create_dir(&folder).unwrap();
        let mut broker = PrivateBroker::start_in(&folder).await.unwrap();
        broker.control(&["set_disk_free_limit", "50MB"]).await.unwrap();
        let hospital = Hospital::distributed_between(None, Some(&broker), &["--spool-capacity", "50"]).await;
        let clients = Clients::of(&hospital);
        let product = hospital.publisher.as_ref().unwrap();
        for _ in 0..size(1, 2, 5) {
            // First its alarm, as it keeps some room for itself; then all is gone.
            let (fill, empty) = (|| disk.fill(20 << 20).unwrap(), || disk.empty().unwrap());
            full(&clients, product, fill).await;
            disk.fill(0).unwrap();
            full(&clients, product, || {}).await;
            empty();
            tokio::time::sleep(Duration::from_secs(1)).await;
            if broker.has_ended() {
                println!("RabbitMQ had ended itself");
                broker.restart().await.unwrap();
            }
            has_room(&clients, product).await;
            clients.until_stored(&hospital, 3 * SOON).await;
        }
        clients.assert_kept(&hospital).await;
    }
}

async fn refuses_until_there_is_room(clients: &Clients, product: &Product, fill: impl FnOnce(), empty: impl FnOnce()) {
    full(clients, product, fill).await;
    empty();
    has_room(clients, product).await;
}

/// Places orders until all are refused for want of room. Each is answered in time, with a yes that holds or with
/// when to come again; at the end `/health/ready` says no.
async fn full(clients: &Clients, product: &Product, fill: impl FnOnce()) {
    for _ in 0..10 {
        clients.place(&product.url("/orders")).await;
    }
    fill();
    let (began, mut refused) = (Instant::now(), 0);
    while refused < 20 {
        let answered = clients.place(&product.url("/orders")).await;
        assert!(answered.took <= ANSWER, "{answered:?}");
        match answered.status.map(|status| status.as_u16()) {
            Some(202) => refused = 0,
            Some(503) if answered.says_when => refused += 1,
            _ => panic!("{answered:?}"),
        }
        assert!(began.elapsed() < 3 * SOON, "the disk does not get full");
    }
    // What it found is told again for a second.
    loop {
        let (status, ready) = ready(product).await;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert!(ready["checks"]["queue_publisher"]["reason"].is_string(), "{ready}");
            return;
        }
        assert!(began.elapsed() < 3 * SOON, "ready although it refuses orders: {ready}");
        tokio::time::sleep(Duration::from_millis(100)).await;
        clients.place(&product.url("/orders")).await;
    }
}

/// Waits until an order is accepted again and `/health/ready` says yes.
async fn has_room(clients: &Clients, product: &Product) {
    let began = Instant::now();
    while clients.place(&product.url("/orders")).await.status != Some(StatusCode::ACCEPTED) {
        assert!(began.elapsed() < 3 * SOON, "it does not recover: {}", ready(product).await.1);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = began.elapsed();
    loop {
        let (status, ready) = ready(product).await;
        if status == StatusCode::OK {
            break;
        }
        assert!(began.elapsed() < 3 * SOON, "not ready: {ready}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("accepted again {took:?} after there was room, ready after {:?}", began.elapsed());
}

async fn ready(product: &Product) -> (StatusCode, Value) {
    let ready = reqwest::get(product.url("/health/ready")).await.unwrap();
    (ready.status(), ready.json().await.unwrap())
}
