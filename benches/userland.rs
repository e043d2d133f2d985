//! What a listing does outside the kernel: decoding entries, hashing, sorting, quoting and formatting them. Throughput
//! in entries.
//!
//! `userland/decode` and `userland/hash` replay a block of entries from memory into the sinks that samples and
//! verification use. The others are `fsbench ls`'s own steps, one thread, over the names of two trees: one plain, one
//! with every name that there can be.

mod kit;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Throughput};
use fsbench::list::{Options, Projection, Standing, Want, digest::Digests, tally::Tallies};
use fsbench::ls::bench::{Held, Lines};
use fsbench::ls::{self, Asked, Screen};
use fsbench::strategy::Strategy;
use fsbench::tree::Shape;
use kit::{Budget, Kit};
use std::cell::OnceCell;
use std::ffi::OsStr;
use std::fs::{DirBuilder, File};
use std::hint::black_box;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const BUDGET: Budget = Budget { samples: 10, warm_up: Duration::from_millis(50), measure: Duration::from_millis(300) };

/// Entries of an iteration.
const ENTRIES: u64 = 10_000;

/// NAME_MAX of most file systems.
const LONGEST_NAME: usize = 255;

fn main() -> ExitCode {
    kit::main(&BUDGET, &[Shape::Flat, Shape::Mixed], |criterion, kit| {
        let mut group = criterion.benchmark_group("userland");
        group.throughput(Throughput::Elements(ENTRIES));
        decoding(&mut group);
        for &shape in kit.shapes() {
            let dir = OnceCell::new();
            let dir = || dir.get_or_init(|| names_of(kit, shape)).as_path();
            sorting(&mut group, shape, &dir);
            quoting(&mut group, shape, &dir);
            formatting(&mut group, shape, &dir);
        }
        group.finish();
    })
}

/// `null`, which replays entries without a call, into either kind of sink.
fn decoding(group: &mut BenchmarkGroup<'_, WallTime>) {
    let nulls = || Strategy::all().filter(|strategy| strategy.standing() == Standing::Null);
    for null in nulls() {
        for want in Want::ALL {
            let options = Options { entries: ENTRIES, ..Options::default() };
            let mut run = null.open(want, &options).expect("null runs everywhere");
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
}

/// By the switch that asks for it. Keys are made anew each time; the locale is the one that the bench is run in.
const SORTS: [(&str, &str); 5] =
    [("name", "-1"), ("version", "-1v"), ("extension", "-1X"), ("width", "--sort=width"), ("time", "-1t")];

/// Where names are quoted: not at all, and as on a terminal; for a C program, and for its eyes only.
const QUOTES: [&str; 4] = ["literal", "shell-escape", "c", "escape"];

/// Whole listings: names alone, and with all that `-l` shows.
const FORMATS: [(&str, &str); 4] = [("names", "-1"), ("long", "-l"), ("long-human", "-lh"), ("json", "--json")];

fn sorting<'d>(group: &mut BenchmarkGroup<'_, WallTime>, shape: Shape, dir: &impl Fn() -> &'d Path) {
    for (order, switch) in SORTS {
        group.bench_function(BenchmarkId::new("sort", format!("{order}/{shape}")), |bencher| {
            let options = options(&[switch]);
            let held = Held::read(&options, dir()).unwrap();
            bencher.iter(|| held.sort());
        });
    }
}

fn quoting<'d>(group: &mut BenchmarkGroup<'_, WallTime>, shape: Shape, dir: &impl Fn() -> &'d Path) {
    for style in QUOTES {
        group.bench_function(BenchmarkId::new("quote", format!("{style}/{shape}")), |bencher| {
            let options = options(&["-U1", &format!("--quoting-style={style}")]);
            let held = Held::read(&options, dir()).unwrap();
            let mut text = Vec::new();
            bencher.iter(|| {
                for name in held.names() {
                    text.clear();
                    options.names.append(name, &mut text);
                    black_box(&text);
                }
            });
        });
    }
}

fn formatting<'d>(group: &mut BenchmarkGroup<'_, WallTime>, shape: Shape, dir: &impl Fn() -> &'d Path) {
    for (format, switch) in FORMATS {
        group.bench_function(BenchmarkId::new("format", format!("{format}/{shape}")), |bencher| {
            let options = options(&[switch]);
            let held = Held::read(&options, dir()).unwrap();
            let mut lines = Lines::default();
            bencher.iter(|| held.format(&mut lines));
        });
    }
}

/// What `ls` makes of the switches.
fn options(switches: &[&str]) -> ls::Options {
    let screen = Screen { is_terminal: false, columns: None };
    match ls::parse_arguments(switches.iter().map(Into::into), b"ls", screen, &mut |_| ()) {
        Ok(Asked::Listing(options, _)) => *options,
        _ => panic!("{switches:?} is no listing"),
    }
}

/// One directory with a file for each entry of a tree: itself, where the tree is one. Entries of one name in several
/// directories are told apart by a number.
fn names_of(kit: &Kit, shape: Shape) -> PathBuf {
    let tree = kit.tree(shape, ENTRIES);
    if shape == Shape::Flat {
        return tree.root.clone();
    }
    let dir = kit.scratch().join(format!("names-of-{shape}"));
    DirBuilder::new().create(&dir).unwrap();
    for (entry, number) in walkdir::WalkDir::new(&tree.root).min_depth(1).into_iter().flatten().zip(0..) {
        let end = format!("-{number}");
        let mut name = entry.file_name().as_bytes().to_vec();
        name.truncate(LONGEST_NAME - end.len());
        name.extend(end.as_bytes());
        File::create(dir.join(OsStr::from_bytes(&name))).unwrap();
    }
    dir
}
