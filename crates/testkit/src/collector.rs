//! A collector of traces: takes spans by OTLP over HTTP and keeps them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, bail};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A span as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectedSpan {
    /// The name of the service that sent it.
    pub service: String,
    /// Its name.
    pub name: String,
    /// The trace that it belongs to, in hexadecimal digits.
    pub trace: String,
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// The id of its parent; empty if it has none.
    pub parent: String,
}

/// Listens on a free port of this machine.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<CollectedSpan>>>,
}

impl Collector {
    /// Begins to listen; for as long as the runtime runs.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> anyhow::Result<Collector> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (address, spans) = (listener.local_addr()?, Arc::default());
        let kept = Arc::clone(&spans);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Who does not speak it is hung up on, and the test misses its spans.
                tokio::spawn(serve(stream, Arc::clone(&kept)));
            }
        });
        Ok(Collector { address, spans })
    }

    /// Where spans are sent to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The spans of a trace that have come so far.
    ///
    /// # Panics
    /// When the task that keeps them has panicked.
    #[expect(clippy::unwrap_used, reason = "for tests")]
    pub fn of_trace(&self, trace: &str) -> Vec<CollectedSpan> {
        self.spans.lock().unwrap().iter().filter(|span| span.trace == trace).cloned().collect()
    }

    /// The spans of a trace, once those of all these names have come.
    ///
    /// # Errors
    /// They did not come in time.
    pub async fn wait_for(&self, trace: &str, names: &[&str], within: Duration) -> anyhow::Result<Vec<CollectedSpan>> {
        let deadline = tokio::time::Instant::now() + within;
        loop {
            let spans = self.of_trace(trace);
            if names.iter().all(|name| spans.iter().any(|span| span.name == *name)) {
                return Ok(spans);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("of {names:?} only these came: {spans:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn serve(stream: TcpStream, spans: Arc<Mutex<Vec<CollectedSpan>>>) -> anyhow::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 && line != "\r\n" {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let came = spans_in(&body).context("not OTLP")?;
        spans.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.extend(came);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
            .await?;
    }
}

fn spans_in(body: &[u8]) -> anyhow::Result<Vec<CollectedSpan>> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut came = Vec::new();
    for part in ExportTraceServiceRequest::decode(body)?.resource_spans {
        let attributes = part.resource.map(|resource| resource.attributes).unwrap_or_default();
        let name = attributes.into_iter().find(|attribute| attribute.key == "service.name");
        let service = match name.and_then(|attribute| attribute.value?.value) {
            Some(Value::StringValue(name)) => name,
            _ => String::new(),
        };
        for span in part.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            came.push(CollectedSpan {
                service: service.clone(),
                name: span.name,
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
            });
        }
    }
    Ok(came)
}
