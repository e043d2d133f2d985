//! Finding a price: the call, the factors that must fit, the working set that comes nearest.

use crate::bench::price::{self, CALLS, SET, THREADS};
use crate::bench::{Benchmark, Saved};

/// A price that was measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price<'s> {
    pub(super) benchmark: &'s Benchmark,
    /// Calls of an iteration.
    pub(super) calls: f64,
    /// Entries of an iteration.
    pub(super) entries: Option<f64>,
    /// Components of each path.
    pub(super) components: Option<f64>,
}

/// Over what a price is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Set {
    /// So many names, or the nearest number by their ratio.
    Names(u64),
    /// Whatever there is.
    Any,
}

impl<'s> Price<'s> {
    /// The price that a benchmark measured. Without a note, an iteration is taken for one call.
    pub(super) fn of(saved: &Saved, benchmark: &'s Benchmark) -> Self {
        let (calls, entries, components) = saved.price(benchmark).unwrap_or((1, None, None));
        Self { benchmark, calls: calls.max(1) as f64, entries: entries.map(|entries| entries as f64), components }
    }

    /// Of a process with one thread: the price of `call` with these factors, over that set.
    pub(super) fn find(saved: &'s Saved, call: &str, factors: &[(&str, &str)], set: Set) -> Option<Self> {
        let fits = |benchmark: &&Benchmark| {
            let is = |name: &str, value: &str| price::factor(call, &benchmark.value, name).is_none_or(|is| is == value);
            benchmark.function == call && is(THREADS, "1") && factors.iter().all(|(name, value)| is(name, value))
        };
        let distance = |benchmark: &Benchmark| {
            let size = price::factor(call, &benchmark.value, SET).and_then(|size| size.parse::<f64>().ok());
            match (set, size) {
                (Set::Names(names), Some(size)) => Some((size / names.max(1) as f64).ln().abs()),
                (Set::Names(_), None) => None,
                (Set::Any, _) => Some(0.0),
            }
        };
        let fitting = saved.group(CALLS).filter(fits).filter_map(|benchmark| Some((distance(benchmark)?, benchmark)));
        fitting.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, benchmark)| Self::of(saved, benchmark))
    }

    /// Nanoseconds an entry, of a call that hands entries over.
    pub(super) fn ns_per_entry(&self) -> Option<f64> {
        self.entries.map(|entries| self.benchmark.time.median / entries.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::saved::{LAST, tests::folder};

    #[test]
    fn the_nearest_working_set_is_found_and_other_threads_are_not() {
        let folder = folder(&[
            ("new", "calls", "fstatat", "existing/relative/1000/directory/1", 1.0),
            ("new", "calls", "fstatat", "existing/relative/100000/directory/1", 2.0),
            ("new", "calls", "fstatat", "existing/relative/100000/directory/2-threads", 3.0),
            ("new", "calls", "fstatat", "existing/absolute/100000/directory/1", 4.0),
        ]);
        let saved = Saved::read(folder.path(), LAST).unwrap();
        let price = |names, way| {
            Price::find(&saved, "fstatat", &[("Path", way)], Set::Names(names)).unwrap().benchmark.time.median
        };
        let prices = [price(60_000, "relative"), price(500, "relative"), price(7, "absolute")];
        assert_eq!(prices.map(f64::round), [2.0, 1.0, 4.0]);
        assert!(Price::find(&saved, "openat", &[], Set::Any).is_none());
    }
}
