//! A TCP relay in front of a server, so that all connections through it can be cut at once
//! without touching the server or anybody else's connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running relay. Dropping it closes its port and cuts its connections.
pub struct Relay {
    address: SocketAddr,
    cuts: watch::Sender<()>,
    open: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

/// One connection, counted while it lasts.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(open))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Relay {
    /// Listens on a free local port and passes every connection on to `host:port`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(host: String, port: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no local port for the relay")?;
        let address = listener.local_addr()?;
        let cuts = watch::Sender::new(());
        let open = Arc::new(AtomicUsize::new(0));
        let accepting = tokio::spawn(accept(listener, host, port, cuts.clone(), Arc::clone(&open)));
        Ok(Relay { address, cuts, open, accepting })
    }

    /// Where to connect instead of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection there is and says how many that were. New ones are let through again.
    pub fn cut(&self) -> usize {
        let open = self.open.load(Ordering::SeqCst);
        self.cuts.send_replace(());
        open
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, host: String, port: u16, cuts: watch::Sender<()>, open: Arc<AtomicUsize>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: some will be given back.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (host, mut cut, counted) = (host.clone(), cuts.subscribe(), Counted::new(&open));
        tokio::spawn(async move {
            let _counted = counted;
            tokio::select! {
                _ = cut.changed() => {}
                () = pass_on(client, &host, port) => {}
            }
        });
    }
}

async fn pass_on(mut client: TcpStream, host: &str, port: u16) {
    let connecting = TcpStream::connect((host, port));
    if let Ok(Ok(mut server)) = tokio::time::timeout(Duration::from_secs(5), connecting).await {
        // Both ends see for themselves how it ends.
        copy_bidirectional(&mut client, &mut server).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn echo_server() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut reader, mut writer) = stream.split();
                    tokio::io::copy(&mut reader, &mut writer).await
                });
            }
        });
        address
    }

    async fn echoes(stream: &mut TcpStream) -> bool {
        let mut byte = [0];
        stream.write_all(b"x").await.is_ok() && stream.read_exact(&mut byte).await.is_ok() && byte == *b"x"
    }

    #[tokio::test]
    async fn a_cut_ends_what_is_open_and_lets_new_connections_through() {
        let server = echo_server().await;
        let relay = Relay::start(server.ip().to_string(), server.port()).await.unwrap();
        let mut one = TcpStream::connect(relay.address()).await.unwrap();
        let mut other = TcpStream::connect(relay.address()).await.unwrap();
        assert!(echoes(&mut one).await && echoes(&mut other).await);

        assert_eq!(relay.cut(), 2);
        for stream in [&mut one, &mut other] {
            let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut [0])).await.unwrap();
            assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
        }
        let mut new = TcpStream::connect(relay.address()).await.unwrap();
        assert!(echoes(&mut new).await);
    }
}
