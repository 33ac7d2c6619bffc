//! `kill -9` of the process itself.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use queue::{
    Publish, Receive,
    local::{LocalOptions, LocalQueue},
};
use testkit::queue_suite::numbered;

/// Names the file to whoever plays the process that is killed.
const FILE: &str = "BOTICA_TEST_CRASH_FILE";

/// Not a test: what [`no_acknowledged_publish_is_lost_to_a_kill`] starts and kills. It publishes for ever and
/// says the id of each message once it has the promise.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "played by another test"]
#[allow(clippy::print_stdout)]
async fn process_that_is_killed() {
    let Ok(file) = std::env::var(FILE) else { return };
    let queue = LocalQueue::open(Path::new(&file), LocalOptions::default()).await.unwrap();
    // Some at once, so that the kill meets transactions of several.
    let mut publishers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let publisher = queue.publisher();
        publishers.spawn(async move {
            loop {
                let message = numbered(0);
                let id = message.id.clone().unwrap();
                publisher.publish(message).await.unwrap();
                println!("kept {id}");
            }
        });
    }
    publishers.join_next().await;
}

#[tokio::test]
async fn no_acknowledged_publish_is_lost_to_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.sqlite");
    let mut kept = HashSet::new();
    // Each kill after another number of messages, on the file that the kill before has left.
    for round in 0..5_usize {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "local::crash::process_that_is_killed", "--ignored", "--nocapture"])
            .env(FILE, &file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let id_of = |line: Option<std::io::Result<String>>| {
            let line = line?.ok()?;
            Some(line.split_once("kept ")?.1.to_owned())
        };
        let before = kept.len();
        while kept.len() < before + 50 + 71 * round {
            if let Some(id) = id_of(Some(lines.next().expect("it publishes"))) {
                kept.insert(id);
            }
        }
        process.kill().unwrap();
        process.wait().unwrap();
        // What it still said before it died counts, too; half a line does not.
        kept.extend(lines.filter_map(|line| id_of(Some(line))).filter(|id| id.len() == 36));
    }
    let queue =
        LocalQueue::open(&file, LocalOptions { prefetch: usize::MAX, ..LocalOptions::default() }).await.unwrap();
    let depth = queue.depth().await.unwrap();
    let mut receiver = queue.receiver();
    let mut found = Vec::new();
    while (found.len() as u64) < depth.messages {
        let received = tokio::time::timeout(Duration::from_secs(10), receiver.receive(1000)).await.unwrap().unwrap();
        found.extend(received.into_iter().map(|received| received.message.id.unwrap()));
    }
    let once: HashSet<&String> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "some are there twice");
    let lost: Vec<_> = kept.iter().filter(|id| !once.contains(id)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged are lost", lost.len(), kept.len());
    assert!(kept.len() >= 5 * 50);
}
