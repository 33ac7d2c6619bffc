//! Reading what `strace -f -tt -yy -xx` has written.

use std::collections::HashMap;

/// What must be traced for the judgement.
pub(crate) const TRACED: [&str; 14] = [
    "fsync",
    "fdatasync",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "sendto",
    "sendmsg",
    "read",
    "readv",
    "pread64",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
];

/// One call that came back.
#[derive(Debug)]
pub(crate) struct Call {
    name: String,
    /// The file or the socket that it is about.
    pub(crate) target: String,
    /// What was written or read.
    pub(crate) bytes: Vec<u8>,
    pub(crate) returned: i64,
    /// Lines of the trace, which are in the order of time.
    pub(crate) began: usize,
    pub(crate) ended: usize,
}

impl Call {
    pub(crate) fn is_sync(&self) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync")
    }

    pub(crate) fn is_write(&self) -> bool {
        self.name.contains("write") || self.name.starts_with("send")
    }

    pub(crate) fn is_socket(&self) -> bool {
        self.target.starts_with("TCP")
    }
}

/// All calls that came back, in the order of their ends.
pub(crate) fn calls(trace: &str) -> Vec<Call> {
    let mut unfinished: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut all = Vec::new();
    for (number, line) in trace.lines().enumerate() {
        let mut words = line.splitn(2, ' ');
        let (Some(process), Some(rest)) = (words.next(), words.next()) else { continue };
        // The process id is filled up with blanks; after it comes the time.
        let Some((_, said)) = rest.trim_start().split_once(' ') else { continue };
        if let Some(begun) = said.strip_suffix(" <unfinished ...>") {
            unfinished.insert(process, (number, begun));
        } else if let Some(resumed) = said.strip_prefix("<... ") {
            let Some((began, begun)) = unfinished.remove(process) else { continue };
            let Some((_, rest)) = resumed.split_once(" resumed>") else { continue };
            all.extend(call(&format!("{begun}{rest}"), began, number));
        } else {
            all.extend(call(said, number, number));
        }
    }
    all
}

fn call(said: &str, began: usize, ended: usize) -> Option<Call> {
    let (name, arguments) = said.split_once('(')?;
    let (arguments, result) = arguments.rsplit_once(" = ")?;
    let returned = result.split_whitespace().next()?.parse().ok()?;
    let (_, after) = arguments.split_once('<')?;
    let end = if after.starts_with("TCP") { after.find("]>")? + 1 } else { after.find('>')? };
    let mut bytes: Vec<u8> = after[end..].split('"').skip(1).step_by(2).flat_map(unescaped).collect();
    bytes.truncate(usize::try_from(returned).unwrap_or(0));
    let target = if after.starts_with("\\x") {
        String::from_utf8_lossy(&unescaped(&after[..end])).into_owned()
    } else {
        after[..end].to_owned()
    };
    Some(Call { name: name.to_owned(), target, bytes, returned, began, ended })
}

/// `\x41\x42` as bytes.
fn unescaped(text: &str) -> Vec<u8> {
    text.split("\\x").filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_with_their_files_bytes_and_results() {
        let trace = "\
71   10:00:00.1 writev(5<TCP:[1.1.1.1:2->3.3.3.3:4]>, [{iov_base=\"\\x41\\x42\", iov_len=2}, {iov_base=\"\\x43\", iov_len=1}], 2 <unfinished ...>
7123 10:00:00.2 fdatasync(9<\\x2f\\x61>) = -1 EIO (Input/output error)
71   10:00:00.3 <... writev resumed>) = 3
71   10:00:00.3 recvfrom(5<TCP:[1.1.1.1:2->3.3.3.3:4]>,  <unfinished ...>
71   10:00:00.4 <... recvfrom resumed>\"\\x44\\x45\", 4096, 0, NULL, NULL) = 2
71   10:00:00.5 read(5<TCP:[1.1.1.1:2->3.3.3.3:4]>, \"\\x44\\x45\", 1) = 1
71   10:00:00.6 +++ killed by SIGKILL +++
";
        let calls = calls(trace);
        let [sync, written, received, read] = calls.as_slice() else { panic!("{calls:?}") };
        assert_eq!((sync.is_sync(), sync.target.as_str(), sync.returned), (true, "/a", -1));
        assert_eq!((written.began, written.ended, written.bytes.as_slice()), (0, 2, b"ABC".as_slice()));
        assert!(written.is_write() && written.is_socket() && written.target.ends_with(":4]"));
        assert!(!received.is_write() && received.bytes == b"DE");
        assert_eq!(read.bytes, b"D");
    }
}
