//! The few prices that a slide has room for: each call once, and what a path and a large working set add.

use super::explain;
use super::lookup::{Price, Set};
use super::prices::component;
use crate::bench::Saved;
use crate::bench::price::NULL;
use crate::measure::stats::Estimate;
use crate::report::number::significant;

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

/// A part of what a listing should take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Part {
    /// Entries handed over.
    Reading,
    /// Looking entries up.
    LookingUp,
    /// All other calls.
    OtherCalls,
    /// What runs between the calls.
    UserMode,
    /// Pages touched for the first time.
    Faults,
}

impl Part {
    pub(in super::super) const ALL: [Self; 5] =
        [Self::Reading, Self::LookingUp, Self::OtherCalls, Self::UserMode, Self::Faults];

    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::LookingUp => "looking up",
            Self::OtherCalls => "other calls",
            Self::UserMode => "user mode",
            Self::Faults => "page faults",
        }
    }
}

/// A strategy explained: what its calls and the rest should take, nanoseconds, beside what it took.
pub(in super::super) struct Explanation {
    pub(in super::super) name: String,
    pub(in super::super) parts: Vec<(Part, f64)>,
    pub(in super::super) measured: Estimate,
}

impl Explanation {
    pub(in super::super) fn predicted(&self) -> f64 {
        self.parts.iter().map(|(_, ns)| ns).sum()
    }
}

/// The ways of listing the kinds of one directory explained, the slowest first; of another question, where that was not
/// asked.
pub(in super::super) fn explanations(saved: &Saved) -> Vec<Explanation> {
    let mut explained = explain::questions(saved);
    let at = explained.iter().position(|(group, question, _)| *group == "listing" && question.starts_with("kinds"));
    let (.., rows) = if explained.is_empty() { return Vec::new() } else { explained.swap_remove(at.unwrap_or(0)) };
    let mut explained: Vec<Explanation> = rows.iter().filter_map(explain::parts).collect();
    explained.sort_by(|a, b| b.measured.median.total_cmp(&a.measured.median));
    explained
}
