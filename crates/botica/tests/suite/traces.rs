//! One order is one trace, through every process that has to do with it.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use testkit::collector::Collector;

use crate::hospital::{Hospital, SOON, id};
use crate::stream::Reader;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT: &str = "00f067aa0ba902b7";

/// Sends its spans there, soon.
fn traced(collector: &Collector) -> Vec<(String, String)> {
    vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), collector.endpoint()),
        ("OTEL_BSP_SCHEDULE_DELAY".to_owned(), "100".to_owned()),
        ("BOTICA_LOG".to_owned(), "debug,sqlx=warn,sea_orm=warn,hyper=warn,lapin=warn".to_owned()),
    ]
}

/// Places an order while somebody watches, and says its id.
async fn place_in_trace(hospital: &Hospital) -> (String, Reader) {
    let technician = hospital.someone("technician", 1).await;
    let mut watching = Reader::open(hospital.backend.as_ref().unwrap(), &technician, "", None).await;
    assert_eq!(watching.next().await.unwrap().name, "hello");
    let order = hospital.order();
    let request = hospital.request(Method::POST, "/orders").header("traceparent", format!("00-{TRACE}-{CLIENT}-01"));
    assert_eq!(request.json(&order).send().await.unwrap().status(), StatusCode::ACCEPTED);
    hospital.stored(&id(&order), SOON).await;
    (id(&order), watching)
}

/// The request, its storing and its showing, each by the service of that name, in one trace.
async fn is_one_trace(collector: &Collector, [publisher, consumer, backend]: [&str; 3]) {
    let spans = collector.wait_for(TRACE, &["POST /orders", "store", "show"], SOON).await.unwrap();
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (request, store, show) = (named("POST /orders"), named("store"), named("show"));
    assert_eq!((request.service.as_str(), request.parent.as_str()), (publisher, CLIENT));
    assert_eq!((store.service.as_str(), &store.parent), (consumer, &request.id));
    assert_eq!((show.service.as_str(), &show.parent), (backend, &request.id));
}

#[tokio::test]
async fn an_order_is_one_trace_in_one_process() {
    let collector = Collector::start().await.unwrap();
    let mut hospital = Hospital::embedded().await;
    hospital.backend.take().unwrap().kill();
    hospital.env = traced(&collector);
    hospital.start_backend();
    let _watching = place_in_trace(&hospital).await;
    is_one_trace(&collector, ["botica"; 3]).await;
}

#[tokio::test]
async fn a_collector_that_is_away_holds_up_nobody() {
    let mut hospital = Hospital::embedded().await;
    hospital.backend.take().unwrap().kill();
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    hospital.env = vec![("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), format!("http://{nowhere}"))];
    hospital.start_backend();
    place_in_trace(&hospital).await;
    let status = hospital.backend.as_mut().unwrap().stop(Duration::from_secs(10)).unwrap();
    assert!(status.success(), "{status}");
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn an_order_is_one_trace_through_three_processes() {
        let collector = Collector::start().await.unwrap();
        let mut hospital = Hospital::distributed().await;
        for product in [&mut hospital.publisher, &mut hospital.consumer, &mut hospital.backend] {
            product.take().unwrap().kill();
        }
        hospital.env = traced(&collector);
        hospital.start_backend();
        hospital.start_publisher();
        hospital.start_consumer();
        let (order, _watching) = place_in_trace(&hospital).await;
        is_one_trace(&collector, ["botica-publisher", "botica-consumer", "botica-backend"]).await;

        // The logs say the same ids.
        for product in [&mut hospital.publisher, &mut hospital.consumer] {
            let of_order = |line: &serde_json::Value| {
                let text = line.to_string();
                text.contains(&order) && text.contains(TRACE)
            };
            product.as_mut().unwrap().wait_for_log(SOON, of_order).unwrap();
        }
    }
}
