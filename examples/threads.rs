//! Walks a directory, and prints how many threads it used from when on.
//!
//!     threads DIR

#![allow(clippy::print_stdout)] // an example prints

use fsbench::list::tally::Tallies;
use fswalk::Walk;
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args_os().nth(1).ok_or("usage: threads DIR")?;
    let start = Instant::now();
    let sinks = Tallies::default();
    let summary = Walk::new(root).report(&sinks)?;
    for (at, threads) in summary.threads {
        println!("{:9.3} ms  {threads:4} threads", at.as_secs_f64() * 1e3);
    }
    println!("{:9.3} ms  {:4} entries", start.elapsed().as_secs_f64() * 1e3, sinks.into_seen().tally.entries);
    Ok(())
}
