//! Spoils scans at random and has them read: none may panic or take long. Ends with failure if one does.

use std::io::{self, Write as _};
use std::panic;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use domain::gs1::{Code, what_is};
use fastrand::Rng;

/// Reads scans that were spoilt at random, and says how many were read as what.
#[derive(Parser)]
struct Args {
    /// How many
    #[arg(long, default_value_t = 1_000_000)]
    inputs: u64,
    /// Where chance begins: the same seed gives the same inputs
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The year in which they are read
    #[arg(long, default_value_t = 2026)]
    year: i32,
}

/// One input may take this long. The longest text that is read at all takes some milliseconds unoptimised; what
/// grows faster than the text would be far above.
const SLOW: Duration = Duration::from_secs(1);

/// What is spoilt: one of each form that is read.
const WHOLE: [&str; 14] = [
    "7896006219149",
    "]E496385074",
    "]d201078960062191491726120010AB-1\u{1D}21S0001\u{1D}7131234567890123",
    "]C10107896006219149310300125037120010L9\u{1D}3922199",
    "010789600621914910ABC17261231",
    "010789600621914921A11727013110B1",
    "01078960062191491010101010101021212121",
    "(01)07896006219149(713)1234567890123(21)S-1(17)261231(10)L(1)",
    "https://id.example.com/01/07896006219149/10/A%2FB/21/S1?17=261231&linkType=all#x",
    "]Q1https://botica.hospital.example/d/22222222",
    "2222-2222",
    "]d2700326123123598003007896006219149ABC\u{1D}253789600621914999<GS>8010AB-1",
    "]d2003789000000000000172303ABC",
    "]J1\u{1D}42307608484\u{1D}7040 1ABC\u{1D}8008261231235959\u{1D}8030abc_-=",
];

fn spoilt(chance: &mut Rng) -> String {
    let mut text: Vec<char> = WHOLE[chance.usize(..WHOLE.len())].chars().collect();
    for _ in 0..chance.usize(1..8) {
        let place = chance.usize(..=text.len());
        let end = chance.usize(place..=text.len());
        match chance.u8(..8) {
            0 if place < text.len() => drop(text.remove(place)),
            1 if place < text.len() => text[place] = character(chance),
            2 => text.truncate(place),
            3 => drop(text.drain(place..end)),
            4 => drop(text.splice(place..place, WHOLE[chance.usize(..WHOLE.len())].chars())),
            5 => {
                // Up to and beyond the longest text that is read.
                let piece = text[place..end].repeat(if chance.u8(..) == 0 { 200 } else { 2 });
                drop(text.splice(place..place, piece));
                text.truncate(5_000);
            }
            _ => text.insert(place, character(chance)),
        }
    }
    text.into_iter().collect()
}

/// Mostly such as codes are made of.
fn character(chance: &mut Rng) -> char {
    match chance.u8(..16) {
        0 => chance.char(..),
        1 => '\u{1D}',
        2..6 => char::from(chance.u8(b' '..=b'~')),
        _ => chance.digit(10),
    }
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let mut chance = Rng::with_seed(args.seed);
    let mut counts =
        [("dispensers", 0_u64), ("products", 0), ("either", 0), ("neither", 0), ("PANICS", 0), ("SLOW", 0)];
    let mut slowest = (Duration::ZERO, String::new());
    let mut out = io::stdout().lock();
    let began = Instant::now();
    for _ in 0..args.inputs {
        let text = spoilt(&mut chance);
        let one_began = Instant::now();
        let read = panic::catch_unwind(|| {
            // The texts for people are part of it; an empty one counts as a panic.
            match what_is(&text, args.year) {
                Code::Dispenser(_) => 0,
                Code::Product(_) => 1,
                Code::Either { .. } => 2,
                Code::Neither(why) => 3 + usize::from(why.to_string().is_empty()),
            }
        });
        let took = one_began.elapsed();
        if read.is_err() || took > SLOW {
            writeln!(out, "{} after {took:?}: {text:?}", if read.is_err() { "panic" } else { "slow" })?;
        }
        counts[read.unwrap_or(4)].1 += 1;
        counts[5].1 += u64::from(took > SLOW);
        if took > slowest.0 {
            slowest = (took, text);
        }
    }
    let took = began.elapsed();
    writeln!(out, "{:<12}{:>10}  in {:.1} s, seed {}", "inputs", args.inputs, took.as_secs_f64(), args.seed)?;
    for (what, count) in counts {
        writeln!(out, "{what:<12}{count:>10}")?;
    }
    let (time, text) = slowest;
    writeln!(out, "{:<12}{:>10.1} ms, {} bytes", "slowest", time.as_secs_f64() * 1000.0, text.len())?;
    Ok(if counts[4].1 + counts[5].1 == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
