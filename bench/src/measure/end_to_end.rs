//! From the nurse's tap to the pharmacy's screen, at a load that does not wait for anybody.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::Instant;
use uuid::Uuid;

use super::watcher::Watcher;
use super::{Ground, Hospital, milliseconds};
use crate::figures::{Figures, Wanted};
use crate::http_load::{Outcome, Pace, Question, load, percentile};

const PART: &str = "end to end";
const RATES: [u32; 3] = [100, 1000, 3000];
/// More than answers are ever under way at once.
const CONNECTIONS: usize = 200;
/// From the last answer until the last order is on the stream.
const STORING: Duration = Duration::from_secs(60);

/// Where orders are placed, and where they come to be seen.
pub(super) struct Ends {
    pub(super) publisher: SocketAddr,
    pub(super) backend: SocketAddr,
}

/// Measures services apart.
///
/// # Errors
/// When an order fails or does not come to be seen.
pub async fn measure(ground: &Ground, figures: &mut Figures) -> Result<()> {
    let mut product = ground.distributed()?;
    let api = product.start().await?;
    let hospital = Hospital::create(&api).await?;
    for role in ["publisher", "backend", "consumer"] {
        let (now, _) = product.memory(role)?;
        figures.add("memory", "at rest", "MiB", role, now);
    }
    let publisher = product.publisher_address().context("no publisher")?;
    let ends = Ends { publisher, backend: product.backend_address().context("no backend")? };
    for _ in 0..ground.rounds {
        for rate in RATES {
            let (answers, shown) = place_and_watch(&ends, &hospital, rate, ground.during).await?;
            add(figures, PART, "services apart", rate, &answers, &shown);
        }
    }
    for role in ["backend", "consumer"] {
        let (_, peak) = product.memory(role)?;
        figures.add("memory", "at most, under load", "MiB", role, peak);
    }
    product.stop().await;

    let at = |unit: &str| figures.rounds(PART, "1000 orders/s", unit, "services apart").to_vec();
    let (answered, shown) = (at("202 p99 ms"), at("on the stream p99 ms"));
    figures.goal("end to end, 1000 orders/s: 202 p99", &answered, Wanted::AtMost(25.0), "ms");
    figures.goal("end to end, 1000 orders/s: on the stream p99", &shown, Wanted::AtMost(250.0), "ms");
    Ok(())
}

/// Places orders at a rate and says how long each took to be answered, and to be seen on a stream. Both count from
/// when the order was due.
pub(super) async fn place_and_watch(
    ends: &Ends,
    hospital: &Hospital,
    rate: u32,
    during: Duration,
) -> Result<(Outcome, Vec<Duration>)> {
    let mut watcher = Watcher::open(&reqwest::Client::new(), ends.backend, &hospital.tokens[0]).await?;
    let count = (during.as_secs_f64() * f64::from(rate)).ceil() as usize;
    let ids: Arc<Vec<Uuid>> = Arc::new((0..count).map(|_| Uuid::now_v7()).collect());
    let (named, places) = (ids.clone(), hospital.clone());
    let question = Question::post(ends.publisher, hospital.tokens.clone(), "/orders", move |number| {
        places.order(number, Some(named[number]))
    });
    let outcome = load(&question, CONNECTIONS, Pace::PerSecond(rate, during)).await?.flawless()?;
    watcher.wait_for(count, STORING).await?;
    let began = outcome.began.context("nothing was sent")?;
    let shown_after = |(number, id): (usize, &Uuid)| -> Option<Duration> {
        let due: Instant = began + Duration::from_secs_f64(number as f64 / f64::from(rate));
        Some(watcher.seen(*id)?.saturating_duration_since(due))
    };
    let mut shown: Vec<Duration> = ids.iter().enumerate().filter_map(shown_after).collect();
    shown.sort_unstable();
    Ok((outcome, shown))
}

pub(super) fn add(figures: &mut Figures, part: &str, subject: &str, rate: u32, answers: &Outcome, shown: &[Duration]) {
    let case = format!("{rate} orders/s");
    for hundredths in [50, 99] {
        let (answered, seen) = (answers.percentile(hundredths), percentile(shown, hundredths));
        figures.add(part, &case, &format!("202 p{hundredths} ms"), subject, milliseconds(answered));
        figures.add(part, &case, &format!("on the stream p{hundredths} ms"), subject, milliseconds(seen));
    }
}
