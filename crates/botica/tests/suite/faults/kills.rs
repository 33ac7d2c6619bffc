//! The one process of the embedded mode is killed, again and again.

#![expect(clippy::print_stdout, reason = "figures")]

use std::time::Duration;

use testkit::product::command;

use crate::faults::clients::Clients;
use crate::faults::size;
use crate::hospital::{BINARY, Hospital, SOON};

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_under_load_it_loses_and_doubles_nothing() {
    let mut hospital = Hospital::embedded_with(&["--access-token-life", "2h"]).await;
    let clients = Clients::of(&hospital);
    let (rounds, mut chance) = (size(8, 60, 1000), fastrand::Rng::with_seed(0x6b11));
    for round in 1..=rounds {
        let mut placing = clients.greedily(&hospital.backend.as_ref().unwrap().url("/orders"), 4);
        // In the middle of its first orders, at another moment each time.
        tokio::time::sleep(Duration::from_micros(chance.u64(1_000..250_000))).await;
        hospital.backend.take().unwrap().kill();
        while placing.join_next().await.is_some() {}
        if round % 100 == 0 {
            assert_sound(&hospital).await;
        }
        hospital.start_backend();
    }
    clients.until_stored(&hospital, 3 * SOON).await;
    let verdict = clients.assert_kept(&hospital).await;
    println!(
        "{rounds} kills: {} attempted, {} acknowledged, {} stored, {} of them without an answer; 0 lost, 0 doubled",
        verdict.attempted, verdict.acknowledged, verdict.stored, verdict.recovered
    );
    assert!(verdict.acknowledged >= rounds, "too few to tell");
    hospital.backend.as_mut().unwrap().stop(SOON).unwrap();
    assert_sound(&hospital).await;
    let mut verify = command(BINARY.as_ref());
    let verified = verify.args(["audit", "verify", "--data-dir", hospital.folder.path().to_str().unwrap()]).output();
    let verified = verified.unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

/// SQLite finds nothing wrong in either file.
async fn assert_sound(hospital: &Hospital) {
    for file in ["botica.db", "order_queue.db"] {
        let url = format!("sqlite://{}", hospital.folder.path().join(file).display());
        let mut sql = testkit::sql::connect(&url).await.unwrap();
        let rows = sql.rows("SELECT CAST(integrity_check AS BLOB) FROM pragma_integrity_check").await.unwrap();
        assert_eq!(rows, [[b"ok".to_vec()]], "{file}");
    }
}
