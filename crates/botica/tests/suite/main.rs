//! The product as its users have it: the real binary, started on free ports, asked over HTTP.

mod architecture;
mod bad_input;
mod catalogue;
mod commands;
mod distributed;
mod hospital;
mod orders;
mod process;
mod signing_in;
