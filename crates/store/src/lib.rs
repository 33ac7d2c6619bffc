//! The database behind Botica: PostgreSQL for many hosts, SQLite for one, by the same code, chosen at
//! run time by the URL.
//!
//! Every write is one transaction that begins as a write (`BEGIN IMMEDIATE` on SQLite, where a read
//! that turns into a write fails under concurrency, whatever the busy time-out). Instants are kept to
//! the microsecond, the finest that both databases hold.

mod act;
mod arrivals;
mod audit;
mod backup;
mod boards;
mod chain;
mod changes;
mod connect;
mod controlled;
mod dead_letter_decisions;
mod dead_letters;
mod dispensers;
mod durability;
mod entity;
mod error;
mod events;
mod feedback;
mod hints;
mod history;
mod holdings;
mod import;
mod lots;
mod medication_ref;
mod medications;
mod migration;
mod orders;
mod page;
mod parts;
mod products;
mod reach;
mod reasons;
mod rows;
mod search;
mod search_text;
mod service_call_steps;
mod service_calls;
mod sessions;
mod steps;
mod succession;
mod suspects;
mod targets;
mod users;
mod verdicts;
mod verify;
mod waiting;
mod wards;

pub use act::Act;
pub use arrivals::{Arrival, Letter, Outcome, Unreadable};
pub use audit::{AuditFilter, AuditFrom, AuditRow};
pub use backup::{Contents, check_copy, copy_sqlite, examine_copy, sqlite_size};
pub use boards::Board;
pub use connect::{ConnectOptions, Store};
pub use controlled::ControlledLine;
pub use dead_letter_decisions::NotDecided;
pub use dead_letters::{DeadLetter, Decision};
pub use dispensers::{Dispenser, DispenserChange, NewDispenser};
pub use error::StoreError;
pub use events::OrderEvent;
pub use feedback::{Feedback, NotRated};
pub use holdings::{Holding, NewHolding};
pub use import::{
    AnotherRuns, Beat, ImportEnd, ImportJob, ImportRow, ImportRowFilter, ImportStatus, Imported, Progress, RowVerdict,
    Source, Verdict,
};
pub use lots::{Lot, NewLot};
pub use medication_ref::MedicationRef;
pub use medications::{Marks, Medication, MedicationChange, NewMedication, Registered};
pub use migration::Schema;
pub use orders::{DispenserRef, LineDelivery, Order, OrderFilter, OrderLine};
pub use page::{After, Page};
pub use reach::{Unreachable, reach_postgres};
pub use reasons::{ReasonEntry, ReasonSet};
pub use search::{Found, Match, SearchRank, SearchText};
pub use service_call_steps::{NewServiceCall, NotOpened, ServiceCallNotDone, ServiceCallRequest};
pub use service_calls::{ServiceCall, ServiceCallFilter};
pub use sessions::{Refreshed, Session};
pub use steps::{NotDone, Reason, StepRequest};
pub use succession::{Ahead, Turn};
pub use suspects::Suspect;
pub use users::{NewUser, User, UserChange};
pub use verify::{Broken, Checkpoint};
pub use waiting::{Connections, WaitingOrders};
pub use wards::{Place, Ward, WardChange};
