//! What `docs/guarantees.md` promises, each promise as a test of the whole product. Promise 5, a disk that is
//! full, is held by `full_disk`.

mod bad_messages;
mod board;
mod broker_away;
mod consumer_returns;
mod database_away;
mod kills;
mod once;
mod people;
mod versions;
