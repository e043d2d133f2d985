//! The floor of a table: how fast its rows could be if listing cost nothing but the kernel's work for the calls.
//!
//! It is made of two times that are known exactly. One is the processor time, user and kernel mode together, of that
//! row of ours which, on one thread and seeing the whole truth, takes the least of it: a loop of openat, getdents64 and
//! close with hardly anything between, or what the want makes of it. The other is the processor time of `null` in the
//! same rounds, for as many entries: it decodes as many records and hands as many entries to the same sink, all in user
//! mode, without a call. The one less the other is the floor. N threads on C cores can at best do it in 1/min(N, C) of
//! the time. What a row takes over its floor is its own user mode, waiting for each other, and what threads cost each
//! other in the kernel.
//!
//! What is left in the floor beside the kernel's time is what the row does in user mode and `null` does not: looking
//! for the end of each name (`null` reads it off the padding), skipping `.` and `..`, the C library's or rustix's part
//! of each call, and for each directory of a tree keeping its name and its descriptor until it is its turn. So the
//! floor is an upper bound of the kernel's time: by the ticks of some 20 long samples together, 3 % above it in a tree
//! with 15 entries a directory, and less than 1 % in one directory of 100,000.
//!
//! Rejected: the kernel's share of the processor time, by getrusage(2)'s user and system time. Most kernels split these
//! by ticks (see [`Measurement::kernel_share`]): a listing of 3 ms meets none, and is all user mode then. Pooled over
//! many samples the share of long listings is known to some points; this floor is known as well as the processor time
//! is, for short ones too.
//!
//! It is the floor of these calls, and no law: a row that makes others, such as a file system's own interface, may lie below
//! it. A row that reads the block device in their place (`raw-ext4`) gives no floor, and always lies below it. Where `null`
//! was not measured with the same want, there is none. Where samples wait, for storage or for a file system that is
//! another process, there is none either, since processor time says nothing of that; nor for whole processes and other
//! languages, whose threads are not known.

use super::plan::Cache;
use super::record::{CaseRecord, Measurement, RowRecord};
use crate::list::{Parallel, Projection, Standing, null};

/// Least part of its time that a row must be running to give the floor: a row that waits does not.
const LEAST_AT_WORK: f64 = 0.5;

/// Computes each row's floor, and answers the case from whose processor time they are computed.
pub(super) fn put(rows: &mut [RowRecord], cases: &[CaseRecord], cores: usize) -> Option<usize> {
    rows.iter_mut().for_each(|row| row.floor_ns = None);
    let bases = rows.iter().filter_map(|row| Some((row.case, base(cases.get(row.case)?)?)));
    let (base, processor_ns) = bases.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let case = cases.get(base)?;
    let measurement = case.measurement()?;
    let floor_ns = processor_ns - null_ns(cases, case)? * measurement.entries as f64;
    if floor_ns <= 0.0 || processor_ns < measurement.wall_ns.median * LEAST_AT_WORK {
        return None;
    }
    for row in rows {
        row.floor_ns = cases.get(row.case).and_then(|case| Some(floor_ns / spread(case, cores)? as f64));
    }
    Some(base)
}

/// The processor time of a case that may be the base; `None` of others.
fn base(case: &CaseRecord) -> Option<f64> {
    let measurement = case.measurement()?;
    let fits = case.cache == Cache::Warm && case.standing() == Standing::Ranked && case.projection == Projection::Whole;
    let factors = case.factors?;
    // A row that makes no calls for its answers says nothing of what calls cost.
    let is_serial = factors.parallel == Parallel::Serial && !factors.is_below_system_calls();
    if fits && is_serial { measurement.processor_ns() } else { None }
}

/// The processor time of `null` for one entry, nanoseconds, in the rounds in which `base` was measured.
fn null_ns(cases: &[CaseRecord], base: &CaseRecord) -> Option<f64> {
    let mut nulls = cases.iter().filter(|case| {
        (case.is_null, &*case.strategy) == (true, null::NAME) && (case.target, case.want) == (base.target, base.want)
    });
    nulls.find_map(|case| per_entry(case.measurement()?))
}

fn per_entry(measurement: &Measurement) -> Option<f64> {
    Some(measurement.processor_ns()? / measurement.entries.max(1) as f64)
}

