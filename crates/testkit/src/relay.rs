//! A TCP relay between a client and a service, to cut, hold, lose and delay what goes through.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What becomes of the bytes that come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// They go on.
    Open,
    /// They wait.
    Held,
    /// Those of the service are thrown away, those of the client go on.
    HalfOpen,
}

#[derive(Clone, Debug)]
struct State {
    /// Where new connections go.
    target: Arc<str>,
    flow: Flow,
    /// How much later all goes on.
    delay: Duration,
    /// Connections of an earlier count are cut.
    cuts: u32,
}

/// Listens on a free port of this machine. Ends when dropped.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    state: watch::Sender<State>,
    /// Shared by each open connection: its holders but this one are their number.
    open: Arc<()>,
}

impl Relay {
    /// Relays to `target`, such as `127.0.0.1:5672`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(target: String) -> anyhow::Result<Relay> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (state, watched) =
            watch::channel(State { target: target.into(), flow: Flow::Open, delay: Duration::ZERO, cuts: 0 });
        let open = Arc::new(());
        let opened = Arc::downgrade(&open);
        tokio::spawn(async move {
            let mut ended = watched.clone();
            loop {
                tokio::select! {
                    accepted = listener.accept() => match (accepted, opened.upgrade()) {
                        (Ok((client, _)), Some(open)) => {
                            let relaying = relay(client, watched.clone());
                            tokio::spawn(async move {
                                relaying.await;
                                drop(open);
                            });
                        }
                        // Out of file descriptors, most likely: some will be given back.
                        _ => tokio::time::sleep(Duration::from_millis(50)).await,
                    },
                    // Only an error says that the relay was dropped.
                    changed = ended.changed() => if changed.is_err() { return },
                }
            }
        });
        Ok(Relay { address, state, open })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends new connections to another `target`: a service that was started again has another port.
    pub fn aim(&self, target: String) {
        self.state.send_modify(|state| state.target = target.into());
    }

    /// Cuts all connections there are, and says how many; what was held of them is lost. New ones are taken.
    pub fn cut(&self) -> usize {
        let open = Arc::strong_count(&self.open) - 1;
        self.state.send_modify(|state| state.cuts += 1);
        open
    }

    /// Lets nothing through from now on, in either direction, while connections look open; as a firewall
    /// that forgot them would.
    pub fn hold(&self) {
        self.state.send_modify(|state| state.flow = Flow::Held);
    }

    /// Loses all that the service says from now on, while what the client says arrives: confirms and answers
    /// never come. [`cut`](Relay::cut) before [`release`](Relay::release): what is lost is missed.
    pub fn half_open(&self) {
        self.state.send_modify(|state| state.flow = Flow::HalfOpen);
    }

    /// Makes all that goes through so much later, in either direction.
    pub fn delay(&self, delay: Duration) {
        self.state.send_modify(|state| state.delay = delay);
    }

    /// Lets all through again at once, what was held first.
    pub fn release(&self) {
        self.state.send_modify(|state| {
            state.flow = Flow::Open;
            state.delay = Duration::ZERO;
        });
    }
}

async fn relay(client: TcpStream, mut watched: watch::Receiver<State>) {
    let mut cut = watched.clone();
    let cuts = watched.borrow_and_update().cuts;
    let through = async {
        let _ = watched.wait_for(|state| state.flow != Flow::Held).await;
        let target = Arc::clone(&watched.borrow().target);
        let Ok(service) = TcpStream::connect(&*target).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_service, to_service) = service.into_split();
        tokio::select! {
            () = copy(from_client, to_service, watched.clone(), false) => {}
            () = copy(from_service, to_client, watched.clone(), true) => {}
        }
    };
    tokio::select! {
        // The cut first: what was held then is lost, even if it is released in the same moment.
        biased;
        // Also when the relay itself is gone.
        _ = cut.wait_for(|state| state.cuts != cuts) => {}
        () = through => {}
    }
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut watched: watch::Receiver<State>,
    is_from_service: bool,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let delay = watched.borrow().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let _ = watched.wait_for(|state| state.flow != Flow::Held).await;
        if is_from_service && watched.borrow().flow == Flow::HalfOpen {
            continue;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let relay = Relay::start(echo_server().await.to_string()).await.unwrap();
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

    #[tokio::test]
    async fn a_half_open_connection_carries_what_the_client_says_and_loses_the_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Relay::start(listener.local_addr().unwrap().to_string()).await.unwrap();
        let mut client = TcpStream::connect(relay.address()).await.unwrap();
        let (mut service, _) = listener.accept().await.unwrap();
        relay.half_open();
        client.write_all(b"x").await.unwrap();
        let mut byte = [0];
        service.read_exact(&mut byte).await.unwrap();
        assert_eq!(byte, *b"x");
        service.write_all(b"lost").await.unwrap();
        // The answer is in the relay before the next one, which goes through.
        assert!(tokio::time::timeout(Duration::from_millis(300), client.read(&mut byte)).await.is_err());
        relay.release();
        service.write_all(b"y").await.unwrap();
        client.read_exact(&mut byte).await.unwrap();
        assert_eq!(byte, *b"y");
    }

    #[tokio::test]
    async fn a_delay_holds_each_way_until_it_is_released() {
        let relay = Relay::start(echo_server().await.to_string()).await.unwrap();
        let mut one = TcpStream::connect(relay.address()).await.unwrap();
        assert!(echoes(&mut one).await);
        relay.delay(Duration::from_millis(200));
        let began = std::time::Instant::now();
        assert!(echoes(&mut one).await);
        assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
        relay.release();
        assert!(echoes(&mut one).await);
    }
}
