//! Which TCP sockets a process has, from Linux's `/proc`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// The ports of a process's TCP sockets.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sockets {
    /// Ports that it listens on.
    pub listening: BTreeSet<u16>,
    /// Ports of others that it is connected to, or that are connected to it.
    pub remote: BTreeSet<u16>,
}

/// The sockets of the process `pid`.
///
/// # Errors
/// When the process is gone, or belongs to somebody else.
pub fn of(pid: u32) -> Result<Sockets> {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let mut own = BTreeSet::new();
    for entry in std::fs::read_dir(process.join("fd")).with_context(|| format!("can't look into process {pid}"))? {
        // A descriptor may be closed between the listing and the look at it.
        let Ok(target) = std::fs::read_link(entry?.path()) else { continue };
        if let Some(inode) = target.to_string_lossy().strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')) {
            own.insert(inode.to_owned());
        }
    }
    let mut sockets = Sockets::default();
    for table in ["net/tcp", "net/tcp6"] {
        // A machine without IPv6 has no second table.
        let Ok(table) = std::fs::read_to_string(process.join(table)) else { continue };
        for row in table.lines().skip(1) {
            sockets.add(row, &own);
        }
    }
    Ok(sockets)
}

impl Sockets {
    /// A row is `sl local_address rem_address st … inode`, addresses in hexadecimal; state `0A` listens.
    fn add(&mut self, row: &str, own: &BTreeSet<String>) {
        let columns: Vec<_> = row.split_whitespace().collect();
        let [_, local, remote, state, _, _, _, _, _, inode, ..] = columns.as_slice() else { return };
        if !own.contains(*inode) {
            return;
        }
        let port = |address: &str| address.rsplit(':').next().and_then(|hex| u16::from_str_radix(hex, 16).ok());
        if *state == "0A" {
            self.listening.extend(port(local));
        } else {
            self.remote.extend(port(remote));
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn our_own_sockets_are_seen() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let port = listener.local_addr().unwrap().port();
        let sockets = of(std::process::id()).unwrap();
        assert!(sockets.listening.contains(&port) && sockets.remote.contains(&port), "{sockets:?}");
        drop(client);
    }

    #[test]
    fn sockets_of_others_are_not_counted() {
        let row = "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 42 1";
        let mut sockets = Sockets::default();
        sockets.add(row, &BTreeSet::from(["41".to_owned()]));
        assert_eq!(sockets, Sockets::default());
        sockets.add(row, &BTreeSet::from(["42".to_owned()]));
        assert_eq!(sockets.listening, BTreeSet::from([8080]));
    }
}
