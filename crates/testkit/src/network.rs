//! Hosts of the test's own on one machine: network namespaces around a router, between any two of which the way can
//! be cut. Only root can have them.
//!
//! ```text
//! test ── router ─┬─ broker
//!                 ├─ backend
//!                 └─ consumer
//! ```

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, ensure};

/// Networks that this process has made: an interface is gone a moment after its network.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Hosts that reach each other, and whom the test reaches. All of it is gone when this is dropped.
#[derive(Debug)]
pub struct Network {
    router: String,
    hosts: Vec<Host>,
}

/// A host of its own, with nothing on it but what the test starts.
#[derive(Clone, Debug)]
pub struct Host {
    name: String,
    namespace: String,
    address: String,
}

impl Network {
    /// Makes hosts with these names.
    ///
    /// # Errors
    /// When we may not.
    pub fn new(names: &[&str]) -> anyhow::Result<Network> {
        // Namespaces have names of the whole machine, and an interface's has fifteen characters.
        let id = std::process::id().wrapping_add(7919 * MADE.fetch_add(1, Ordering::Relaxed));
        let tag = format!("b{}", id % 1_000_000);
        // Below 10.0.0.0/8, away from where most networks begin.
        let net = format!("10.{}", 128 + id % 100);
        let mut network = Network { router: format!("{tag}r"), hosts: vec![] };
        ip(&["netns", "add", &network.router])?;
        network.in_router(&["link", "set", "lo", "up"])?;
        let forward = ["netns", "exec", &network.router, "sysctl", "-qw", "net.ipv4.ip_forward=1"];
        ip(&forward)?;

        // The test itself is number 0.
        let (own, far) = (format!("{tag}v0"), format!("{tag}w0"));
        ip(&["link", "add", &own, "type", "veth", "peer", "name", &far])?;
        ip(&["link", "set", &far, "netns", &network.router])?;
        network.connect(&far, &net, 0)?;
        ip(&["addr", "add", &format!("{net}.0.2/30"), "dev", &own])?;
        ip(&["link", "set", &own, "up"])?;
        ip(&["route", "add", &format!("{net}.0.0/16"), "via", &format!("{net}.0.1")])?;

        for (name, number) in names.iter().zip(1..) {
            let namespace = format!("{tag}h{number}");
            let (own, far) = (format!("{tag}v{number}"), format!("{tag}w{number}"));
            ip(&["netns", "add", &namespace])?;
            let host = Host { name: (*name).to_owned(), namespace, address: format!("{net}.{number}.2") };
            network.hosts.push(host.clone());
            ip(&["link", "add", &own, "netns", &host.namespace, "type", "veth", "peer", "name", &far])?;
            ip(&["link", "set", &far, "netns", &network.router])?;
            network.connect(&far, &net, number)?;
            host.ip(&["link", "set", "lo", "up"])?;
            host.ip(&["addr", "add", &format!("{}/30", host.address), "dev", &own])?;
            host.ip(&["link", "set", &own, "up"])?;
            host.ip(&["route", "add", "default", "via", &format!("{net}.{number}.1")])?;
        }
        Ok(network)
    }

    /// One of its hosts.
    ///
    /// # Panics
    /// When there is none of this name.
    #[expect(clippy::unwrap_used, reason = "for tests")]
    pub fn host(&self, name: &str) -> &Host {
        self.hosts.iter().find(|host| host.name == name).unwrap()
    }

    /// Lets nothing through between two hosts from now on, without a word to either.
    ///
    /// # Errors
    /// When the router does not do it.
    pub fn cut(&self, one: &str, other: &str) -> anyhow::Result<()> {
        self.rules("add", one, other)
    }

    /// Lets all through again.
    ///
    /// # Errors
    /// When it was not cut.
    pub fn heal(&self, one: &str, other: &str) -> anyhow::Result<()> {
        self.rules("del", one, other)
    }

    fn rules(&self, verb: &str, one: &str, other: &str) -> anyhow::Result<()> {
        let [one, other] = [one, other].map(|name| self.host(name).address.as_str());
        for (from, to) in [(one, other), (other, one)] {
            self.in_router(&["rule", verb, "from", from, "to", to, "blackhole"])?;
        }
        Ok(())
    }

    fn connect(&self, interface: &str, net: &str, number: usize) -> anyhow::Result<()> {
        self.in_router(&["addr", "add", &format!("{net}.{number}.1/30"), "dev", interface])?;
        self.in_router(&["link", "set", interface, "up"])
    }

    fn in_router(&self, arguments: &[&str]) -> anyhow::Result<()> {
        ip(&[&["-n", self.router.as_str()], arguments].concat())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in self.hosts.iter().map(|host| &host.namespace).chain([&self.router]) {
            // Its interfaces and routes go with it.
            drop(ip(&["netns", "del", namespace]));
        }
    }
}

impl Host {
    /// Where others reach it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A program that will run on it.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace]).arg(program);
        command
    }

    fn ip(&self, arguments: &[&str]) -> anyhow::Result<()> {
        ip(&[&["-n", self.namespace.as_str()], arguments].concat())
    }
}

fn ip(arguments: &[&str]) -> anyhow::Result<()> {
    let done = Command::new("ip").args(arguments).output().context("there is no ip (Debian: iproute2)")?;
    ensure!(done.status.success(), "ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    use super::*;

    /// Whether `host` reaches a listener of the test's.
    fn reaches(from: &Host, to: &str) -> bool {
        let connect = "import socket, sys; socket.create_connection((sys.argv[1], 7777), 2)";
        let mut command = from.command(Path::new("python3"));
        command.args(["-c", connect, to]).stderr(Stdio::null()).status().unwrap().success()
    }

    #[test]
    fn a_cut_is_between_two_hosts_alone() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let network = Network::new(&["one", "two"]).unwrap();
        let [one, two] = ["one", "two"].map(|name| network.host(name));
        let listen = "import socket, time; s = socket.create_server(('', 7777)); time.sleep(30)";
        let mut listening = two.command(Path::new("python3")).args(["-c", listen]).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect((two.address(), 7777)).is_err() {
            assert!(Instant::now() < deadline, "the test reaches its host");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(reaches(one, two.address()));
        network.cut("one", "two").unwrap();
        assert!(!reaches(one, two.address()));
        assert!(TcpStream::connect((two.address(), 7777)).is_ok());
        network.heal("one", "two").unwrap();
        assert!(reaches(one, two.address()));
        listening.kill().unwrap();
        listening.wait().unwrap();
    }
}
