//! What the program needs before anybody asks anything of it: a place on the disk, and a moment to start.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::{Ground, milliseconds};
use crate::figures::{Figures, Wanted};

/// Until it must be ready.
const START: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Measures the program's size and its start; call it last, since it also holds the memory of all roles against
/// what is wanted.
///
/// # Errors
/// When the program does not start.
pub async fn measure(ground: &Ground, figures: &mut Figures) -> Result<()> {
    let size = std::fs::metadata(&ground.program)?.len();
    figures.add("start and size", "program", "MiB", "Botica", size as f64 / (1024.0 * 1024.0));
    let folder = ground.folder()?;
    for round in 0..ground.rounds {
        let data = folder.join(round.to_string());
        for case in ["first start, in an empty folder", "next start"] {
            let took = time_to_ready(ground, &data).await?;
            figures.add("start and size", case, "ms to ready", "Botica", milliseconds(took));
        }
    }
    for case in ["first start, in an empty folder", "next start"] {
        let rounds = figures.rounds("start and size", case, "ms to ready", "Botica").to_vec();
        figures.goal(format!("{case}: ready after"), &rounds, Wanted::AtMost(300.0), "ms");
    }
    for role in ["publisher", "backend", "consumer", "all in one"] {
        let peaks = figures.rounds("memory", "at most, under load", "MiB", role).to_vec();
        figures.goal(format!("memory under load, {role}"), &peaks, Wanted::AtMost(80.0), "MiB");
    }
    Ok(())
}

async fn time_to_ready(ground: &Ground, data: &std::path::Path) -> Result<Duration> {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let ready = format!("http://127.0.0.1:{port}/health/ready");
    let http = reqwest::Client::builder().timeout(Duration::from_secs(1)).build()?;
    let mut command = Command::new(&ground.program);
    command.arg("serve").args(["--listen", &format!("127.0.0.1:{port}")]).arg("--data-dir").arg(data);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let began = Instant::now();
    let mut child = command.spawn()?;
    loop {
        if http.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
            break;
        }
        ensure!(began.elapsed() < START, "the program is not ready after {} s", START.as_secs());
        sleep(LOOK_EVERY).await;
    }
    let took = began.elapsed();
    child.kill().await?;
    Ok(took)
}
