//! `kill -9` of the process itself.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use queue::Receive;
use queue::local::{LocalOptions, LocalQueue};

#[tokio::test]
async fn no_acknowledged_publish_is_lost_to_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.sqlite");
    let mut kept = HashSet::new();
    // Each kill after another number of messages, on the file that the kill before has left.
    for round in 0..5_usize {
        let mut process =
            Command::new(env!("CARGO_BIN_EXE_publish_for_ever")).arg(&file).stdout(Stdio::piped()).spawn().unwrap();
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
