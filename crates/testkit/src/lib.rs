//! What tests of several crates stand on: suites that every keeper must pass, and the services around
//! them, started, killed and frozen at will.

pub mod broker;
pub mod form;
pub mod product;
pub mod queue_suite;
pub mod relay;
pub mod services;
pub mod sql;
pub mod tokens;
