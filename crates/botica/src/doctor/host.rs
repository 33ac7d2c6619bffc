//! This host: its disk, the port, and who else uses them.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use queue::local;

use super::{Found, ask};
use crate::settings::{Role, Settings};

/// Below this, the next busy day may fill the disk.
const LEAST_FREE_MIB: u64 = 512;

pub(super) fn disk(folder: &Path) -> Found {
    let path = folder.display();
    let mend = "give the folder to the user that runs Botica, or name another by BOTICA_DATA_DIR";
    std::fs::create_dir_all(folder).map_err(|error| format!("can't make the folder {path} ({error}): {mend}"))?;
    let probe = folder.join(".doctor");
    std::fs::write(&probe, b"x")
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|error| format!("can't write in {path} ({error}): {mend}"))?;
    let disk = rustix::fs::statvfs(folder).map_err(|error| format!("can't look at the disk of {path}: {error}"))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / (1 << 20);
    if free < LEAST_FREE_MIB {
        return Err(format!("{path} has {free} MiB free, less than {LEAST_FREE_MIB}: make room"));
    }
    Ok(format!("{path} can be written and has {free} MiB free"))
}

/// Who listens where this Botica would.
enum Listener {
    Nobody,
    Botica,
    Stranger,
}

/// The port and the data folder, each of which one process can have. One that has both is this very Botica.
pub(super) async fn port(settings: &Settings) -> Found {
    let (address, folder) = (settings.listen, settings.data_dir.display());
    let listener = match TcpListener::bind(address) {
        Ok(_) => Listener::Nobody,
        Err(error) if error.kind() == ErrorKind::AddrInUse => match is_botica(settings).await {
            true => Listener::Botica,
            false => Listener::Stranger,
        },
        Err(error) => {
            return Err(format!("can't listen on {address} ({error}): name an address of this host by BOTICA_LISTEN"));
        }
    };
    let is_folder_in_use = match one_at_a_time(settings) {
        Some(name) => Some(local::is_in_use(&settings.data_dir.join(name)).map_err(|error| error.to_string())?),
        None => None,
    };
    match (listener, is_folder_in_use) {
        (Listener::Stranger, _) => Err(format!(
            "{address} is taken by another program: stop that one, or name another address by BOTICA_LISTEN"
        )),
        (Listener::Nobody, Some(true)) => Err(format!(
            "{folder} is in use by another Botica, which does not listen on {address}: stop that one, or give this \
             one a data folder of its own by BOTICA_DATA_DIR"
        )),
        (Listener::Botica, Some(false)) => Err(format!(
            "{address} is taken by another Botica, which does not use {folder}: stop that one, or name another \
             address by BOTICA_LISTEN"
        )),
        (Listener::Botica, _) => Ok(format!("a Botica runs on {address}")),
        (Listener::Nobody, _) => Ok(format!("{address} is free")),
    }
}

/// The queue in the data folder that only one process may take from.
fn one_at_a_time(settings: &Settings) -> Option<&'static str> {
    match settings.amqp_url.is_some() {
        true => settings.runs(Role::Publisher).then_some("spool.db"),
        false => settings.runs(Role::Consumer).then_some("order_queue.db"),
    }
}

async fn is_botica(settings: &Settings) -> bool {
    let Ok(answer) = ask(settings, "/health/ready").await else { return false };
    let Ok(ready) = answer.json::<serde_json::Value>().await else { return false };
    ready["version"].is_string() && ready["checks"].is_object()
}
