//! The floor of a table: how fast its rows could be if listing cost nothing but the kernel's work for the calls.
//!
//! It is the kernel's time of that row of ours which, on one thread and seeing the whole truth, takes the least processor time: a
//! loop of openat, getdents64 and close with hardly anything between, or what the want makes of it. N threads on C cores can
//! at best do it in 1/min(N, C) of the time. What a row takes over its floor is user mode, waiting for each other, and what
//! threads cost each other in the kernel.
//!
//! Some kernels tell user from system time by ticks, a few a sample, but both together exactly. So the least is looked for in both
//! together, and its kernel time is their median over the rounds times the kernel's share of all samples.
//!
//! It is no law: a row that makes other calls, such as a file system's own interface, may lie below it. Where samples wait, for
//! storage or for a file system that is another process, there is none, since the kernel's time says nothing of that; nor for
//! whole processes and other languages, whose threads are not known.

use super::plan::Cache;
use super::protocol::{Sample, per_listing};
use super::record::{CaseRecord, RowRecord};
use super::stats::median;
use crate::list::{Parallel, Projection, Standing};
use crate::strategy::Strategy;

/// What part of its time the row that the floor is of must have a processor: else it waits for something.
const LEAST_AT_WORK: f64 = 0.5;

/// Gives each row its floor, and says which case they all come from.
pub(super) fn put(rows: &mut [RowRecord], cases: &[CaseRecord], cores: usize) -> Option<usize> {
    let bases = rows.iter().filter_map(|row| Some((row.case, base(cases.get(row.case)?)?)));
    let (base, least) = bases.min_by(|(_, a), (_, b)| a.processor_ns.total_cmp(&b.processor_ns))?;
    if least.kernel_ns == 0.0 || least.processor_ns < least.wall_ns * LEAST_AT_WORK {
        return None;
    }
    for row in rows {
        row.floor_ns = cases.get(row.case).and_then(|case| Some(least.kernel_ns / spread(case, cores)? as f64));
    }
    Some(base)
}

/// What one listing takes of a core.
struct Used {
    /// In user mode and in the kernel.
    processor_ns: f64,
    kernel_ns: f64,
    /// How long it takes.
    wall_ns: f64,
}

/// What a case that may be the base takes; `None` of others.
fn base(case: &CaseRecord) -> Option<Used> {
    let measurement = case.measurement()?;
    let fits = case.cache == Cache::Warm && case.standing() == Standing::Ranked && case.projection == Projection::Whole;
    let is_serial = Strategy::by_name(&case.strategy)?.factors(case.want).parallel == Parallel::Serial;
    if !fits || !is_serial || case.command.is_some() {
        return None;
    }
    let all = |of: fn(&Sample) -> u64| measurement.samples.iter().map(of).sum::<u64>() as f64;
    let share = all(|sample| sample.sys_ns) / all(|sample| sample.user_ns + sample.sys_ns);
    let both = |sample: &Sample| sample.user_ns + sample.sys_ns;
    let processor_ns = median(&mut per_listing(&measurement.samples, measurement.iterations, both))?;
    let wall_ns = measurement.wall_ns.median;
    share.is_finite().then_some(Used { processor_ns, kernel_ns: processor_ns * share, wall_ns })
}

/// Over how many cores a row can spread its work; `None` where that is not known, or it has no time.
fn spread(case: &CaseRecord, cores: usize) -> Option<usize> {
    case.measurement()?;
    let strategy = Strategy::by_name(&case.strategy).filter(|_| case.command.is_none())?;
    Some(match strategy.factors(case.want).parallel {
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
    use serde_json::json;

    /// A case of a warm tree, with so many nanoseconds in user mode and in the kernel in each sample of two listings.
    fn case(strategy: &str, threads: usize, samples: &[(u64, u64)]) -> CaseRecord {
        let sample = |&(user, sys): &(u64, u64)| json!({"wall_ns": 1000, "user_ns": user, "sys_ns": sys, "peak_bytes": null, "tally": Tally::default()});
        let measurement = json!({
            "iterations": 2, "entries": 1, "samples": samples.iter().map(sample).collect::<Vec<_>>(), "outliers": [],
            "changed": [], "verified_by": "digest", "wall_ns": {"median": 500.0, "low": 500.0, "high": 500.0},
            "user_ns": 0.0, "sys_ns": 0.0, "peak_bytes": null
        });
        let case = json!({
            "target": 0, "strategy": strategy, "want": "kinds", "threads": threads, "twin": "first",
            "ruler": strategy == "null", "projection": "whole", "outcome": {"measured": measurement}
        });
        serde_json::from_value(case).unwrap()
    }

    fn floors(cases: &[CaseRecord], cores: usize) -> (Option<usize>, Vec<Option<f64>>) {
        let row = |case| RowRecord { case, ratio: None, marks: Vec::new(), floor_ns: None, change: None };
        let mut rows: Vec<RowRecord> = (0..cases.len()).map(row).collect();
        let base = put(&mut rows, cases, cores);
        (base, rows.iter().map(|row| row.floor_ns).collect())
    }

    #[test]
    fn the_floor_is_the_kernel_time_of_the_cheapest_on_one_thread_over_the_cores_that_threads_can_use() {
        let all = [
            case("walkdir", 1, &[(300, 500)]),
            case("serial", 1, &[(0, 600)]),
            case("rayon", 2, &[(0, 100)]),
            case("rayon", 8, &[(0, 100)]),
            case("stealing", 1, &[(0, 100)]),
            case("null", 1, &[(0, 2)]),
            case("python", 1, &[(0, 4)]),
        ];
        let expected = [300.0, 300.0, 150.0, 75.0, 75.0, 300.0].map(Some);
        assert_eq!(floors(&all, 4), (Some(1), [&expected[..], &[None]].concat()));
        assert_eq!(floors(&all[2..], 4).0, None, "nothing that runs on one thread");
    }

    #[test]
    fn ticks_are_pooled_and_the_sum_that_is_exact_keeps_its_median() {
        // Three quarters of all samples' time lie in the kernel, whichever of them a tick fell into.
        let serial = case("serial", 1, &[(1000, 0), (0, 1000), (0, 1000), (0, 1000)]);
        assert_eq!(floors(&[serial], 2).1, [Some(375.0)]);
        assert_eq!(floors(&[case("serial", 1, &[(0, 0)])], 2), (None, vec![None]), "no tick, no floor");
    }

    #[test]
    fn rows_that_wait_and_those_that_see_less_have_none_to_give() {
        let cold = CaseRecord { cache: Cache::Cold, ..case("serial", 1, &[(0, 600)]) };
        let less = CaseRecord { projection: Projection::Followed, ..case("serial", 1, &[(0, 600)]) };
        assert_eq!(floors(&[cold, less], 2), (None, vec![None, None]));
        assert_eq!(floors(&[case("serial", 1, &[(0, 400)])], 2), (None, vec![None]), "it waits for most of its time");
    }
}