/// Over how many cores a row can spread its work; `None` where that is not known, or it has no time.
fn spread(case: &CaseRecord, cores: usize) -> Option<usize> {
    case.measurement()?;
    Some(match case.factors?.parallel {
        Parallel::Serial => 1,
        // It finds their number itself.
        Parallel::Stealing => cores,
        Parallel::Threads | Parallel::Ranges => case.threads.min(cores),
        // Threads of the kernel's own, whose number is the kernel's business.
        Parallel::Ring { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::tally::Tally;
    use crate::strategy::Strategy;
    use serde_json::json;

    /// A case of a warm tree of ten entries, with so many nanoseconds in user mode and in the kernel in each sample of
    /// two listings.
    fn case(strategy: &str, threads: usize, samples: &[(u64, u64)]) -> CaseRecord {
        let sample = |&(user, sys): &(u64, u64)| json!({"wall_ns": 1000, "user_ns": user, "sys_ns": sys, "peak_bytes": null, "tally": Tally::default()});
        let measurement = json!({
            "iterations": 2, "entries": 10, "samples": samples.iter().map(sample).collect::<Vec<_>>(), "outliers": [],
            "changed": [], "verified_by": "digest", "wall_ns": {"median": 500.0, "low": 500.0, "high": 500.0},
            "user_ns": 0.0, "sys_ns": 0.0, "peak_bytes": null
        });
        let case = json!({
            "target": 0, "strategy": strategy, "want": "kinds", "threads": threads, "twin": "first",
            "ruler": strategy == "null", "projection": "whole", "outcome": {"measured": measurement}
        });
        let case: CaseRecord = serde_json::from_value(case).unwrap();
        let factors = Strategy::by_name(strategy).map(|strategy| strategy.factors(case.want));
        CaseRecord { factors, ..case }
    }

    fn floors(cases: &[CaseRecord], cores: usize) -> (Option<usize>, Vec<Option<f64>>) {
        let mut rows: Vec<RowRecord> = (0..cases.len()).map(RowRecord::of).collect();
        let base = put(&mut rows, cases, cores);
        (base, rows.iter().map(|row| row.floor_ns).collect())
    }

    #[test]
    fn the_floor_is_the_least_processor_time_of_one_thread_less_that_of_null_over_the_cores_that_threads_can_use() {
        let all = [
            case("walkdir", 1, &[(300, 540)]),
            case("serial", 1, &[(40, 600)]),
            case("rayon", 2, &[(0, 100)]),
            case("rayon", 8, &[(0, 100)]),
            case("stealing", 1, &[(0, 100)]),
            case("null", 1, &[(40, 0)]),
            case("python", 1, &[(0, 4)]),
        ];
        // 320 ns a listing, less 20.
        let expected = [300.0, 300.0, 150.0, 75.0, 75.0, 300.0].map(Some);
        assert_eq!(floors(&all, 4), (Some(1), [&expected[..], &[None]].concat()));
        assert_eq!(floors(&all[2..], 4).0, None, "nothing that runs on one thread");
    }

    #[test]
    fn a_row_below_the_system_calls_gives_no_floor() {
        let all = [case("raw-ext4", 1, &[(20, 40)]), case("serial", 1, &[(40, 600)]), case("null", 1, &[(40, 0)])];
        assert_eq!(floors(&all, 2), (Some(1), vec![Some(300.0); 3]));
    }

    #[test]
    fn how_ticks_split_the_processor_time_does_not_move_the_floor() {
        let null = case("null", 1, &[(40, 0)]);
        for split in [(0, 640), (640, 0), (320, 320)] {
            assert_eq!(floors(&[case("serial", 1, &[split]), null.clone()], 2).1[0], Some(300.0), "{split:?}");
        }
    }

    #[test]
    fn without_null_there_is_no_floor() {
        let serial = case("serial", 1, &[(40, 600)]);
        let names = CaseRecord { want: crate::list::Want::Names, ..case("null", 1, &[(40, 0)]) };
        assert_eq!(floors(std::slice::from_ref(&serial), 2), (None, vec![None]));
        assert_eq!(floors(&[serial, names], 2).0, None, "null answered another question");
    }

    #[test]
    fn null_counts_by_the_entry_whatever_it_replays() {
        let mut null = case("null", 1, &[(400, 0)]);
        if let crate::measure::record::Outcome::Measured(measurement) = &mut null.outcome {
            measurement.entries = 100;
        }
        assert_eq!(floors(&[case("serial", 1, &[(40, 600)]), null], 2).1[0], Some(300.0));
    }

    #[test]
    fn rows_that_wait_and_those_that_see_less_have_none_to_give() {
        let null = case("null", 1, &[(4, 0)]);
        let cold = CaseRecord { cache: Cache::Cold, ..case("serial", 1, &[(0, 600)]) };
        let less = CaseRecord { projection: Projection::Followed, ..case("serial", 1, &[(0, 600)]) };
        assert_eq!(floors(&[cold, less, null.clone()], 2), (None, vec![None; 3]));
        assert_eq!(
            floors(&[case("serial", 1, &[(0, 400)]), null], 2),
            (None, vec![None; 2]),
            "it waits for most of its time"
        );
    }
}
