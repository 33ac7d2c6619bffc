//! What tests of several crates stand on: suites that every keeper must pass, the services around
//! them, started, killed and frozen at will, and the books that show whether anything was lost.

pub mod broker;
pub mod checker;
pub mod collector;
pub mod form;
pub mod journal;
pub mod network;
mod port;
pub mod postgres;
mod process_tree;
pub mod product;
pub mod queue_suite;
pub mod relay;
pub mod services;
pub mod small_disk;
pub mod sql;
pub mod stored;
pub mod tokens;
