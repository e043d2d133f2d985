//! A file system that answers each question after a chosen latency: for trying walkers as over a network.
//!
//!     slowfs [OPTION]... MOUNTPOINT LATENCY_MS DIRECTORIES FILES_IN_EACH
//!
//! It is mounted until standard input ends. For each line of standard input, and at its end, it prints how many answers of each
//! kind it gave so far. `--help` names the options.

#![allow(clippy::print_stdout)] // an example prints

#[allow(dead_code)] // it has none
#[path = "../tests/kit/faults.rs"]
mod faults;
#[allow(dead_code)]
#[path = "../tests/kit/slow.rs"]
mod slow;

use clap::Parser;
use std::error::Error;
use std::io::{self, BufRead};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Mounts a file system that answers each question after a chosen latency, until standard input ends
#[derive(Parser)]
#[command(name = "slowfs", max_term_width = 100)]
struct Arguments {
    /// An empty directory
    mountpoint: PathBuf,
    /// From a question to its answer
    #[arg(value_parser = milliseconds)]
    latency_ms: Duration,
    /// Directories, the root included: eight in each, as far as there are so many
    directories: u64,
    /// Files in each directory
    files: u64,
    /// Read directories with their entries' attributes (READDIRPLUS); they are of use for as long as --cache says
    #[arg(long)]
    plus: bool,
    /// Let the kernel keep names and attributes that long: an NFS client keeps them 3 to 60 seconds
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    cache: Duration,
    /// Bytes a second that all answers share [default: no limit]
    #[arg(long, value_name = "BYTES")]
    rate: Option<u64>,
    /// Let each answer come up to so much later
    #[arg(long, value_name = "MS", default_value = "0", value_parser = milliseconds)]
    jitter: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let slow = slow::Slow { latency: arguments.latency_ms, directories: arguments.directories, files: arguments.files };
    let manner = slow::Manner {
        validity: arguments.cache,
        plus: arguments.plus,
        bytes_per_second: arguments.rate,
        jitter: arguments.jitter,
    };
    let asked = Arc::<slow::Asked>::default();
    let _session = slow.mount_counted(manner, faults::Faults::default(), Arc::clone(&asked), &arguments.mountpoint)?;
    println!("{} entries", slow.entries());
    let tell = || {
        let numbers = asked.numbers().map(|(name, number)| format!("{name} {number}"));
        println!("{}", numbers.join(", "));
    };
    io::stdin().lock().lines().try_for_each(|line| line.map(|_| tell()))?;
    tell();
    Ok(())
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    Ok(seconds(text)? / 1000)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = text.parse().ok().map(Duration::try_from_secs_f64);
    time.and_then(Result::ok).ok_or_else(|| format!("'{text}' is no time"))
}
