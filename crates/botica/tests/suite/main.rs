//! The product as its users have it: the real binary, started on free ports, asked over HTTP.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod access;
mod architecture;
mod audit;
mod backup;
mod bad_input;
mod boards;
mod catalogue;
mod commands;
mod controlled;
mod crashes;
mod dead_letters;
mod distributed;
mod doctor;
mod drawing;
mod exports;
mod faults;
mod guessing;
mod hospital;
mod import;
mod import_jobs;
mod labels;
mod limits;
mod orders;
mod process;
mod scan;
mod search;
mod secrets;
mod service_calls;
mod shut_out;
mod signing_in;
mod slow;
mod spool;
mod steps;
mod stream;
mod targets_and_reasons;
mod three_hosts;
mod tls;
mod tokens;
mod traces;
mod wards;
mod web_app;
