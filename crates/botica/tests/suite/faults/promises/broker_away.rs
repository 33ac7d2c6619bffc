//! Promise 3: ordering goes on without the broker.

mod distributed {
    use std::time::{Duration, Instant};

    use serde_json::Value;
    use testkit::broker::PrivateBroker;
    use testkit::relay::Relay;

    use crate::faults::accepted::{each_has_one_effect, place_in_time};
    use crate::faults::size;
    use crate::hospital::{Hospital, SOON};

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_03_without_the_broker_orders_are_answered_in_time_and_handed_on_in_order() {
        let mut broker = PrivateBroker::start().await.unwrap();
        let relay = Relay::start(broker.address()).await.unwrap();
        let mut hospital = Hospital::distributed_on_broker(&broker).await;
        hospital.publisher.take().unwrap().kill();
        hospital.start_publisher_on(&format!("amqp://guest:guest@{}/%2f", relay.address()));

        broker.kill();
        let mut placed = spooled(&hospital).await;
        broker.restart().await.unwrap();
        handed_on(&hospital, &placed).await;

        broker.freeze().unwrap();
        placed.extend(spooled(&hospital).await);
        broker.thaw().unwrap();
        handed_on(&hospital, &placed).await;

        relay.half_open();
        placed.extend(spooled(&hospital).await);
        relay.cut();
        relay.release();
        handed_on(&hospital, &placed).await;

        relay.hold();
        placed.extend(spooled(&hospital).await);
        relay.cut();
        relay.release();
        handed_on(&hospital, &placed).await;

        broker.alarm(true).await.unwrap();
        placed.extend(spooled(&hospital).await);
        broker.alarm(false).await.unwrap();
        handed_on(&hospital, &placed).await;
    }

    /// So many of the last that are spooled are looked at: those before may have been on their way when the fault
    /// came.
    const IN_ORDER: usize = 30;

    /// Places orders one after the other, each answered in time, until the publisher knows that it has no broker,
    /// and then some.
    async fn spooled(hospital: &Hospital) -> Vec<String> {
        let mut placed = vec![];
        let deadline = Instant::now() + SOON;
        while !is_spooling(hospital).await {
            assert!(Instant::now() < deadline, "the fault is not noticed");
            placed.push(place_in_time(hospital).await);
        }
        for _ in 0..size(IN_ORDER, 200, 2000) {
            placed.push(place_in_time(hospital).await);
        }
        placed
    }

    async fn is_spooling(hospital: &Hospital) -> bool {
        let url = hospital.publisher.as_ref().unwrap().url("/health/ready");
        let ready: Value = hospital.client.get(url).send().await.unwrap().json().await.unwrap();
        ready["checks"]["queue_publisher"]["detail"]["spooling"] == true
    }

    /// All are stored, the last of them in the order in which they were placed, and the publisher has its broker.
    async fn handed_on(hospital: &Hospital, placed: &[String]) {
        each_has_one_effect(hospital, placed, SOON).await;
        let mut numbers = Vec::new();
        for id in &placed[placed.len() - IN_ORDER..] {
            let order = hospital.get(&format!("/orders/{id}")).await;
            numbers.push(order["events"][0]["seq"].as_i64().unwrap());
        }
        assert!(numbers.is_sorted(), "not in the order in which they were placed: {numbers:?}");
        let deadline = Instant::now() + SOON;
        while is_spooling(hospital).await {
            assert!(Instant::now() < deadline, "the broker is not used again");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
