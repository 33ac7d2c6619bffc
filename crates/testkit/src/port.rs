//! Ports for services that are started again.

use std::net::TcpListener;

use anyhow::bail;

/// From here up to [`END`] Linux gives no port to outgoing connections (`ip_local_port_range`): else one of them
/// could have a service's port while that is down.
const BEGIN: u16 = 10_000;
const END: u16 = 32_000;

/// A free port that stays free between two starts of a service.
///
/// # Errors
/// When none is found.
pub(crate) fn lasting() -> anyhow::Result<u16> {
    for _ in 0..1000 {
        let port = fastrand::u16(BEGIN..END);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}
