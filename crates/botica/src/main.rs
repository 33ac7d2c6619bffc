//! The binary. Its subcommands are the boxes of the architecture drawing; this crate alone knows which
//! keeper of the queue and which database stand behind them.

mod admin;
mod application;
mod audit;
mod backup;
mod commands;
mod dead_letters;
mod demo;
mod doctor;
mod gauges;
mod health;
mod import;
mod keys;
mod open_files;
mod openapi;
mod revocations;
mod secret;
mod settings;
mod shutdown;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let commands = commands::Botica::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return commands::failed(&anyhow::Error::new(error).context("can't start the runtime")),
    };
    let ended = runtime.block_on(commands.run());
    // What still runs after the shutdown's deadlines would hold the process for ever.
    runtime.shutdown_background();
    match ended {
        Ok(code) => code,
        Err(error) => commands::failed(&error),
    }
}
