//! For tests alone: suites that every keeper must pass, the product as a test starts it, and the
//! services that it needs.

pub mod services;
pub mod sql;
