//! A host whose clock is hours off.

#![expect(clippy::print_stdout, reason = "a test that was left out says so")]

use std::path::Path;

use reqwest::StatusCode;

use crate::faults::clients::Clients;
use crate::faults::size;
use crate::hospital::{ADMIN, Hospital, PASSWORD, SOON};

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const OFF: [&str; 2] = ["+2h", "-2h"];

/// The environment of a process whose clock is off; what waits for a while goes on as it should.
fn env(off: &str) -> Vec<(String, String)> {
    [("LD_PRELOAD", LIBRARY), ("FAKETIME", off), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

/// Whether a clock can be set off here; says so if not, or fails where nothing may be left out.
fn is_possible() -> bool {
    let is_there = Path::new(LIBRARY).exists();
    if !is_there {
        let is_required = std::env::var_os("BOTICA_REQUIRE_SERVICES").is_some_and(|value| value == "1");
        assert!(!is_required, "there is no {LIBRARY} (Debian's package libfaketime)");
        println!("LEFT OUT: there is no {LIBRARY} (Debian's package libfaketime)");
    }
    is_there
}

async fn place_some(clients: &Clients, url: &str) {
    for _ in 0..size(10, 50, 500) {
        assert_eq!(clients.place(url).await.status, Some(StatusCode::ACCEPTED));
    }
}

#[tokio::test]
async fn orders_keep_their_order_although_the_clock_jumps_by_hours() {
    if !is_possible() {
        return;
    }
    let mut hospital = Hospital::embedded().await;
    let clients = Clients::of(&hospital);
    place_some(&clients, &hospital.backend.as_ref().unwrap().url("/orders")).await;
    for off in OFF {
        hospital.backend.take().unwrap().kill();
        hospital.env = env(off);
        hospital.start_backend();
        let token = hospital.login(ADMIN, PASSWORD).await;
        let url = hospital.backend.as_ref().unwrap().url("/orders");
        place_some(&clients.clone().with_token(&token), &url).await;
        clients.until_stored(&hospital, SOON).await;
    }
    clients.assert_kept(&hospital).await;
    clients.assert_in_order(&hospital, |_| true).await;
}

mod distributed {
    use testkit::product::command;

    use super::*;
    use crate::hospital::BINARY;

    #[tokio::test]
    async fn orders_keep_their_order_although_a_consumer_is_hours_off_and_a_backend_that_is_is_told_of() {
        if !is_possible() {
            return;
        }
        let mut hospital = Hospital::distributed().await;
        let clients = Clients::of(&hospital);
        for off in OFF {
            hospital.consumer.take().unwrap().kill();
            hospital.env = env(off);
            hospital.start_consumer();
            place_some(&clients, &hospital.publisher.as_ref().unwrap().url("/orders")).await;
            clients.until_stored(&hospital, SOON).await;

            let mut doctor = command(BINARY.as_ref());
            doctor.arg("doctor").env("DATABASE_URL", hospital.database.as_ref().unwrap().url()).envs(env(off));
            let examined = doctor.arg("--data-dir").arg(hospital.folder.path()).output().unwrap();
            let said = String::from_utf8_lossy(&examined.stdout).into_owned();
            assert!(!examined.status.success() && said.contains("let both follow NTP"), "{said}");
        }
        hospital.consumer.take().unwrap().kill();
        hospital.env.clear();
        hospital.start_consumer();

        for off in OFF {
            hospital.backend.take().unwrap().kill();
            hospital.publisher.take().unwrap().kill();
            hospital.env = env(off);
            hospital.start_backend();
            hospital.env.clear();
            hospital.start_publisher();
            let order = hospital.order();
            // Its tokens are from the future, or have run out, by everybody else's clock: nothing is accepted, so
            // nothing can be lost; and whoever looks for the reason finds it.
            let token = hospital.login(ADMIN, PASSWORD).await;
            let publisher = hospital.publisher.as_mut().unwrap();
            let answer = hospital.client.post(publisher.url("/orders")).bearer_auth(&token).json(&order).send().await;
            assert_eq!(answer.unwrap().status(), StatusCode::UNAUTHORIZED);
            // It asked the backend before it took orders.
            assert!(publisher.log().iter().any(|line| line.contains("let both follow NTP")));
        }
        clients.assert_kept(&hospital).await;
        clients.assert_in_order(&hospital, |_| true).await;
    }
}
