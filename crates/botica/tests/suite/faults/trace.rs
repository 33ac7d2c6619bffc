//! What a kill can't show: that an order is on the disk, or the broker has promised to keep it, before its answer
//! goes out. The operating system is asked, by a trace of the system calls.

#![expect(clippy::print_stdout, reason = "figures, and that a test was left out")]

mod amqp;
mod calls;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;
use uuid::Uuid;

use self::calls::{Call, calls};
use crate::faults::clients::Clients;
use crate::faults::size;
use crate::hospital::Hospital;

/// Orders that are on their way at once, so that some share a sync.
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_on_the_disk_before_it_is_accepted() {
    let mut hospital = Hospital::embedded().await;
    let clients = Clients::of(&hospital);
    let product = hospital.backend.as_ref().unwrap();
    let Some(trace) = Trace::of(product.pid()) else { return };
    let accepted = place_all(&clients, &product.url("/orders")).await;
    clients.until_stored(&hospital, crate::hospital::SOON).await;
    hospital.backend.take().unwrap().kill();
    let judged = judge_local(&trace.calls(), &accepted);
    println!("{} accepted, of {} syncs; each was synced before its answer", judged.len(), syncs(&judged));
}

mod distributed {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_broker_has_promised_to_keep_an_order_before_it_is_accepted() {
        let mut hospital = Hospital::distributed().await;
        let clients = Clients::of(&hospital);
        let product = hospital.publisher.as_ref().unwrap();
        let Some(trace) = Trace::of(product.pid()) else { return };
        let accepted = place_all(&clients, &product.url("/orders")).await;
        hospital.publisher.take().unwrap().kill();
        let port = hospital.queue.as_ref().unwrap().url().parse::<url::Url>().unwrap().port().unwrap_or(5672);
        let judged = judge_confirmed(&trace.calls(), &accepted, port);
        println!("{} accepted, by {} frames; each was confirmed before its answer", judged.len(), syncs(&judged));
        clients.until_stored(&hospital, crate::hospital::SOON).await;
    }
}

/// Places the orders, and names them.
async fn place_all(clients: &Clients, url: &str) -> BTreeSet<Uuid> {
    let (at_once, each) = size((4, 5), (AT_ONCE, 13), (AT_ONCE, 63));
    let mut placing = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let (clients, url) = (clients.clone(), url.to_owned());
        placing.spawn(async move {
            for _ in 0..each {
                assert_eq!(clients.place(&url).await.status, Some(StatusCode::ACCEPTED));
            }
        });
    }
    placing.join_all().await;
    let id = |record: testkit::journal::Record| match record {
        testkit::journal::Record::Attempt { order, .. } => order.id,
        testkit::journal::Record::Answer { order_id, .. } => order_id,
    };
    clients.records().into_iter().map(id).collect()
}

/// A trace that is being written; it ends with the process that it is of.
struct Trace {
    strace: Child,
    folder: tempfile::TempDir,
}

impl Trace {
    /// Begins one. Nothing where this machine can't: then it says so, or fails where nothing may be left out.
    fn of(pid: u32) -> Option<Trace> {
        let folder = tempfile::tempdir().unwrap();
        let mut strace = Command::new("strace");
        // All bytes in hexadecimal, and with each number of a file the file: an AMQP frame is not text.
        strace.args(["-f", "-tt", "-yy", "-xx", "-s", "300000", "-p", &pid.to_string(), "-o"]);
        strace.arg(folder.path().join("trace")).arg("-e");
        strace.arg(format!("trace={}", calls::TRACED.join(",")));
        let why = match strace.stderr(Stdio::piped()).spawn() {
            Ok(mut strace) => {
                let mut said = BufReader::new(strace.stderr.take().unwrap());
                let mut line = String::new();
                said.read_line(&mut line).unwrap();
                if line.contains("attached") {
                    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
                    return Some(Trace { strace, folder });
                }
                strace.wait().unwrap();
                line
            }
            Err(error) => format!("strace can't be started: {error}"),
        };
        assert!(std::env::var_os("BOTICA_REQUIRE_SERVICES").is_none_or(|value| value != "1"), "{why}");
        println!("LEFT OUT: no system call is traced, {why}");
        None
    }

    /// What was traced, once its process has ended.
    fn calls(mut self) -> Vec<Call> {
        self.strace.wait().unwrap();
        let file: PathBuf = self.folder.path().join("trace");
        calls(&std::fs::read_to_string(file).unwrap())
    }
}

