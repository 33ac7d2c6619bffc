//! What both keepers count, under the same names.

use std::time::Instant;

use metrics::{counter, histogram};

use crate::{PublishError, Received};

pub(crate) fn published(keeper: &'static str, began: Instant, outcome: &Result<(), PublishError>) {
    let outcome = match outcome {
        Ok(()) => "kept",
        Err(PublishError::Unavailable(_)) => "unavailable",
        Err(PublishError::Unconfirmed) => "unconfirmed",
        Err(PublishError::Full(_)) => "full",
    };
    histogram!("botica_queue_publish_seconds", "keeper" => keeper).record(began.elapsed());
    counter!("botica_queue_published_total", "keeper" => keeper, "outcome" => outcome).increment(1);
}

pub(crate) fn received(keeper: &'static str, received: &[Received]) {
    let again = received.iter().filter(|received| received.redeliveries > 0).count();
    counter!("botica_queue_received_total", "keeper" => keeper).increment(received.len() as u64);
    counter!("botica_queue_redelivered_total", "keeper" => keeper).increment(again as u64);
}

pub(crate) fn acknowledged(keeper: &'static str, count: usize) {
    counter!("botica_queue_acknowledged_total", "keeper" => keeper).increment(count as u64);
}
