//! Faults that others reported of their systems, each of which names a kind. The numbers are those of
//! `docs/guarantees.md`.

mod distributed {
    use std::time::Duration;

    use testkit::broker::PrivateBroker;
    use testkit::postgres::PrivatePostgres;

    use crate::faults::size;
    use crate::hospital::{Hospital, id};

    /// A consumer that lost its broker consumes again within this.
    const AGAIN: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn case_06_an_order_after_a_restart_of_the_broker_is_stored_within_ten_seconds() {
        let mut broker = PrivateBroker::start().await.unwrap();
        let postgres = PrivatePostgres::start().await.unwrap();
        let hospital = Hospital::distributed_on(&postgres, &broker).await;
        for _ in 0..size(2, 20, 200) {
            broker.restart().await.unwrap();
            let order = hospital.order();
            hospital.place(&order).await;
            hospital.stored(&id(&order), AGAIN).await;
        }
        assert_eq!(hospital.sql().await.count("dead_letters").await.unwrap(), 0);
    }
}
