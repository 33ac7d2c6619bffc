//! Promise 2: one effect per order id.

use serde_json::Value;

use crate::faults::accepted::each_has_one_effect;
use crate::faults::size;
use crate::hospital::{Hospital, SOON, id};

/// How often each message comes.
const TIMES: usize = 5;

#[tokio::test]
async fn promise_02_what_is_delivered_five_times_has_one_effect() {
    let mut hospital = Hospital::embedded().await;
    hospital.backend.take().unwrap().kill();
    let ids = put_five_times(&hospital).await;
    hospital.start_backend();
    hospital.sign_in().await;
    let ids = [ids, sent_again(&hospital).await].concat();
    each_has_one_effect(&hospital, &ids, SOON).await;
    assert_eq!(hospital.stored_ids().await.len(), ids.len());
}

/// Puts the messages of some orders into the queue, each five times and all mixed. Their ids.
async fn put_five_times(hospital: &Hospital) -> Vec<String> {
    let orders: Vec<Value> = (0..size(100, 500, 2000)).map(|_| hospital.order()).collect();
    let mut bodies: Vec<Vec<u8>> =
        orders.iter().flat_map(|order| std::iter::repeat_n(hospital.message(order), TIMES)).collect();
    fastrand::Rng::with_seed(2).shuffle(&mut bodies);
    hospital.put_into_queue(&bodies).await;
    orders.iter().map(id).collect()
}

/// Some orders as clients send them whose answers are lost. Their ids.
async fn sent_again(hospital: &Hospital) -> Vec<String> {
    let orders: Vec<Value> = (0..20).map(|_| hospital.order()).collect();
    for order in &orders {
        futures_util::future::join_all((0..TIMES).map(|_| hospital.place(order))).await;
    }
    orders.iter().map(id).collect()
}

mod distributed {
    use super::*;
    use crate::faults::accepted::place_many;
    use crate::faults::relay_to_broker;

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_02_what_is_delivered_five_times_to_two_consumers_has_one_effect() {
        let mut hospital = Hospital::distributed().await;
        hospital.consumer.take().unwrap().kill();
        let mut ids = put_five_times(&hospital).await;
        hospital.start_consumer();
        let _another = hospital.consumer.take();
        hospital.start_consumer();
        ids.extend(sent_again(&hospital).await);
        // Confirms that are lost: what the broker has is spooled and sent to it once more.
        let (relay, url) = relay_to_broker().await;
        hospital.publisher.take().unwrap().kill();
        hospital.start_publisher_on(&url);
        hospital.wait_until_ready(hospital.publisher.as_ref().unwrap()).await;
        relay.half_open();
        ids.extend(place_many(&hospital, 20).await);
        relay.cut();
        relay.release();
        each_has_one_effect(&hospital, &ids, 2 * SOON).await;
        assert_eq!(hospital.stored_ids().await.len(), ids.len());
    }
}
