//! Times walks of the directories named beside walkdir's, interleaved, and prints medians in microseconds: an iterator, `fold` on as
//! many threads as it takes, and both iterators sorted.

#![allow(clippy::print_stdout)]

use fswalk::Walk;
use std::env::args_os;
use std::ffi::{OsStr, OsString};
use std::time::Instant;
use walkdir::WalkDir;

/// A way to count what is there.
type Way = (&'static str, fn(&OsStr) -> usize);

const WAYS: [Way; 5] = [
    ("walkdir", |root| WalkDir::new(root).into_iter().count()),
    ("iterator", |root| Walk::new(root).into_iter().count()),
    ("fold", |root| Walk::new(root).fold(|| 0, |count, _| *count += 1).into_iter().sum()),
    ("walkdir, sorted", |root| WalkDir::new(root).sort_by_file_name().into_iter().count()),
    ("iterator, sorted", |root| Walk::new(root).sort_by_file_name().into_iter().count()),
];

/// Entries walked with each way, about.
const ENTRIES: usize = 2_000_000;

fn main() {
    let roots: Vec<OsString> = args_os().skip(1).collect();
    for root in &roots {
        let expected = WAYS[0].1(root);
        let mut times = WAYS.map(|_| Vec::new());
        for _ in 0..(ENTRIES / (expected + 100)).clamp(9, 3000) {
            for ((name, count), times) in WAYS.iter().zip(&mut times) {
                let start = Instant::now();
                let counted = count(root);
                times.push(start.elapsed().as_secs_f64() * 1e6);
                assert_eq!(counted, expected, "{name}");
            }
        }
        let medians = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        });
        println!("{}: {expected} entries", root.display());
        for (number, ((name, _), median)) in WAYS.iter().zip(medians).enumerate() {
            let beside = medians[if number < 3 { 0 } else { 3 }];
            println!("  {name:16} {median:12.1} us   {:.2}", median / beside);
        }
    }
}
