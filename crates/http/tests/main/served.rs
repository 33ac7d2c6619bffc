//! A server on a port of its own, and a client that sends exactly the bytes it is told to.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use botica_http::{RequestLimits, Running, ServerLimits, Stopped, Tls, serve, stack};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What should happen at once has happened by then, or never will.
const AT_LAST: Duration = Duration::from_secs(20);

pub(crate) async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(AT_LAST, wait).await.expect("this should have ended by itself")
}

pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) running: Running,
    task: JoinHandle<Stopped>,
}

impl Served {
    pub(crate) async fn start(router: Router, requests: RequestLimits, server: ServerLimits) -> Self {
        Self::start_by(router, requests, server, Running::default()).await
    }

    pub(crate) async fn start_by(router: Router, requests: RequestLimits, server: ServerLimits, by: Running) -> Self {
        Self::start_with(router, requests, server, None, by).await
    }

    pub(crate) async fn start_with(
        router: Router,
        requests: RequestLimits,
        server: ServerLimits,
        tls: Option<Tls>,
        by: Running,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (app, running) = (stack(router, requests, &by), by.clone());
        let task = tokio::spawn(async move { serve(listener, tls, app, server, &running).await });
        Served { address, running: by, task }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// What comes back for `head` (lines ended by `\n`) and `body`, on a connection of its own.
    pub(crate) async fn send(&self, head: &str, body: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(text(head, body).as_bytes()).await.unwrap();
        Answer::read(&mut stream).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\n"), "").await
    }

    /// How serving ended.
    pub(crate) async fn ended(self) -> Stopped {
        in_time(self.task).await.unwrap()
    }
}

/// A request that asks to close the connection after the answer.
pub(crate) fn text(head: &str, body: &str) -> String {
    format!("{}host: botica\r\nconnection: close\r\n\r\n{body}", head.replace('\n', "\r\n"))
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// All that comes until the server closes.
    pub(crate) async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        in_time(stream.read_to_end(&mut bytes)).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The problem that it is: also said by its type.
    pub(crate) fn problem(&self) -> Value {
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status, "{self:?}");
        problem
    }

    pub(crate) fn code(&self) -> String {
        self.problem()["code"].as_str().unwrap().to_owned()
    }
}
