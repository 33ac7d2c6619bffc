//! Three processes, RabbitMQ and PostgreSQL.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::hospital::{Hospital, SOON, id};

/// Long enough for a broker's or database's connection to be made again.
const BACK: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_order_is_read_back_within_a_second_by_either_route() {
    let hospital = Hospital::distributed().await;
    crate::orders::in_a_second_by_either_route(&hospital).await;
}

#[tokio::test]
async fn a_publisher_that_makes_the_queue_is_not_cut_off_by_it() {
    let mut hospital = Hospital::distributed().await;
    hospital.consumer.take().unwrap().kill();
    hospital.publisher.take().unwrap().kill();
    hospital.queue.as_ref().unwrap().delete().await.unwrap();
    hospital.start_publisher();
    let is_connected = |line: &Value| line["message"] == "the publisher is connected";
    hospital.publisher.as_mut().unwrap().wait_for_log(SOON, is_connected).unwrap();
    hospital.place(&hospital.order()).await;
    let log = hospital.publisher.as_mut().unwrap().log();
    assert!(!log.iter().any(|line| line.contains("cut off")), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_many_orders_wait_two_batches_are_stored_at_once_and_none_overtakes() {
    let mut hospital = Hospital::distributed_with(&["--batch-size", "10"]).await;
    hospital.consumer.take().unwrap().kill();
    let orders: Vec<Value> = (0..30).map(|_| hospital.order()).collect();
    for order in &orders {
        hospital.place(order).await;
    }
    // Whoever has this row holds up all who write events, which comes last.
    let mut holding = hospital.sql().await;
    holding.execute("BEGIN").await.unwrap();
    holding.execute("SELECT seq FROM event_head FOR UPDATE").await.unwrap();
    hospital.start_consumer();
    let writers = "SELECT 'x'::bytea FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database \
                   WHERE datname = current_database() AND relation = 'orders'::regclass \
                   AND mode = 'RowExclusiveLock' GROUP BY pid";
    let mut looking = hospital.sql().await;
    let are_two = async {
        while looking.rows(writers).await.unwrap().len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, are_two).await.expect("two batches insert orders");
    holding.execute("COMMIT").await.unwrap();
    for order in &orders {
        hospital.stored(&id(order), SOON).await;
    }
    let stored = looking.in_order_of_events().await.unwrap();
    let placed: Vec<Uuid> = orders.iter().map(|order| id(order).parse().unwrap()).collect();
    assert_eq!(stored, placed);
}

#[tokio::test]
async fn an_order_is_worked_to_its_end() {
    crate::steps::to_its_end(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn an_order_is_on_the_stream_within_a_second() {
    crate::stream::within_a_second(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn who_has_the_right_orders_controlled_medications() {
    crate::controlled::takes_the_right(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn controlled_orders_are_listed_apart() {
    crate::controlled::listed_apart(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn what_was_placed_with_the_right_is_not_refused_after_an_outage() {
    let mut hospital = Hospital::distributed().await;
    crate::controlled::placed_before_it_was_taken(&mut hospital).await;
}

#[tokio::test]
async fn who_is_deactivated_demoted_or_signed_out_places_no_more_orders() {
    crate::shut_out::places_no_more_orders(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn without_its_backend_a_publisher_goes_by_what_it_knows() {
    crate::shut_out::goes_by_what_it_knows(Hospital::distributed().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_starts_asks_first_who_was_shut_out() {
    crate::shut_out::out_from_the_first_request(Hospital::distributed().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_starts_within_seconds_although_the_backend_says_nothing() {
    crate::shut_out::starts_within_seconds_all_the_same(Hospital::distributed().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_no_log_and_no_answer() {
    crate::secrets::used(Hospital::distributed_with(&["--log", "trace"]).await).await;
}

#[tokio::test]
async fn no_strange_token_is_believed() {
    crate::tokens::nobody_is_believed(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn a_service_call_is_worked_to_its_end_by_one_of_twenty() {
    let hospital = Hospital::distributed().await;
    crate::service_calls::to_its_end(&hospital).await;
    crate::service_calls::one_has_it(&hospital).await;
}

#[tokio::test]
async fn a_register_is_taken_over_and_found_at_once() {
    crate::import::taken_over(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn a_file_is_taken_over_in_the_background() {
    crate::import_jobs::taken_over(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn an_import_is_seen_and_called_off_from_another_backend() {
    crate::import_jobs::seen_and_called_off_from_another_backend(Hospital::distributed().await).await;
}

#[tokio::test]
async fn an_import_is_found_dead_by_another_backend() {
    crate::import_jobs::found_dead_by_another_backend(Hospital::distributed().await).await;
}

#[tokio::test]
async fn an_exported_catalogue_comes_back_unchanged() {
    crate::exports::comes_back(&Hospital::distributed().await).await;
}

#[tokio::test]
async fn each_process_has_only_what_its_service_needs() {
    let hospital = Hospital::distributed().await;
    let publisher = hospital.publisher.as_ref().unwrap();
    let environment = std::fs::read(format!("/proc/{}/environ", publisher.pid())).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("DATABASE_URL"), "the publisher has no database");
    let status = async |url: String| hospital.client.get(url).send().await.unwrap().status();
    let consumer = hospital.consumer.as_ref().unwrap();
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(status(consumer.url(path)).await, StatusCode::OK);
    }
    for path in ["/orders", "/medications", "/login", "/me"] {
        assert_eq!(status(consumer.url(path)).await, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(status(publisher.url("/medications")).await, StatusCode::NOT_FOUND);
    let backend = hospital.backend.as_ref().unwrap();
    let placing = hospital.client.post(backend.url("/orders")).bearer_auth(&hospital.token);
    let placing = placing.json(&hospital.order()).send().await.unwrap();
    assert_eq!(placing.status(), StatusCode::METHOD_NOT_ALLOWED, "placing is the publisher's");
}

#[tokio::test]
async fn a_publisher_starts_without_the_backend_and_knows_its_keys() {
    let mut hospital = Hospital::distributed().await;
    hospital.publisher.take().unwrap().kill();
    hospital.start_publisher_without_backend();
    let order = hospital.order();
    hospital.place(&order).await;
    hospital.start_backend();
    hospital.token = hospital.login(crate::hospital::ADMIN, crate::hospital::PASSWORD).await;
    hospital.stored(&id(&order), BACK).await;
}

/// On several threads, since the relay must run while this test waits for a process to start.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_orders_are_accepted_and_stored_when_it_is_back() {
    let mut hospital = Hospital::distributed().await;
    let url: url::Url = hospital.database.as_ref().unwrap().url().parse().unwrap();
    let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let relay = testkit::relay::Relay::start(target).await.unwrap();
    let mut through = url.clone();
    through.set_ip_host(relay.address().ip()).unwrap();
    through.set_port(Some(relay.address().port())).unwrap();
    hospital.consumer.take().unwrap().kill();
    hospital.start_consumer_on(through.as_str());
    let before = hospital.order();
    hospital.place(&before).await;
    hospital.stored(&id(&before), BACK).await;

    relay.hold();
    relay.cut();
    let mut placed = Vec::new();
    for _ in 0..20 {
        let order = hospital.order();
        hospital.place(&order).await;
        placed.push(id(&order));
    }
    let consumer = hospital.consumer.as_mut().unwrap();
    consumer.wait_for_log(SOON, |line| line["message"].as_str().is_some_and(|text| text.contains("holding"))).unwrap();
    let stored = hospital.request(Method::GET, &format!("/orders/{}", placed[0])).send().await.unwrap();
    assert_eq!(stored.status(), StatusCode::NOT_FOUND);

    relay.release();
    for id in &placed {
        hospital.stored(id, BACK).await;
    }
    assert_eq!(dead_letters(&hospital).await, 0, "an outage is no reason for a dead letter");
}

#[tokio::test]
async fn what_the_database_refuses_is_kept_with_the_reason_and_its_neighbours_are_stored() {
    let mut hospital = Hospital::distributed().await;
    // Stopped, so that all that follows comes to it as one batch.
    hospital.consumer.take().unwrap().kill();
    let mut placed = Vec::new();
    for number in 0..9 {
        let order = hospital.order();
        hospital.place(&order).await;
        placed.push(id(&order));
        if number % 4 == 0 {
            // In form an order; but PostgreSQL's text can't hold NUL, as in this name.
            let message = json!({
                "version": 1,
                "order": hospital.order(),
                "placed_by": { "id": Uuid::now_v7(), "name": "a\u{0}b", "role": "nurse" },
                "placed_at": "2026-03-09T14:05:00Z",
            });
            hospital.queue.as_ref().unwrap().put_raw(message.to_string().as_bytes()).await.unwrap();
        }
    }
    hospital.start_consumer();
    for id in &placed {
        hospital.stored(id, SOON).await;
    }
    let deadline = std::time::Instant::now() + SOON;
    while dead_letters(&hospital).await < 3 {
        assert!(std::time::Instant::now() < deadline, "what the database refuses was not kept");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let letters = hospital.get("/dead-letters").await;
    for letter in letters["items"].as_array().unwrap() {
        assert!(letter["reason"].as_str().unwrap().contains("the database refused"), "{letter}");
    }
    assert_eq!(hospital.stored_ids().await.len(), placed.len());
}

#[tokio::test]
async fn each_service_ends_cleanly_when_told_to() {
    let mut hospital = Hospital::distributed().await;
    for product in [&mut hospital.publisher, &mut hospital.consumer, &mut hospital.backend] {
        let status = product.as_mut().unwrap().stop(Duration::from_secs(10)).unwrap();
        assert!(status.success(), "{status}");
    }
}

#[tokio::test]
async fn ready_says_which_part_is_away() {
    let mut hospital = Hospital::distributed().await;
    hospital.consumer.take().unwrap().kill();
    // A port on which nothing listens: the one of a listener that is closed again.
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    hospital.start_consumer_from(&format!("amqp://guest:top-secret@{nowhere}/%2f"));
    let consumer = hospital.consumer.as_ref().unwrap();
    let ready = hospital.client.get(consumer.url("/health/ready")).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = ready.json().await.unwrap();
    let reason = body["checks"]["queue_consumer"]["reason"].as_str().unwrap();
    assert!(!reason.is_empty() && !reason.contains("top-secret"), "{reason}");
}

async fn dead_letters(hospital: &Hospital) -> i64 {
    let url = hospital.database.as_ref().unwrap().url();
    testkit::sql::connect(url).await.unwrap().count("dead_letters").await.unwrap()
}

#[tokio::test]
async fn a_consumer_measures_what_waits_in_the_queue() {
    let hospital = Hospital::distributed().await;
    let url = hospital.consumer.as_ref().unwrap().url("/metrics");
    let deadline = Instant::now() + SOON;
    for line in ["botica_queue_messages{state=\"ready\"} 0", "botica_queue_messages{state=\"dead\"} 0"] {
        while !hospital.client.get(&url).send().await.unwrap().text().await.unwrap().contains(line) {
            assert!(Instant::now() < deadline, "{line} does not come");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
