//! Clients that place orders while something fails, and keep books on disk of what they were answered.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::Utc;
use reqwest::StatusCode;
use testkit::checker::{Verdict, check};
use testkit::journal::{self, Answer, Journal, Line, Order, Record};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::hospital::Hospital;

/// All clients of a test; clones write into the same books.
#[derive(Clone)]
pub(crate) struct Clients {
    http: reqwest::Client,
    token: String,
    dispenser: Uuid,
    medications: [Uuid; 2],
    journal: Arc<Journal>,
    path: PathBuf,
    _folder: Arc<tempfile::TempDir>,
    answers: Arc<Mutex<Vec<Answered>>>,
}

/// What became of one attempt.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) began: Instant,
    pub(crate) took: Duration,
    pub(crate) status: Option<StatusCode>,
    pub(crate) says_when: bool,
}

impl Clients {
    pub(crate) fn of(hospital: &Hospital) -> Clients {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        Clients {
            // A connection each: one that was kept may be closed for its idleness as it is used, which is not
            // what is looked for here.
            http: reqwest::Client::builder().timeout(crate::hospital::SOON).pool_max_idle_per_host(0).build().unwrap(),
            token: hospital.token.clone(),
            dispenser: hospital.dispenser.parse().unwrap(),
            medications: hospital.medications.clone().map(|id| id.parse().unwrap()),
            journal: Arc::new(Journal::create(&path).unwrap()),
            path,
            _folder: Arc::new(folder),
            answers: Arc::default(),
        }
    }

    /// The same with another token.
    pub(crate) fn with_token(mut self, token: &str) -> Clients {
        token.clone_into(&mut self.token);
        self
    }

    /// Places one order at `url`, once.
    pub(crate) async fn place(&self, url: &str) -> Answered {
        let line = |medication_id, quantity| Line { medication_id, quantity };
        let order = Order {
            id: Uuid::now_v7(),
            dispenser_id: self.dispenser,
            priority: "urgent".to_owned(),
            lines: vec![line(self.medications[0], 3), line(self.medications[1], 1)],
            note: "while something fails".to_owned(),
        };
        let order_id = order.id;
        let request = self.http.post(url).bearer_auth(&self.token).json(&order);
        self.journal.write(&Record::Attempt { at: Utc::now(), order }).unwrap();
        let began = Instant::now();
        let answer = request.send().await;
        let took = began.elapsed();
        let (status, says_when) = match &answer {
            Ok(answer) => (Some(answer.status()), answer.headers().contains_key("retry-after")),
            Err(_) => (None, false),
        };
        let answer = match status {
            Some(StatusCode::ACCEPTED) => Answer::Accepted,
            Some(StatusCode::SERVICE_UNAVAILABLE) | None => Answer::Failed { detail: format!("{answer:?}") },
            Some(_) => Answer::Refused { detail: format!("{answer:?}") },
        };
        self.journal.write(&Record::Answer { at: Utc::now(), order_id, answer }).unwrap();
        let answered = Answered { began, took, status, says_when };
        self.answers.lock().unwrap().push(answered.clone());
        answered
    }

    /// Places so many orders a second, whoever waits for an answer, until `stop`; ends when all are answered.
    pub(crate) fn steadily(&self, url: String, per_second: u32, stop: CancellationToken) -> JoinHandle<()> {
        let clients = self.clone();
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_secs(1) / per_second);
            let mut placing = JoinSet::new();
            while !stop.is_cancelled() {
                tick.tick().await;
                let (clients, url) = (clients.clone(), url.clone());
                placing.spawn(async move { clients.place(&url).await });
                while placing.try_join_next().is_some() {}
            }
            placing.join_all().await;
        })
    }

    /// So many clients that each place one order after the other, until one gets no answer.
    pub(crate) fn greedily(&self, url: &str, clients: usize) -> JoinSet<()> {
        let mut placing = JoinSet::new();
        for _ in 0..clients {
            let (clients, url) = (self.clone(), url.to_owned());
            placing.spawn(async move { while clients.place(&url).await.status.is_some() {} });
        }
        placing
    }

    /// What was answered to attempts that began in this time.
    pub(crate) fn answered(&self, from: Instant, to: Instant) -> Vec<Answered> {
        let all = self.answers.lock().unwrap();
        all.iter().filter(|answer| (from..to).contains(&answer.began)).cloned().collect()
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        journal::read(&self.path).unwrap()
    }

    /// Why orders were not accepted, as each was answered.
    pub(crate) fn failures(&self) -> Vec<Record> {
        let is_failure =
            |record: &Record| matches!(record, Record::Answer { answer, .. } if *answer != Answer::Accepted);
        self.records().into_iter().filter(is_failure).collect()
    }

    /// How many orders were accepted.
    pub(crate) fn accepted(&self) -> usize {
        let is_accepted = |record: &&Record| matches!(record, Record::Answer { answer: Answer::Accepted, .. });
        self.records().iter().filter(is_accepted).count()
    }

    /// Waits until all that was accepted is stored, and says how long that took.
    pub(crate) async fn until_stored(&self, hospital: &Hospital, within: Duration) -> Duration {
        let (accepted, began) = (i64::try_from(self.accepted()).unwrap(), Instant::now());
        let mut sql = hospital.sql().await;
        loop {
            let stored = sql.count("orders").await.unwrap();
            if stored >= accepted && self.verdict(hospital).await.lost.is_empty() {
                return began.elapsed();
            }
            assert!(began.elapsed() < within, "of {accepted} orders only {stored} are stored after {within:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The books against the database.
    pub(crate) async fn verdict(&self, hospital: &Hospital) -> Verdict {
        check(&self.records(), &testkit::stored::orders(&hospital.database_url()).await.unwrap())
    }

    /// Nothing lost, doubled, made up, spoilt or refused; what was never answered may be there or not.
    pub(crate) async fn assert_kept(&self, hospital: &Hospital) -> Verdict {
        let verdict = self.verdict(hospital).await;
        for (fault, ids) in verdict.faults().into_iter().filter(|(fault, _)| *fault != "unanswered") {
            assert!(ids.is_empty(), "{fault}: {ids:?}");
        }
        assert_eq!(hospital.sql().await.count("dead_letters").await.unwrap(), 0, "nobody is a dead letter");
        verdict
    }

    /// Of two orders the one that was answered before the other was placed comes first in the record.
    pub(crate) async fn assert_in_order(&self, hospital: &Hospital, is_meant: impl Fn(Uuid) -> bool) -> usize {
        let order = hospital.sql().await.in_order_of_events().await.unwrap();
        let places: HashMap<Uuid, usize> = order.into_iter().zip(1..).collect();
        let (mut last, mut before, mut count) = (0, HashMap::new(), 0);
        for record in self.records() {
            match record {
                Record::Attempt { order, .. } if is_meant(order.id) => {
                    before.insert(order.id, last);
                }
                Record::Answer { order_id, answer: Answer::Accepted, .. } if is_meant(order_id) => {
                    let place = places[&order_id];
                    assert!(place > before[&order_id], "order {order_id} was overtaken by one that came later");
                    last = last.max(place);
                    count += 1;
                }
                _ => {}
            }
        }
        count
    }
}

/// The time within which 99 of 100 were answered, and the longest.
pub(crate) fn p99_and_longest(answers: &[Answered]) -> (Duration, Duration) {
    let mut took: Vec<Duration> = answers.iter().map(|answer| answer.took).collect();
    took.sort();
    (took[(took.len() * 99 / 100).min(took.len() - 1)], *took.last().unwrap())
}
