//! Signals to a process that we started and to all that it started in turn.

use std::process::Child;

use anyhow::{Context, bail};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

/// Signals `child` and all its descendants, whatever groups and sessions they made for themselves.
///
/// The parent comes first: a stopped or dead one starts no more children.
pub(crate) fn signal_tree(child: &Child, signal: Signal) -> anyhow::Result<()> {
    let mut waiting = vec![child.id()];
    while let Some(id) = waiting.pop() {
        // Before the signal: a dead parent has no children any more.
        waiting.extend(children(id));
        let pid = i32::try_from(id).ok().and_then(Pid::from_raw).context("no process id")?;
        match kill_process(pid, signal) {
            // It has ended meanwhile.
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => bail!("process {id} could not be signalled: {error}"),
        }
    }
    Ok(())
}

/// Those that the process `id` has started and that still run.
fn children(id: u32) -> Vec<u32> {
    let listed = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}
