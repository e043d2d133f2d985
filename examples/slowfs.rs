//! A file system that answers each question after a chosen latency: for trying walkers as over a network.
//!
//!     slowfs MOUNTPOINT LATENCY_MS DIRECTORIES FILES_IN_EACH
//!
//! It is mounted until standard input ends.

#![allow(clippy::print_stdout)] // an example prints

#[allow(dead_code)] // it has none
#[path = "../tests/kit/faults.rs"]
mod faults;
#[allow(dead_code)]
#[path = "../tests/kit/slow.rs"]
mod slow;

use std::error::Error;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [at, latency_ms, directories, files] = &arguments[..] else {
        return Err("usage: slowfs MOUNTPOINT LATENCY_MS DIRECTORIES FILES_IN_EACH".into());
    };
    let latency = Duration::from_secs_f64(latency_ms.parse::<f64>()? / 1000.0);
    let slow = slow::Slow { latency, directories: directories.parse()?, files: files.parse()? };
    let _session = slow.mount(Path::new(at))?;
    println!("{} entries", slow.entries());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