/// For each accepted order, the call that made it safe before its `202` was written.
type Judged = BTreeMap<Uuid, usize>;

fn syncs(judged: &Judged) -> usize {
    judged.values().collect::<BTreeSet<_>>().len()
}

/// The orders that each piece of bytes names.
fn ids_in<'a>(bytes: &'a [u8], of: &'a BTreeSet<Uuid>) -> impl Iterator<Item = Uuid> + 'a {
    let ids = bytes.windows(36).filter(|text| text[8] == b'-' && text[13] == b'-' && text[18] == b'-');
    ids.filter_map(|text| Uuid::try_parse_ascii(text).ok()).filter(|id| of.contains(id))
}

/// When the answers to the orders began to be written.
fn answers(calls: &[Call], orders: &BTreeSet<Uuid>) -> BTreeMap<Uuid, usize> {
    let mut answers = BTreeMap::new();
    let is_answer = |call: &&Call| call.is_write() && call.is_socket() && call.bytes.starts_with(b"HTTP/1.1 202");
    for call in calls.iter().filter(is_answer) {
        for id in ids_in(&call.bytes, orders) {
            answers.entry(id).or_insert(call.began);
        }
    }
    answers
}

/// Each order's bytes are in the queue's file, and after that the file was synced, and after that came the answer.
/// Many orders may share a sync; one that began before the bytes were there is none.
fn judge_local(calls: &[Call], orders: &BTreeSet<Uuid>) -> Judged {
    const FILE: &str = "/order_queue.db-wal";
    let mut written: BTreeMap<Uuid, usize> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.is_write() && call.target.ends_with(FILE)) {
        for id in ids_in(&call.bytes, orders) {
            written.entry(id).or_insert(call.ended);
        }
    }
    let syncs: Vec<&Call> =
        calls.iter().filter(|call| call.is_sync() && call.returned == 0 && call.target.ends_with(FILE)).collect();
    let answers = answers(calls, orders);
    let judge = |id: &Uuid| {
        let answer = answers.get(id).unwrap_or_else(|| panic!("no answer to {id} was traced"));
        let written = written.get(id).unwrap_or_else(|| panic!("{id} was never written into the queue"));
        let sync = syncs.iter().find(|sync| sync.began > *written && sync.ended < *answer);
        (*id, sync.unwrap_or_else(|| panic!("{id} was accepted before it was synced")).began)
    };
    orders.iter().map(judge).collect()
}

