//! Dead letters on a terminal. What strangers wrote is printed so that it can't command the terminal.

use serde_json::{Value, json};
use store::DeadLetter;

/// Columns that a reason may take in a table.
const REASON: usize = 80;

/// Bytes on a line of a hex dump.
const BYTES: usize = 16;

pub(super) fn json(letters: &[DeadLetter]) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&letters.iter().map(value).collect::<Vec<_>>())?)
}

pub(super) fn json_of(letter: &DeadLetter) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&value(letter))?)
}

fn value(letter: &DeadLetter) -> Value {
    let decision = letter.decision.as_ref();
    json!({
        "id": letter.id,
        "state": letter.state,
        "message_id": letter.letter.message_id,
        "kind": letter.letter.kind,
        "traceparent": letter.letter.traceparent,
        "headers": letter.letter.headers,
        "reason": letter.reason,
        "needs_version": letter.needs_version,
        "first_seen_at": letter.first_seen_at,
        "last_seen_at": letter.last_seen_at,
        "seen": letter.seen,
        "decided_by": decision.map(|decision| &decision.by.name),
        "decided_at": decision.map(|decision| decision.at),
        "discard_reason": decision.and_then(|decision| decision.reason.as_ref()),
        "body_text": std::str::from_utf8(&letter.letter.body).ok(),
        "body_hex": letter.letter.body.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")),
    })
}

/// One line each, the newest first.
pub(super) fn table(letters: &[DeadLetter]) -> String {
    if letters.is_empty() {
        return "No dead letters.".to_owned();
    }
    let mut text = format!("{:<36}  {:<20}  {:>4}  {:<9}  REASON", "ID", "LAST SEEN", "SEEN", "STATE");
    for letter in letters {
        let reason = one_line(&letter.reason);
        let reason = match reason.char_indices().nth(REASON) {
            Some((end, _)) => format!("{}…", &reason[..end]),
            None => reason,
        };
        let (id, state) = (letter.id, letter.state.as_str());
        let at = letter.last_seen_at.format("%Y-%m-%dT%H:%M:%SZ");
        text += &format!("\n{id:<36}  {at:<20}  {:>4}  {state:<9}  {reason}", letter.seen);
    }
    text
}

/// Everything, with the body: as text if it is text, else as a hex dump.
pub(super) fn whole(letter: &DeadLetter) -> String {
    let instant = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let said = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), one_line);
    let mut text = String::new();
    let mut line = |name: &str, value: String| text += &format!("{name:<15}{value}\n");
    line("id", letter.id.to_string());
    line("state", letter.state.to_string());
    line("reason", one_line(&letter.reason));
    line("message id", said(&letter.letter.message_id));
    line("type", said(&letter.letter.kind));
    line("traceparent", said(&letter.letter.traceparent));
    if let Some(version) = letter.needs_version {
        line("needs version", version.to_string());
    }
    line("first seen", instant(letter.first_seen_at));
    line("last seen", instant(letter.last_seen_at));
    line("seen", letter.seen.to_string());
    if let Some(decision) = &letter.decision {
        line("decided by", one_line(&decision.by.name));
        line("decided at", instant(decision.at));
        if let Some(reason) = &decision.reason {
            line("because", one_line(reason));
        }
    }
    for (name, value) in &letter.letter.headers {
        line("header", format!("{}: {}", one_line(name), one_line(value)));
    }
    let body = &letter.letter.body;
    match std::str::from_utf8(body) {
        Ok(body) if body.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')) => {
            line("body", format!("{} bytes of text", body.len()));
            text + "\n" + body
        }
        _ => {
            line("body", format!("{} bytes", body.len()));
            text + &hex_dump(body)
        }
    }
}

/// The text without what could break the line or command a terminal.
fn one_line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain
}

fn hex_dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (number, row) in bytes.chunks(BYTES).enumerate() {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let plain: String =
            row.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' }).collect();
        text += &format!("\n{:08x}  {:<47}  |{plain}|", number * BYTES, hex.join(" "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_can_not_command_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
        assert_eq!(one_line("solução"), "solução");
    }

    #[test]
    fn bytes_are_dumped_as_hex_and_as_letters() {
        let dump = hex_dump(b"\x00\xffbotica e pharmacia");
        let lines: Vec<_> = dump.lines().skip(1).collect();
        assert_eq!(lines[0], "00000000  00 ff 62 6f 74 69 63 61 20 65 20 70 68 61 72 6d  |..botica e pharm|");
        assert_eq!(lines[1], format!("00000010  {:<47}  |acia|", "61 63 69 61"));
    }
}
