//! HTTP load: requests over connections that stay open, as fast as they are answered or as often as wanted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

/// For one answer. A product that is slower counts as failing.
const ANSWER: Duration = Duration::from_secs(10);

/// What is asked, again and again.
#[derive(Clone)]
pub struct Question {
    /// Of whom.
    pub address: SocketAddr,
    /// How.
    pub method: Method,
    /// Where.
    pub path: Arc<dyn Fn(usize) -> String + Send + Sync>,
    /// Access tokens, which connections share; empty where none is needed.
    pub tokens: Arc<Vec<String>>,
    /// What to send as the so-manieth request, as JSON; nothing if it is empty.
    pub body: Arc<dyn Fn(usize) -> Bytes + Send + Sync>,
}

impl Question {
    /// A `GET` of `path`, for which the number of the request is known.
    pub fn get(
        address: SocketAddr,
        tokens: Vec<String>,
        path: impl Fn(usize) -> String + Send + Sync + 'static,
    ) -> Self {
        let body = Arc::new(|_| Bytes::new());
        Question { address, method: Method::GET, path: Arc::new(path), tokens: Arc::new(tokens), body }
    }

    /// A `POST` to a path that is always the same.
    pub fn post(
        address: SocketAddr,
        tokens: Vec<String>,
        path: &'static str,
        body: impl Fn(usize) -> Bytes + Send + Sync + 'static,
    ) -> Self {
        let path = Arc::new(|_| path.to_owned());
        Question { address, method: Method::POST, path, tokens: Arc::new(tokens), body: Arc::new(body) }
    }

    fn request(&self, number: usize, connection: usize) -> Result<Request<Full<Bytes>>> {
        let body = (self.body)(number);
        let mut request = Request::builder().method(self.method.clone()).uri((self.path)(number));
        request = request.header(header::HOST, "localhost");
        if !self.tokens.is_empty() {
            let token = &self.tokens[connection % self.tokens.len()];
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        Ok(request.body(Full::new(body))?)
    }
}

/// When to stop, and when to ask.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// Each connection asks as soon as it has its answer, for so long.
    AsFastAsAnswered(Duration),
    /// The same, so many times in all.
    Times(usize),
    /// So many a second, for so long, whatever the answers do. The time of an answer counts from when its request
    /// was due, so that a product that stands still is not asked less (no coordinated omission).
    PerSecond(u32, Duration),
}

/// How a load went.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Answers of success.
    pub succeeded: usize,
    /// Other answers, and none in time; with the first of them.
    pub failed: (usize, Option<String>),
    /// When the first request was due.
    pub began: Option<Instant>,
    /// From then to the last answer.
    pub took: Duration,
    /// Until each answer of success, in ascending order.
    pub times: Vec<Duration>,
}

impl Outcome {
    /// Answers of success in a second.
    pub fn per_second(&self) -> f64 {
        self.succeeded as f64 / self.took.as_secs_f64()
    }

    /// The time within which so many hundredths of the answers came.
    pub fn percentile(&self, hundredths: usize) -> Duration {
        percentile(&self.times, hundredths)
    }

    /// Itself, where all answers were of success.
    ///
    /// # Errors
    /// When one was not.
    pub fn flawless(self) -> Result<Outcome> {
        let (failed, first) = &self.failed;
        ensure!(
            *failed == 0,
            "{failed} of {} requests failed: {}",
            failed + self.succeeded,
            first.clone().unwrap_or_default()
        );
        Ok(self)
    }
}

/// The value within which so many hundredths of the `sorted` ones are; zero of none.
pub fn percentile(sorted: &[Duration], hundredths: usize) -> Duration {
    let at = (sorted.len() * hundredths).div_ceil(100).max(1) - 1;
    sorted.get(at).copied().unwrap_or_default()
}

/// Asks over so many connections, which are all open before the first request.
///
/// # Errors
/// When a connection can't be made, or the question is none.
pub async fn load(question: &Question, connections: usize, pace: Pace) -> Result<Outcome> {
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(
            TcpStream::connect(question.address).await.with_context(|| format!("no server at {}", question.address))?,
        );
    }
    let (next, began) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut asking = JoinSet::new();
    for (number, socket) in open.into_iter().enumerate() {
        let client = Client { question: question.clone(), number, pace, next: next.clone(), began };
        asking.spawn(client.ask(socket));
    }
    let mut outcome = Outcome::default();
    while let Some(asked) = asking.join_next().await {
        let part = asked??;
        outcome.succeeded += part.succeeded;
        outcome.failed.0 += part.failed.0;
        outcome.failed.1 = outcome.failed.1.or(part.failed.1);
        outcome.times.extend(part.times);
    }
    (outcome.began, outcome.took) = (Some(began), began.elapsed());
    outcome.times.sort_unstable();
    Ok(outcome)
}

