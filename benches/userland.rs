//! What a listing does outside the kernel: decoding entries, sorting, formatting, quoting and hashing them. Throughput in
//! entries.
//!
//! `userland/decode` and `userland/hash` replay a block of entries from memory into the sinks that samples and
//! verification use; the others work on the names of two trees, one plain and one with every name that there can be.

mod kit;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use fsbench::error::Escaped;
use fsbench::list::{Options, Projection, Standing, Want, digest::Digests, tally::Tallies};
use fsbench::report::{bytes, count};
use fsbench::strategy::Strategy;
use fsbench::tree::Shape;
use kit::{Budget, Kit};
use std::cell::OnceCell;
use std::ffi::OsString;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const BUDGET: Budget = Budget { samples: 10, warm_up: Duration::from_millis(50), measure: Duration::from_millis(500) };

/// Entries of an iteration.
const ENTRIES: u64 = 10_000;

fn main() -> ExitCode {
    kit::main(&BUDGET, &[Shape::Flat, Shape::Mixed], |criterion, kit| {
        decoding(criterion);
        naming(criterion, kit);
        numbers(criterion);
    })
}

/// The ruler, which replays entries without a call, into either kind of sink.
fn decoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("userland");
    group.throughput(Throughput::Elements(ENTRIES));
    let rulers = || Strategy::all().filter(|strategy| strategy.standing() == Standing::Ruler);
    for ruler in rulers() {
        for want in Want::ALL {
            let options = Options { entries: ENTRIES, ..Options::default() };
            let mut run = ruler.open(want, &options).expect("the ruler runs everywhere");
            group.bench_function(BenchmarkId::new("decode", want), |bencher| {
                bencher.iter(|| {
                    let sinks = Tallies::default();
                    run.run(Path::new("/"), want, &sinks).unwrap();
                    sinks.into_seen().tally.entries
                });
            });
            group.bench_function(BenchmarkId::new("hash", want), |bencher| {
                bencher.iter(|| {
                    let sinks = Digests::new(want, Projection::Whole);
                    run.run(Path::new("/"), want, &sinks).unwrap();
                    sinks.into_seen().0
                });
            });
        }
    }
    group.finish();
}

/// Sorting and quoting names in the order in which a directory has them.
fn naming(criterion: &mut Criterion, kit: &Kit) {
    let mut group = criterion.benchmark_group("userland");
    group.throughput(Throughput::Elements(ENTRIES));
    for &shape in kit.shapes() {
        let names = OnceCell::new();
        let names = || names.get_or_init(|| names_of(kit, shape));
        group.bench_function(BenchmarkId::new("sort", shape), |bencher| {
            bencher.iter_batched_ref(|| names().clone(), |names| names.sort_unstable(), BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new("quote", shape), |bencher| {
            let mut text = String::new();
            bencher.iter(|| {
                for name in names() {
                    text.clear();
                    // Writing to a string cannot fail.
                    let _ = write!(text, "{}", Escaped(Path::new(name)));
                    black_box(&text);
                }
            });
        });
    }
    group.finish();
}

fn names_of(kit: &Kit, shape: Shape) -> Vec<OsString> {
    let tree = kit.tree(shape, ENTRIES);
    let entries = walkdir::WalkDir::new(&tree.root).min_depth(1).into_iter().flatten();
    entries.map(|entry| entry.file_name().to_owned()).collect()
}

/// Formatting a number an entry, as a table does.
fn numbers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("userland");
    group.throughput(Throughput::Elements(ENTRIES));
    for (name, format) in [("count", count as fn(u64) -> String), ("bytes", bytes)] {
        group.bench_function(BenchmarkId::new("format", name), |bencher| {
            bencher.iter(|| {
                for number in 0..ENTRIES {
                    black_box(format(number * 4096));
                }
            });
        });
    }
    group.finish();
}
