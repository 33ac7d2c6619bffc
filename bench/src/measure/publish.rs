//! Publishing: orders a second that are promised to be kept, and how long the promise takes.

use anyhow::{Context as _, Result};
use bytes::Bytes;

use super::{Ground, Hospital, milliseconds};
use crate::broker;
use crate::figures::{Figures, Wanted, ratios};
use crate::http_load::{Outcome, Pace, Question, load};
use crate::rivals::Rival;

const PART: &str = "publish";
const CONNECTIONS: [usize; 4] = [30, 100, 500, 1000];
const BOTICA: &str = "Botica";
const BARE: &str = "bare axum + lapin";
const BEST: &str = "best Python";
const SEED: &str = "seed";

struct Subject {
    name: &'static str,
    question: Question,
    /// Where its orders pile up; emptied after each load, since a broker with a backlog is slower.
    queue: String,
}

/// Measures Botica's publisher and its rivals in turn.
///
/// # Errors
/// When one of them does not start, or Botica fails an order.
pub async fn measure(ground: &Ground, figures: &mut Figures) -> Result<()> {
    let amqp = ground.broker.url();
    let mut product = ground.distributed()?;
    let api = product.start_without_consumer().await?;
    let hospital = Hospital::create(&api).await?;
    let mut rivals = vec![(BARE, Rival::bare(&amqp).await?, "bare_order_queue")];
    match &ground.python {
        Ok(python) => {
            rivals.push((BEST, python.publisher("best", &amqp).await?, "best_order_queue"));
            rivals.push((SEED, python.publisher("seed", &amqp).await?, "seed_order_queue"));
        }
        Err(why) => figures.leave_out("the Python publishers", why),
    }

    let address = product.publisher_address().context("no publisher")?;
    let order = {
        let hospital = hospital.clone();
        move |number| -> Bytes { hospital.order(number, None) }
    };
    let question = Question::post(address, hospital.tokens.clone(), "/orders", order.clone());
    let queue = product.queue().context("no queue")?.to_owned();
    let mut subjects = vec![Subject { name: BOTICA, question, queue }];
    for (name, rival, queue) in &rivals {
        let path = if *name == SEED { "/publish_order" } else { "/orders" };
        let question = Question::post(rival.address(), vec![], path, order.clone());
        subjects.push(Subject { name, question, queue: (*queue).to_owned() });
    }

    for round in 0..ground.rounds {
        for connections in CONNECTIONS {
            for turn in 0..subjects.len() {
                // Each goes first in some round.
                let subject = &subjects[(round + turn) % subjects.len()];
                let outcome = load(&subject.question, connections, Pace::AsFastAsAnswered(ground.during)).await?;
                add(figures, connections, subject.name, &outcome);
                broker::purge(&amqp, &subject.queue).await?;
                if subject.name == BOTICA {
                    outcome.flawless()?;
                }
            }
        }
    }
    let (_, peak) = product.memory("publisher")?;
    figures.add("memory", "at most, under load", "MiB", "publisher", peak);
    product.stop().await;
    goals(figures);
    Ok(())
}

fn add(figures: &mut Figures, connections: usize, subject: &str, outcome: &Outcome) {
    let case = format!("{connections} connections");
    figures.add(PART, &case, "orders/s", subject, outcome.per_second());
    figures.add(PART, &case, "p50 ms", subject, milliseconds(outcome.percentile(50)));
    figures.add(PART, &case, "p99 ms", subject, milliseconds(outcome.percentile(99)));
    figures.add(PART, &case, "failed", subject, outcome.failed.0 as f64);
}

fn goals(figures: &mut Figures) {
    for connections in [100, 500] {
        let case = format!("{connections} connections");
        let of = |figures: &Figures, unit: &str, subject: &str| figures.rounds(PART, &case, unit, subject).to_vec();
        let own = of(figures, "orders/s", BOTICA);
        for (rival, least) in [(BARE, 0.9), (BEST, 8.0), (SEED, 80.0)] {
            let ratio = ratios(&own, &of(figures, "orders/s", rival));
            figures.goal(format!("publish, {case}: orders/s ÷ {rival}"), &ratio, Wanted::AtLeast(least), "");
        }
        let slower = ratios(&of(figures, "p99 ms", BOTICA), &of(figures, "p99 ms", BARE));
        figures.goal(format!("publish, {case}: p99 ÷ {BARE}"), &slower, Wanted::AtMost(1.3), "");
    }
    let many = |unit: &str| figures.rounds(PART, "1000 connections", unit, BOTICA).to_vec();
    let (failed, p99) = (many("failed"), many("p99 ms"));
    figures.goal("publish, 1000 connections: failed", &failed, Wanted::AtMost(0.0), "");
    figures.goal("publish, 1000 connections: p99", &p99, Wanted::AtMost(150.0), "ms");
}
