//! Faults that others reported of their systems, each of which names a kind. The numbers are those of
//! `docs/guarantees.md`.

mod broker;
mod clients;
mod consumer;
mod cut_requests;
mod versions;
mod writers;
