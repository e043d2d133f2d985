//! How many ranks would share a tree: the scheduler in earnest, everything else on a simulated clock.
//!
//!     simulate RANKS THREADS DIRECTORIES [ANSWERS_PER_SECOND]
//!
//! An answer of the file system takes 1 ms, a message 5 to 50 us; of a directory, two questions beside those that read its entries.

#![allow(clippy::print_stdout)] // an example prints

use fsbench_mpi::simulation::{Cluster, Law};
use std::error::Error;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [ranks, threads, directories, rest @ ..] = &arguments[..] else {
        return Err("usage: simulate RANKS THREADS DIRECTORIES [ANSWERS_PER_SECOND]".into());
    };
    let us = Duration::from_micros;
    let cluster = Cluster {
        ranks: ranks.parse()?,
        threads: threads.parse()?,
        law: Law::USUAL,
        directories: directories.parse()?,
        answer: us(1_000),
        questions: 2,
        entries_per_answer: 1_000,
        answers_per_second: rest.first().map_or(Ok(f64::INFINITY), |rate| rate.parse())?,
        delays: us(5)..us(50),
        poll: us(200),
        seed: 1,
    };
    let outcome = cluster.run();
    println!("{} entries in {} directories, {} ranks of {} threads", outcome.entries, directories, ranks, threads);
    println!("efficiency {:.3}, imbalance {:.3}", outcome.efficiency(&cluster), outcome.imbalance());
    println!(
        "simulated time {:.3} s, {:.0} entries/s",
        outcome.wall.as_secs_f64(),
        outcome.entries as f64 / outcome.wall.as_secs_f64()
    );
    println!(
        "{} messages, {} bytes; {} carried work; {} sums",
        outcome.messages, outcome.bytes, outcome.steals, outcome.sums
    );
    println!("at most {} directories waited on one rank", outcome.most_waiting);
    Ok(())
}
