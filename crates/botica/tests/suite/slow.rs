//! Two thousand clients that hold connections and never finish, while others order.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::hospital::{Hospital, SOON};

const SLOW: usize = 2000;

const OPEN: &str = "botica_http_connections";
const SHED: &str = "botica_http_connections_shed_total";

/// What is promised of 99 of 100 ordinary requests.
const P99: Duration = Duration::from_millis(100);

/// How a client keeps a server waiting.
#[derive(Clone, Copy)]
enum Way {
    Head,
    Body,
    Answer,
}

/// Holds a connection for as long as it is let, and then another.
async fn hold(address: SocketAddr, way: Way) {
    loop {
        if let Ok(stream) = TcpStream::connect(address).await {
            hold_one(stream, way).await.ok();
        }
        // Each in its own time: holding places is what is tried here, not knocking.
        let pause = 2000 + u64::from(Uuid::new_v4().as_bytes()[0]) * 8;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

async fn hold_one(mut stream: TcpStream, way: Way) -> std::io::Result<()> {
    match way {
        Way::Head => stream.write_all(b"GET /orders HTTP/1.1\r\nhost: botica\r\nx: ").await?,
        Way::Body => {
            let head =
                "POST /login HTTP/1.1\r\nhost: botica\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
        }
        // More than the sockets hold, so that the server can't write all of it.
        Way::Answer => {
            for _ in 0..30 {
                stream.write_all(b"GET /openapi.json HTTP/1.1\r\nhost: botica\r\n\r\n").await?;
            }
            // Longer than the server is patient. That it closed can't be seen without reading.
            tokio::time::sleep(Duration::from_secs(12)).await;
            return Ok(());
        }
    }
    // It ends when the server closes.
    loop {
        tokio::select! {
            read = stream.read_u8() => read.map(drop)?,
            () = tokio::time::sleep(Duration::from_secs(1)) => stream.write_all(b" ").await?,
        }
    }
}

async fn metric(hospital: &Hospital, name: &str) -> f64 {
    let metrics = hospital.anonymous(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

async fn others_are_served(hospital: &Hospital) {
    let (_, alone) = ordinary(hospital, 200).await;
    // This process needs as many files as the product.
    let limit = getrlimit(Resource::Nofile);
    let (needed, most) = (SLOW as u64 + 500, limit.maximum.unwrap_or(u64::MAX));
    assert!(most >= needed, "this machine lets nobody open {needed} files");
    let raised = limit.current.map(|current| current.max(needed));
    setrlimit(Resource::Nofile, Rlimit { current: raised, ..limit }).unwrap();

    let address = hospital.backend.as_ref().unwrap().address();
    let mut slow = JoinSet::new();
    for number in 0..SLOW {
        let way = match number % 20 {
            0 => Way::Answer,
            even if even % 2 == 0 => Way::Head,
            _ => Way::Body,
        };
        slow.spawn(hold(address, way));
    }
    let began = Instant::now();
    // All have been let in once.
    while metric(hospital, OPEN).await + metric(hospital, SHED).await < SLOW as f64 {
        assert!(began.elapsed() < SOON, "the slow ones are not there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (p50, p99) = ordinary(hospital, 600).await;
    // Debug builds on a machine with other work may take longer even when nobody else asks.
    assert!(p99 <= P99.max(alone * 5), "p50 {p50:?}, p99 {p99:?}, alone {alone:?}");
}

/// How long ordinary requests take: half of them, and 99 of 100.
async fn ordinary(hospital: &Hospital, requests: usize) -> (Duration, Duration) {
    // Half of the good ones connect anew each time, as phones that wake up do.
    let new_each_time = Client::builder().timeout(SOON).pool_max_idle_per_host(0).build().unwrap();
    let mut took = Vec::new();
    while took.len() < requests {
        let client = if took.len() % 2 == 0 { &new_each_time } else { &hospital.client };
        let (method, path) =
            if took.len() % 6 < 3 { (Method::POST, "/orders") } else { (Method::GET, "/orders?limit=5") };
        let mut request = client.request(method.clone(), hospital.url(&method, path)).bearer_auth(&hospital.token);
        if method == Method::POST {
            request = request.json(&hospital.order());
        }
        let asked = Instant::now();
        let answer = request.send().await.expect("nobody is pushed out");
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        took.push(asked.elapsed());
        assert!(status == StatusCode::OK || status == StatusCode::ACCEPTED, "{status} {body}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    took.sort();
    took.sort();
    (took[took.len() / 2], took[took.len() * 99 / 100])
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_slow_connections_hold_nobody_up() {
    let hospital = Hospital::embedded().await;
    others_are_served(&hospital).await;
    assert_eq!(metric(&hospital, SHED).await, 0.0, "there was room for all");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_slow_connections_do_not_push_out_others_from_five_hundred_places() {
    let hospital = Hospital::embedded_with(&["--connections", "500"]).await;
    others_are_served(&hospital).await;
    assert!(metric(&hospital, OPEN).await <= 500.0);
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_as_far_as_connections_need() {
    let folder = tempfile::tempdir().unwrap();
    let start = |hard: u32| {
        // A shell can lower its limits for what it becomes.
        let line = format!("ulimit -Sn 128 && ulimit -Hn {hard} && exec \"$0\" \"$@\"");
        let mut command = testkit::product::command("sh".as_ref());
        command.args(["-c", &line, crate::hospital::BINARY, "serve", "--listen", "127.0.0.1:0"]);
        command.args(["--data-dir", folder.path().to_str().unwrap(), "--connections", "600", "--log-format", "json"]);
        command.stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = std::io::BufReader::new(child.stdout.take().unwrap());
        let lines = std::io::BufRead::lines(log).map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        let mut warning = None;
        for line in lines {
            if line["wanted"] == 600 {
                warning = line["connections"].as_u64();
            }
            if line["message"] == "listening" {
                break;
            }
        }
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
        let soft: u64 = files.split_whitespace().next().unwrap().parse().unwrap();
        (soft, warning)
    };
    assert_eq!(start(4000), (856, None));
    assert_eq!(start(456), (456, Some(200)), "and what does not fit is told");
}
