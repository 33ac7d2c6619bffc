//! The server as its clients meet it: over a socket, with all that surrounds a route.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should fail there")]

mod requests;
mod served;
mod slow;
mod stopping;
mod tls;
mod tokens;
