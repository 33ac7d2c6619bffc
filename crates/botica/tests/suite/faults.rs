//! The faults that hospitals really have, injected and survived: each promise and each known fault as a
//! named test, in both modes where both have the fault.
//!
//! The same tests come in three sizes, chosen by `BOTICA_FAULTS`: a taste of each in every run of the tests,
//! the `set` (`make faults`), and the `proof`, whose numbers and minutes are those that we promise.

mod accepted;
mod cases;
mod clients;
mod clock;
mod durability;
mod full_disk;
mod fuzz;
mod kills;
mod outages;
mod promises;
pub(crate) mod storm;
mod trace;

/// As many as `BOTICA_FAULTS` asks for: nothing, `set` or `proof`.
pub(crate) fn size<T>(taste: T, set: T, proof: T) -> T {
    match std::env::var("BOTICA_FAULTS").as_deref() {
        Ok("proof") => proof,
        Ok("set") => set,
        Ok(other) => panic!("BOTICA_FAULTS is {other}; it can be set or proof"),
        Err(_) => taste,
    }
}

/// An address of a broker on which nothing listens: the one of a listener that is closed again.
pub(crate) fn nowhere() -> String {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("amqp://guest:top-secret@{address}/%2f")
}

/// A relay to the broker of this run, and the broker's address through it.
async fn relay_to_broker() -> (testkit::relay::Relay, String) {
    let mut url: url::Url = testkit::services::amqp_url().parse().unwrap();
    let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5672));
    let relay = testkit::relay::Relay::start(target).await.unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(relay.address().port())).unwrap();
    (relay, url.into())
}

/// How long the broker waits for the answer to a delivery, on channels that are opened from now on.
async fn set_ack_time_out(broker: &testkit::broker::PrivateBroker, time_out: std::time::Duration) {
    // It looks once a minute otherwise.
    for (name, milliseconds) in [("consumer_timeout", time_out.as_millis()), ("channel_tick_interval", 200)] {
        let set = format!("application:set_env(rabbit, {name}, {milliseconds}).");
        broker.control(&["eval", &set]).await.unwrap();
    }
}
