//! What the clients did, on disk: every attempt before it is made, and every answer.
//! The checker reads it back, so that it judges by what was written down and not by what is remembered.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context as _, Result, anyhow};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The body of `POST /orders`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Made by us, so that sending twice is harmless.
    pub id: Uuid,
    /// Where it goes.
    pub dispenser_id: Uuid,
    /// `routine`, `urgent` or `stat`.
    pub priority: String,
    /// What it asks for.
    pub lines: Vec<Line>,
    /// Which event of the recording it is.
    pub note: String,
}

/// One medication and its quantity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    /// What.
    pub medication_id: Uuid,
    /// How much.
    pub quantity: u32,
}

/// What came of one attempt to place an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// The product promised to keep it.
    Accepted,
    /// The product said no for good.
    Refused {
        /// Status and body.
        detail: String,
    },
    /// No answer, or one that says "not now". The order may be stored nevertheless.
    Failed {
        /// What went wrong.
        detail: String,
    },
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// An order is about to be sent.
    Attempt {
        /// By our clock.
        at: DateTime<Utc>,
        /// What is sent.
        order: Order,
    },
    /// What came of it.
    Answer {
        /// By our clock.
        at: DateTime<Utc>,
        /// Of which order.
        order_id: Uuid,
        /// What it was.
        #[serde(flatten)]
        answer: Answer,
    },
}

/// A journal that is being written.
pub struct Journal(Mutex<File>);

impl Journal {
    /// # Errors
    /// When the file can't be made. An older one of the same name is replaced.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("can't write the journal {}", path.display()))?;
        Ok(Journal(Mutex::new(file)))
    }

    /// Writes one line; it has left this process when this returns.
    ///
    /// # Errors
    /// When it can't be written: then nothing more may be sent, because nobody could check it.
    pub fn write(&self, record: &Record) -> Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let mut file = self.0.lock().map_err(|_| anyhow!("a writer of the journal panicked"))?;
        file.write_all(&line).context("can't write the journal")
    }
}

/// Reads a journal back.
///
/// # Errors
/// When it can't be read, or a line is not a [`Record`].
pub fn read(path: &Path) -> Result<Vec<Record>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut records = Vec::new();
    for (line, number) in BufReader::new(file).lines().zip(1..) {
        let record = serde_json::from_str(&line?).with_context(|| format!("{}, line {number}", path.display()))?;
        records.push(record);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let order = Order {
            id: Uuid::now_v7(),
            dispenser_id: Uuid::from_u128(1),
            priority: "urgent".to_owned(),
            lines: vec![Line { medication_id: Uuid::from_u128(2), quantity: 3 }],
            note: "ção".to_owned(),
        };
        let (at, order_id) = (Utc::now(), order.id);
        let records = [
            Record::Attempt { at, order },
            Record::Answer { at, order_id, answer: Answer::Failed { detail: "no\nanswer".to_owned() } },
            Record::Answer { at, order_id, answer: Answer::Accepted },
        ];
        let file = tempfile::NamedTempFile::new().unwrap();
        let journal = Journal::create(file.path()).unwrap();
        for record in &records {
            journal.write(record).unwrap();
        }
        assert_eq!(read(file.path()).unwrap(), records);
    }
}
