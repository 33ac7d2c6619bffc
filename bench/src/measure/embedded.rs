//! The whole product in one process, with files.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::Instant;

use super::end_to_end::{Ends, add, place_and_watch};
use super::watcher::Watcher;
use super::{Ground, Hospital, milliseconds};
use crate::figures::{Figures, Wanted};
use crate::http_load::{Pace, Question, load};

const PART: &str = "embedded";
const SUBJECT: &str = "one process, SQLite";
const CASE: &str = "100 connections";
const RATES: [u32; 2] = [100, 1000];
/// From the last answer until all is stored.
const STORING: Duration = Duration::from_secs(120);

/// Measures how many orders it promises to keep in a second, and how soon they are seen.
///
/// # Errors
/// When an order fails or does not come to be seen.
pub async fn measure(ground: &Ground, figures: &mut Figures) -> Result<()> {
    for _ in 0..ground.rounds {
        let mut product = ground.embedded()?;
        let api = product.start().await?;
        let hospital = Hospital::create(&api).await?;
        let address = product.backend_address().context("no backend")?;
        let (now, _) = product.memory("backend")?;
        figures.add("memory", "at rest", "MiB", "all in one", now);
        let ends = Ends { publisher: address, backend: address };
        for rate in RATES {
            let (answers, shown) = place_and_watch(&ends, &hospital, rate, ground.during).await?;
            add(figures, PART, SUBJECT, rate, &answers, &shown);
        }

        let mut watcher = Watcher::open(&reqwest::Client::new(), address, &hospital.tokens[0]).await?;
        let places = hospital.clone();
        let question =
            Question::post(address, hospital.tokens.clone(), "/orders", move |number| places.order(number, None));
        let began = Instant::now();
        let outcome = load(&question, 100, Pace::AsFastAsAnswered(ground.during)).await?.flawless()?;
        figures.add(PART, CASE, "durable orders/s", SUBJECT, outcome.per_second());
        figures.add(PART, CASE, "202 p99 ms", SUBJECT, milliseconds(outcome.percentile(99)));
        watcher.wait_for(outcome.succeeded, STORING).await?;
        let stored = outcome.succeeded as f64 / began.elapsed().as_secs_f64();
        figures.add(PART, CASE, "stored orders/s", SUBJECT, stored);
        let (_, peak) = product.memory("backend")?;
        figures.add("memory", "at most, under load", "MiB", "all in one", peak);
        product.stop().await;
    }
    let durable = figures.rounds(PART, CASE, "durable orders/s", SUBJECT).to_vec();
    figures.goal("embedded, 100 connections: durable", &durable, Wanted::AtLeast(5000.0), "orders/s");
    figures.goal("embedded, aim", &durable, Wanted::AtLeast(10_000.0), "orders/s");
    Ok(())
}
