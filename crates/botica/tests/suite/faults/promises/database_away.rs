//! Promise 4: a database that is away delays, and makes no dead letter.

mod distributed {
    use std::time::{Duration, Instant};

    use testkit::postgres::PrivatePostgres;

    use crate::faults::accepted::{each_has_one_effect, place_many};
    use crate::faults::size;
    use crate::hospital::{Hospital, SOON};

    #[tokio::test]
    async fn promise_04_a_database_that_is_away_delays_and_makes_no_dead_letter() {
        let mut postgres = PrivatePostgres::start().await.unwrap();
        let hospital = Hospital::distributed_on_postgres(&postgres).await;
        let orders = size(20, 100, 1000);

        postgres.kill();
        let mut placed = place_many(&hospital, orders).await;
        postgres.restart().await.unwrap();
        each_has_one_effect(&hospital, &placed, SOON).await;

        // Whoever connects is cut off again.
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(size(2, 10, 60)) {
            placed.extend(place_many(&hospital, 5).await);
            postgres.terminate_connections().await.unwrap();
        }
        each_has_one_effect(&hospital, &placed, SOON).await;

        let mut lock = hospital.sql().await;
        lock.execute("BEGIN; LOCK TABLE orders, event_head IN ACCESS EXCLUSIVE MODE").await.unwrap();
        placed.extend(place_many(&hospital, orders).await);
        tokio::time::sleep(Duration::from_secs(size(2, 15, 30))).await;
        lock.execute("COMMIT").await.unwrap();
        each_has_one_effect(&hospital, &placed, SOON).await;

        // As after a failover, while the connections still lead to what is now a replica.
        postgres.set("default_transaction_read_only", "on").await.unwrap();
        placed.extend(place_many(&hospital, orders).await);
        tokio::time::sleep(Duration::from_secs(size(1, 10, 60))).await;
        let stored = hospital.stored_ids().await.len();
        assert!(stored < placed.len(), "it was not read-only");
        postgres.set("default_transaction_read_only", "off").await.unwrap();
        each_has_one_effect(&hospital, &placed, SOON).await;
    }
}
