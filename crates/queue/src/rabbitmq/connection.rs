//! One connection to the broker, that can be had and be got rid of within a deadline.

use std::{
    net::{Shutdown, TcpStream},
    os::fd::AsFd,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::Stream;
use lapin::{
    AsyncTcpStream, Channel, Connection, ConnectionProperties, ErrorKind, Event,
    tcp::{AMQPUriTcpExt, TLSConfig},
    uri::{AMQPScheme, AMQPUri},
};
use tokio::time::{Instant, timeout};

/// Seconds; a dead broker is noticed after twice that, also where no watchdog looks.
const HEARTBEAT: u16 = 5;

/// Bytes of a frame at most, if the URL does not say. lapin keeps 32 frames each way for each connection, 8 MiB at
/// the broker's 128 KiB; an order is less than 1 KiB, and what is longer than a frame comes in several.
const FRAME: u32 = 32 * 1024;

/// Where to connect.
#[derive(Clone)]
pub(super) struct Target {
    uri: AMQPUri,
    pub(super) deadline: Duration,
}

// By hand, since the URI holds the password.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Target").field(&self.address()).finish()
    }
}

impl Target {
    pub(super) fn new(mut uri: AMQPUri, deadline: Duration) -> Target {
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        uri.query.frame_max.get_or_insert(FRAME);
        Target { uri, deadline }
    }

    fn address(&self) -> String {
        format!("{}:{}", self.uri.authority.host, self.uri.authority.port)
    }

    /// What to say when the broker takes a connection but does not answer about a queue.
    pub(super) fn silence_of(&self, queue: &str) -> String {
        format!(
            "{} does not answer for the queue \"{queue}\"; if it does for others, this one has no leader",
            self.address()
        )
    }
}

/// A second handle of the connection's socket. With it the connection can be ended while its other side
/// is frozen; lapin alone would wait for ever, with a thread, for a handshake that does not come.
#[derive(Clone, Debug, Default)]
struct Socket(Arc<Mutex<Option<TcpStream>>>);

impl Socket {
    fn keep(&self, stream: TcpStream) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
    }

    fn shut(&self) {
        if let Some(stream) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Fails when it is shut already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Shuts the socket of an attempt that was given up.
struct ShutOnDrop(Option<Socket>);

impl Drop for ShutOnDrop {
    fn drop(&mut self) {
        if let Some(socket) = &self.0 {
            socket.shut();
        }
    }
}

/// A connection. Dropping it cuts it off.
pub(super) struct Wire {
    connection: Connection,
    _socket: ShutOnDrop,
    deadline: Duration,
}

impl Wire {
    /// Connects within the deadline. `name` is what the broker's operator sees.
    ///
    /// # Errors
    /// The reason, in words for an operator and without the password.
    pub(super) async fn open(target: &Target, name: &str) -> Result<Wire, String> {
        let socket = Socket::default();
        let guard = ShutOnDrop(Some(socket.clone()));
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let runtime = lapin::runtime::default_runtime().map_err(|error| reason(&error))?;
        let deadline = target.deadline;
        let connect = Connection::connector(
            target.uri.clone(),
            runtime,
            async move |uri: AMQPUri, runtime| {
                let open = async {
                    let is_tls = uri.scheme == AMQPScheme::AMQPS;
                    let plain = AMQPUri { scheme: AMQPScheme::AMQP, ..uri.clone() };
                    let stream = plain.connect_async(&runtime).await?;
                    if let AsyncTcpStream::Plain(stream) = &stream {
                        socket.keep(stream.get_ref().as_fd().try_clone_to_owned()?.into());
                    }
                    if is_tls { stream.into_tls(&uri.authority.host, TLSConfig::default()).await } else { Ok(stream) }
                };
                // On lapin's thread, which would otherwise wait for as long as the network likes to.
                let opened = timeout(deadline, open).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
                opened.map_err(lapin::Error::from)
            },
            properties,
        );
        match timeout(deadline, connect).await {
            Ok(Ok(connection)) => Ok(Wire { connection, _socket: guard, deadline }),
            Ok(Err(error)) => Err(format!("can't connect to {}: {}", target.address(), reason(&error))),
            Err(_) => Err(format!("can't connect to {}: it does not answer", target.address())),
        }
    }

    pub(super) async fn channel(&self) -> Result<Channel, String> {
        self.connection.create_channel().await.map_err(|error| reason(&error))
    }

    pub(super) fn events(&self) -> Pin<Box<dyn Stream<Item = Event> + Send>> {
        Box::pin(self.connection.events_listener())
    }

    pub(super) fn is_up(&self) -> bool {
        self.connection.status().connected()
    }

    /// Takes leave of the broker, or cuts it off after the deadline.
    pub(super) async fn close(self) {
        let _ = timeout(self.deadline, self.connection.close(200, "OK".into())).await;
    }
}

/// What went wrong, in words for an operator.
pub(super) fn reason(error: &lapin::Error) -> String {
    match error.kind() {
        // The system's own words end in "(os error 111)".
        ErrorKind::IOError(error) => match error.kind() {
            std::io::ErrorKind::Other => error.to_string(),
            kind => kind.to_string(),
        },
        ErrorKind::ProtocolError(error) => match error.get_id() {
            403 => "the broker refused the user, its password or its permissions".to_owned(),
            530 => "the broker has no such virtual host, or the user may not enter it".to_owned(),
            _ => error.get_message().to_string(),
        },
        ErrorKind::MissingHeartbeatError => "the broker fell silent".to_owned(),
        ErrorKind::InvalidConnectionState(_) | ErrorKind::InvalidChannelState(..) => {
            "the connection was lost".to_owned()
        }
        _ => error.to_string(),
    }
}

/// The pauses between tries: from 200 ms up to 2 s, without limit. A broker that comes back is used
/// soon, one that stays away is not worn out.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    connected_at: Option<Instant>,
}

const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(2);

impl Backoff {
    pub(super) fn new() -> Backoff {
        Backoff { next: SHORTEST, connected_at: None }
    }

    pub(super) fn connected(&mut self, now: Instant) {
        self.connected_at = Some(now);
    }

    /// The pause before the next try. None after a connection that lasted: a broker that restarts or
    /// closes one connection is there for the next.
    pub(super) fn pause(&mut self, now: Instant) -> Duration {
        if self.connected_at.take().is_some_and(|at| now - at > LONGEST) {
            self.next = SHORTEST;
            return Duration::ZERO;
        }
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_two_seconds_and_start_over_after_a_connection_that_lasted() {
        let now = Instant::now();
        let mut backoff = Backoff::new();
        let pauses: Vec<_> = (0..6).map(|_| backoff.pause(now).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 2000, 2000]);
        backoff.connected(now);
        assert_eq!(backoff.pause(now).as_millis(), 2000, "it was lost at once");
        backoff.connected(now);
        let later = now + Duration::from_secs(3);
        assert_eq!(backoff.pause(later).as_millis(), 0);
        assert_eq!(backoff.pause(later).as_millis(), 200);
    }
}
