//! The recording that is replayed: when which ward sent something to a hospital's pharmacy.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// One arrival at the pharmacy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// From which ward, as the recording spells it.
    pub ward: String,
    /// Whether it was marked as pressing.
    pub is_urgent: bool,
}

/// The columns that matter. The recording's own number (`RxID`) is no key: it starts again in each
/// of the recording's four parts.
#[derive(Deserialize)]
struct Row {
    unit: String,
    priority: String,
    #[serde(rename = "startOfVerifQueu")]
    arrived_at: DateTime<Utc>,
}

/// Reads a recording and brings it into the order of arrival, which the file keeps only nearly.
///
/// # Errors
/// When there is no such file, a row can't be read, or there is no row at all.
pub fn read(path: &Path) -> Result<Vec<Event>> {
    if !path.is_file() {
        bail!(
            "there is no recording at {}. Give one with --events FILE: a CSV with the columns unit, priority and \
             startOfVerifQueu (RFC 3339). Ours, dispensing_events_2019.csv, is kept outside the repository, in \
             shared/data/load",
            path.display()
        );
    }
    let mut reader = csv::Reader::from_path(path).with_context(|| path.display().to_string())?;
    let mut events = Vec::new();
    for (row, number) in reader.deserialize::<Row>().zip(2..) {
        let row = row.with_context(|| format!("{}, row {number}", path.display()))?;
        events.push(Event {
            at: row.arrived_at,
            ward: row.unit.trim().to_owned(),
            is_urgent: matches!(row.priority.trim(), "Priority Discharge" | "Outpatient (priority)"),
        });
    }
    ensure!(!events.is_empty(), "{} has no rows", path.display());
    events.sort_by_key(|event| event.at);
    Ok(events)
}

/// How the recording's time becomes the replay's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// The whole recording takes this long.
    Lasting(Duration),
    /// So many times as fast as it was.
    TimesFaster(f64),
}

/// When each event is due after the start of the replay. Silences count as `longest_silence` at most:
/// nights, and the weeks between the recording's parts, would otherwise press its days into a few bursts.
pub fn schedule(events: &[Event], pace: Pace, longest_silence: Duration) -> Vec<Duration> {
    let mut elapsed = Duration::ZERO;
    let mut due = vec![elapsed; events.len().min(1)];
    due.extend(events.windows(2).map(|pair| {
        let gap = (pair[1].at - pair[0].at).to_std().unwrap_or_default();
        elapsed += gap.min(longest_silence);
        elapsed
    }));
    let factor = match pace {
        Pace::Lasting(_) if elapsed.is_zero() => 0.0,
        Pace::Lasting(whole) => whole.as_secs_f64() / elapsed.as_secs_f64(),
        Pace::TimesFaster(times) => 1.0 / times,
    };
    due.into_iter().map(|offset| offset.mul_f64(factor)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(second: i64) -> Event {
        Event { at: DateTime::from_timestamp(second, 0).unwrap(), ward: "A11".to_owned(), is_urgent: false }
    }

    #[test]
    fn a_replay_keeps_the_proportions_and_cuts_long_silences() {
        let events = [event(0), event(0), event(10), event(100_000)];
        let due = schedule(&events, Pace::Lasting(Duration::from_secs(10)), Duration::from_secs(90));
        assert_eq!(due, [0, 0, 1, 10].map(Duration::from_secs));
        let due = schedule(&events, Pace::TimesFaster(10.0), Duration::from_secs(90));
        assert_eq!(due, [0, 0, 1, 10].map(Duration::from_secs));
    }

    #[test]
    fn one_event_and_events_of_one_instant_are_due_at_once() {
        let pace = Pace::Lasting(Duration::from_secs(10));
        assert_eq!(schedule(&[event(7)], pace, Duration::MAX), [Duration::ZERO]);
        assert_eq!(schedule(&[event(7), event(7)], pace, Duration::MAX), [Duration::ZERO; 2]);
    }

    #[test]
    fn rows_are_sorted_by_arrival_and_a_ward_may_have_a_comma() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let rows = "RxID,unit,priority,startOfVerifQueu,src\n\
                    1,\"TRYSTVIEW 3,4\",Priority Discharge,2019-01-01T12:00:02Z,a\n\
                    1,A11,Non Priority Outpatient,2019-01-01T12:00:01Z,b\n";
        std::fs::write(file.path(), rows).unwrap();
        let events = read(file.path()).unwrap();
        let read: Vec<_> = events.iter().map(|event| (event.ward.as_str(), event.is_urgent)).collect();
        assert_eq!(read, [("A11", false), ("TRYSTVIEW 3,4", true)]);
    }

    #[test]
    fn a_missing_recording_says_which_flag_to_give() {
        let error = read(Path::new("/nowhere/events.csv")).unwrap_err().to_string();
        assert!(error.contains("--events FILE"), "{error}");
    }
}
