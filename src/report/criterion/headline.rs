//! The few prices that a slide has room for: each call once, and what a path and a large working set add.

use super::explain;
use super::lookup::{Price, Set};
use super::prices::component;
use crate::bench::Saved;
use crate::bench::price::NULL;
use crate::measure::stats::Estimate;
use crate::report::number::significant;
use crate::report::text::printable;

/// A call's price.
pub(in super::super) struct Headline {
    pub(in super::super) call: &'static str,
    /// Asked what, over how much.
    pub(in super::super) about: &'static str,
    /// Nanoseconds.
    pub(in super::super) estimate: Estimate,
}

/// One to look for.
struct Wanted {
    call: &'static str,
    about: &'static str,
    factors: &'static [(&'static str, &'static str)],
    set: Set,
}

const fn wanted(
    call: &'static str,
    about: &'static str,
    factors: &'static [(&'static str, &'static str)],
    set: Set,
) -> Wanted {
    Wanted { call, about, factors, set }
}

/// More names than anybody has priced: the largest working set there is.
const ALL: Set = Set::Names(u64::MAX);

const WANTED: [Wanted; 10] = [
    wanted(NULL, "into the kernel and back", &[], Set::Any),
    wanted("getdents64", "64 KiB at a time, by the entry", &[("Buffer", "64k")], ALL),
    wanted("fstat", "of what is open", &[], Set::Any),
    wanted("fstatat", "the same name again", &[("Names", "existing"), ("Path", "relative")], Set::Names(1)),
    wanted("close", "a directory", &[], Set::Any),
    wanted("fstatat", "of many, by descriptor", &[("Names", "existing"), ("Path", "relative"), ORDER], ALL),
    wanted("fstatat", "of many, by full path", &[("Names", "existing"), ("Path", "absolute"), ORDER], ALL),
    wanted("statx", "of many, by descriptor", &[("Asked", "metadata"), ("Path", "relative"), ORDER], ALL),
    wanted("openat", "a directory, by descriptor", &[("Path", "relative")], Set::Any),
    wanted("io_uring", "statx of many, 64 in flight", &[("Batch", "64")], ALL),
];

const ORDER: (&str, &str) = ("Order", "directory");

/// Those of them that were measured, the cheapest first.
pub(in super::super) fn headlines(saved: &Saved) -> Vec<Headline> {
    let found = WANTED.iter().filter_map(|wanted| {
        let price = Price::find(saved, wanted.call, wanted.factors, wanted.set)?;
        let by_entry = price.entries.filter(|_| wanted.call == "getdents64");
        let (time, each) = (price.benchmark.time, by_entry.unwrap_or(price.calls).max(1.0));
        let estimate = Estimate { median: time.median / each, low: time.low / each, high: time.high / each };
        Some(Headline { call: wanted.call, about: wanted.about, estimate })
    });
    let mut found: Vec<Headline> = found.collect();
    found.sort_by(|a, b| a.estimate.median.total_cmp(&b.estimate.median));
    found
}

/// What resolving a path costs, in a sentence.
pub(in super::super) fn resolution(saved: &Saved) -> Option<String> {
    let (slope, _) = component(saved, "fstatat")?;
    let [median, low, high] = [slope.median, slope.low, slope.high].map(significant);
    Some(format!("Each component of a path adds {median} [{low}, {high}] ns to a lookup."))
}

/// A strategy explained: its name, and what its calls should take beside what it took.
pub(in super::super) struct Explanation {
    pub(in super::super) name: String,
    pub(in super::super) text: String,
}

/// The slowest ways of listing the kinds of one directory, explained; as many as are wanted.
pub(in super::super) fn explanations(saved: &Saved, most: usize) -> Vec<Explanation> {
    let grids = explain::grids(saved);
    let Some(grid) = grids.iter().find(|grid| grid.title.contains("listing: kinds")).or(grids.first()) else {
        return Vec::new();
    };
    let at = |heading: &str| grid.columns.iter().position(|column| column.heading.starts_with(heading));
    let columns = [at("Predicted"), at("Measured"), at("Residual"), at("Largest item")];
    let explained = grid.rows.iter().rev().filter_map(|row| {
        let [predicted, measured, residual, largest] = columns.map(|column| row.cells.get(column?).map(String::as_str));
        let text = format!("{} by its calls' prices, took {} ({}). {}", predicted?, measured?, residual?, largest?);
        Some(Explanation { name: printable(row.cells.first()?), text: printable(&text) })
    });
    explained.take(most).collect()
}