/// One connection's part.
struct Client {
    question: Question,
    number: usize,
    pace: Pace,
    next: Arc<AtomicUsize>,
    began: Instant,
}

impl Client {
    async fn ask(self, first: TcpStream) -> Result<Outcome> {
        let (mut outcome, mut socket) = (Outcome::default(), Some(first));
        while let Some(connected) = socket.take() {
            connected.set_nodelay(true)?;
            let (sender, connection) = http1::handshake(TokioIo::new(connected)).await?;
            // In one task: a second one would only wake this one.
            let asked = std::pin::pin!(self.ask_on(sender, &mut outcome));
            let is_over = match select(asked, std::pin::pin!(connection)).await {
                Either::Left((is_over, _)) => is_over,
                Either::Right((_, asked)) => asked.await,
            };
            if !is_over {
                socket = Some(TcpStream::connect(self.question.address).await?);
            }
        }
        Ok(outcome)
    }

    /// Asks until all is asked (true) or the connection is of no more use.
    async fn ask_on(&self, mut sender: SendRequest<Full<Bytes>>, outcome: &mut Outcome) -> bool {
        while let Some((number, due)) = self.turn().await {
            let answered = async {
                sender.ready().await?;
                let request = self.question.request(number, self.number)?;
                let answer = sender.send_request(request).await?;
                let status = answer.status();
                let body = answer.into_body().collect().await?.to_bytes();
                anyhow::Ok((status, body))
            };
            match timeout(ANSWER, answered).await {
                Ok(Ok((status, _))) if status.is_success() => {
                    outcome.succeeded += 1;
                    outcome.times.push(due.elapsed());
                }
                Ok(Ok((status, body))) => fail(outcome, &answer_of(status, &body)),
                Ok(Err(error)) => {
                    fail(outcome, &format!("{error:#}"));
                    return false;
                }
                Err(_) => {
                    fail(outcome, "no answer in time");
                    return false;
                }
            }
        }
        true
    }

    /// The number of the next request and since when it is due, once it is.
    async fn turn(&self) -> Option<(usize, Instant)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        match self.pace {
            Pace::AsFastAsAnswered(during) => (self.began.elapsed() < during).then(|| (number, Instant::now())),
            Pace::Times(times) => (number < times).then(|| (number, Instant::now())),
            Pace::PerSecond(rate, during) => {
                let due = Duration::from_secs_f64(number as f64 / f64::from(rate));
                if due >= during {
                    return None;
                }
                let due = self.began + due;
                sleep_until(due).await;
                Some((number, due))
            }
        }
    }
}

fn fail(outcome: &mut Outcome, why: &str) {
    outcome.failed.0 += 1;
    outcome.failed.1.get_or_insert_with(|| why.to_owned());
}

fn answer_of(status: StatusCode, body: &[u8]) -> String {
    format!("{status} {}", String::from_utf8_lossy(body).chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_value_that_so_many_do_not_exceed() {
        let times: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Duration::from_millis(100));
        assert_eq!(percentile(&times, 99), Duration::from_millis(198));
        assert_eq!(percentile(&times[..1], 99), Duration::from_millis(1));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }

    /// Answers each request on one connection after `pause`, and lets nobody else in.
    async fn slow_server(pause: Duration) -> SocketAddr {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            while socket.read(&mut buffer).await.unwrap_or(0) > 0 {
                tokio::time::sleep(pause).await;
                socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn who_is_slow_is_charged_with_the_wait_that_it_causes() {
        let question = Question::get(slow_server(Duration::from_millis(50)).await, vec![], |_| "/".to_owned());
        // Due each 10 ms and answered each 50 ms: the tenth waits for nine answers before its own.
        let paced = load(&question, 1, Pace::PerSecond(100, Duration::from_millis(100))).await.unwrap();
        assert_eq!((paced.succeeded, paced.failed.0), (10, 0));
        assert!(paced.percentile(100) >= Duration::from_millis(400), "{:?}", paced.times);
    }
}