/// Each order was published, and its confirm was read before the answer.
fn judge_confirmed(calls: &[Call], orders: &BTreeSet<Uuid>, port: u16) -> Judged {
    let mut confirmed: BTreeMap<Uuid, usize> = BTreeMap::new();
    let peer = format!(":{port}]");
    let broker = calls.iter().filter(|call| call.is_socket() && call.target.ends_with(&peer));
    let mut connections: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in broker {
        connections.entry(&call.target).or_default().push(call);
    }
    for calls in connections.into_values() {
        let confirms = amqp::confirmed(&calls);
        for (tag, body) in amqp::published(&calls) {
            for id in ids_in(&body, orders) {
                if let Some(confirm) = confirms.get(&tag) {
                    let first = confirmed.entry(id).or_insert(*confirm);
                    *first = (*first).min(*confirm);
                }
            }
        }
    }
    let answers = answers(calls, orders);
    let judge = |id: &Uuid| {
        let answer = answers.get(id).unwrap_or_else(|| panic!("no answer to {id} was traced"));
        let confirm = confirmed.get(id).unwrap_or_else(|| panic!("{id} was never confirmed"));
        assert!(confirm < answer, "{id} was accepted before it was confirmed");
        (*id, *confirm)
    };
    orders.iter().map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hospital::hex;

    const ONE: Uuid = Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0001);
    const OTHER: Uuid = Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0002);

    fn text(bytes: &[u8]) -> String {
        let hex = hex(bytes);
        (0..hex.len()).step_by(2).map(|at| format!("\\x{}", &hex[at..at + 2])).collect()
    }

    fn write(ids: &[Uuid]) -> String {
        let bytes = ids.iter().map(Uuid::to_string).collect::<String>();
        let file = text(b"/data/order_queue.db-wal");
        format!(
            "7 10:00:00.000001 pwrite64(9<{file}>, \"{}\", {n}, 0) = {n}\n",
            text(bytes.as_bytes()),
            n = bytes.len()
        )
    }

    fn sync(result: &str) -> String {
        format!("7 10:00:00.000002 fdatasync(9<{}>) = {result}\n", text(b"/data/order_queue.db-wal"))
    }

    fn answer(id: Uuid) -> String {
        let bytes = format!("HTTP/1.1 202 Accepted\r\n\r\n{id}");
        let data = text(bytes.as_bytes());
        format!(
            "8 10:00:00.000003 writev(5<TCP:[127.0.0.1:80->127.0.0.1:9]>, [{{iov_base=\"{data}\", iov_len=1}}], 1) = 999\n"
        )
    }

    fn is_safe(trace: &[String], orders: &[Uuid]) -> bool {
        let (calls, orders) = (calls(&trace.concat()), orders.iter().copied().collect());
        std::panic::catch_unwind(|| judge_local(&calls, &orders)).is_ok()
    }

    #[test]
    fn a_sync_counts_between_the_bytes_and_the_answer_and_for_all_before_it() {
        assert!(is_safe(&[write(&[ONE]), sync("0"), answer(ONE)], &[ONE]));
        assert!(is_safe(&[write(&[ONE, OTHER]), sync("0"), answer(OTHER), answer(ONE)], &[ONE, OTHER]));
        assert!(!is_safe(&[write(&[ONE]), answer(ONE), sync("0")], &[ONE]));
        assert!(!is_safe(&[sync("0"), write(&[ONE]), answer(ONE)], &[ONE]));
        assert!(!is_safe(&[write(&[ONE]), sync("-1 EIO (Input/output error)"), answer(ONE)], &[ONE]));
        assert!(!is_safe(&[write(&[ONE]), sync("0"), write(&[OTHER]), answer(ONE), answer(OTHER)], &[ONE, OTHER]));
    }

    #[test]
    fn a_sync_that_began_before_the_bytes_or_ended_after_the_answer_does_not_count() {
        let file = text(b"/data/order_queue.db-wal");
        let begin = format!("7 10:00:00.000002 fdatasync(9<{file}> <unfinished ...>\n");
        let end = "7 10:00:00.000004 <... fdatasync resumed>) = 0\n".to_owned();
        let other_thread = write(&[ONE]).replacen('7', "6", 1);
        assert!(is_safe(&[write(&[ONE]), begin.clone(), end.clone(), answer(ONE)], &[ONE]));
        assert!(!is_safe(&[begin.clone(), other_thread, end.clone(), answer(ONE)], &[ONE]));
        assert!(!is_safe(&[write(&[ONE]), begin, answer(ONE), end], &[ONE]));
    }

    #[test]
    fn a_confirm_counts_for_its_tag_and_where_it_says_so_for_all_before_it() {
        let socket = "5<TCP:[127.0.0.1:80->127.0.0.1:5672]>";
        let publish = |id: Uuid| {
            let bytes = text(&amqp::tests::publish(id.to_string().as_bytes()));
            format!("7 10:00:00.000001 sendto({socket}, \"{bytes}\", 999, 0, NULL, 0) = 999\n")
        };
        let ack = |tag: u64, multiple: bool| {
            let bytes = text(&amqp::tests::ack(tag, multiple));
            format!("7 10:00:00.000002 recvfrom({socket}, \"{bytes}\", 999, 0, NULL, NULL) = 999\n")
        };
        let is_safe = |trace: &[String]| {
            let (calls, orders) = (calls(&trace.concat()), [ONE, OTHER].into());
            std::panic::catch_unwind(|| judge_confirmed(&calls, &orders, 5672)).is_ok()
        };
        let both = [publish(ONE), publish(OTHER)].concat();
        let answers = [answer(ONE), answer(OTHER)].concat();
        assert!(is_safe(&[both.clone(), ack(2, true), answers.clone()]));
        assert!(is_safe(&[both.clone(), ack(2, false), ack(1, false), answers.clone()]));
        assert!(!is_safe(&[both.clone(), ack(2, false), answers.clone()]));
        assert!(!is_safe(&[both.clone(), ack(1, false), answer(OTHER), answer(ONE), ack(2, false)]));
        assert!(!is_safe(&[both, answers, ack(2, true)]));
    }
}
