//! Cases 1 to 6: what the broker does to who publishes.

mod distributed {
    use std::time::Duration;

    use testkit::broker::PrivateBroker;

    use crate::faults::accepted::{each_has_one_effect, place_many};
    use crate::faults::{relay_to_broker, size};
    use crate::hospital::{Hospital, SOON, id};

    /// A consumer that lost its broker consumes again within this.
    const AGAIN: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn case_01_orders_posted_in_a_memory_alarm_are_stored_after_it() {
        let broker = PrivateBroker::start().await.unwrap();
        let hospital = Hospital::distributed_on_broker(&broker).await;
        broker.alarm(true).await.unwrap();
        let placed = place_many(&hospital, 200).await;
        // The broker takes none of them in; the consumer, which goes on, may have had those before it noticed.
        let stored = hospital.stored_ids().await.len();
        assert!(stored < placed.len(), "there was no alarm");
        broker.alarm(false).await.unwrap();
        each_has_one_effect(&hospital, &placed, SOON).await;
    }

    #[tokio::test]
    async fn case_02_a_broker_restarted_while_idle_takes_the_next_order_once() {
        let mut broker = PrivateBroker::start().await.unwrap();
        let hospital = Hospital::distributed_on_broker(&broker).await;
        let mut placed = vec![];
        for _ in 0..size(1, 5, 20) {
            broker.restart().await.unwrap();
            placed.extend(place_many(&hospital, 1).await);
            each_has_one_effect(&hospital, &placed, AGAIN).await;
        }
        assert_eq!(hospital.stored_ids().await.len(), placed.len());
    }

    #[tokio::test]
    async fn case_04_a_frozen_broker_is_answered_for_within_three_seconds() {
        let broker = PrivateBroker::start().await.unwrap();
        let hospital = Hospital::distributed_on_broker(&broker).await;
        broker.freeze().unwrap();
        let placed = place_many(&hospital, size(100, 200, 1000)).await;
        broker.thaw().unwrap();
        each_has_one_effect(&hospital, &placed, SOON).await;
    }

    /// Of exchange, binding and queue, only the queue can go: Botica uses the default exchange, which nobody can
    /// delete or unbind. What an operator deletes with the queue is deleted; so it is empty at that moment, and
    /// the orders of the moment are on their way, unconfirmed.
    #[tokio::test(flavor = "multi_thread")]
    async fn case_05_a_queue_deleted_under_load_is_declared_again_and_loses_nothing_that_was_accepted() {
        let mut hospital = Hospital::distributed().await;
        let (relay, url) = relay_to_broker().await;
        hospital.publisher.take().unwrap().kill();
        hospital.start_publisher_on(&url);
        hospital.wait_until_ready(hospital.publisher.as_ref().unwrap()).await;
        let queue = hospital.queue.as_ref().unwrap();
        let mut accepted = vec![];
        for _ in 0..size(3, 20, 100) {
            accepted.extend(place_many(&hospital, 20).await);
            each_has_one_effect(&hospital, &accepted, SOON).await;
            // From here on nothing is confirmed until the queue is gone.
            relay.hold();
            let deleted = async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                queue.delete().await.unwrap();
                relay.release();
            };
            accepted.extend(tokio::join!(place_many(&hospital, 40), deleted).0);
        }
        each_has_one_effect(&hospital, &accepted, SOON).await;
        let says = |part: &'static str| {
            move |line: &serde_json::Value| line["reason"].as_str().is_some_and(|why| why.contains(part))
        };
        let publisher = hospital.publisher.as_mut().unwrap();
        publisher.wait_for_log(SOON, says("the queue is gone")).unwrap();
        let consumer = hospital.consumer.as_mut().unwrap();
        consumer.wait_for_log(SOON, says("the queue is gone")).unwrap();
    }

    #[tokio::test]
    async fn case_06_an_order_after_a_restart_of_the_broker_is_stored_within_ten_seconds() {
        let mut broker = PrivateBroker::start().await.unwrap();
        let mut hospital = Hospital::distributed_on_broker(&broker).await;
        for _ in 0..size(1, 20, 200) {
            hospital.sign_in().await;
            broker.restart().await.unwrap();
            let order = hospital.order();
            hospital.place(&order).await;
            hospital.stored(&id(&order), AGAIN).await;
        }
        assert_eq!(hospital.sql().await.count("dead_letters").await.unwrap(), 0);
    }
}
