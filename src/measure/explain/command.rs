//! A command's system calls, as causes: pure.
//!
//! The time of a command is what its calls took, all its threads together, and what it did in user mode. Of the calls
//! it is known what they are for.

use super::remedy::Remedy;
use crate::trace::Trace;
use serde::{Deserialize, Serialize};

/// What calls are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// What an entry is: stat and its kin.
    Lookups,
    /// Extended attributes: ACLs, labels.
    Attributes,
    /// Names.
    Directories,
    /// Opening and closing.
    Opening,
    /// Waiting for another thread, or for a process.
    Waiting,
    /// Output.
    Writing,
    /// All others.
    Others,
}

/// All calls of a class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// What they are for.
    pub class: Class,
    /// How many.
    pub count: u64,
    /// How many failed.
    pub errors: u64,
    /// Their time, nanoseconds; `None` where it was not recorded.
    pub ns: Option<u64>,
}

/// What stands out in a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// Extended attributes are asked for, and next to none is there.
    AttributesInVain,
    /// Most lookups fail.
    LookupsInVain,
    /// Threads wait for each other.
    Contention,
}

/// Times of a command, with all that it started, nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// From its start to its end.
    pub wall_ns: u64,
    /// Processor time in user mode.
    pub user_ns: u64,
    /// Processor time in the kernel.
    pub sys_ns: u64,
}

const CLASSES: [(Class, &[&str]); 6] = [
    (
        Class::Lookups,
        &[
            "stat",
            "lstat",
            "fstat",
            "newfstatat",
            "statx",
            "access",
            "faccessat",
            "faccessat2",
            "readlink",
            "readlinkat",
        ],
    ),
    (
        Class::Attributes,
        &["getxattr", "lgetxattr", "fgetxattr", "getxattrat", "listxattr", "llistxattr", "flistxattr", "listxattrat"],
    ),
    (Class::Directories, &["getdents", "getdents64"]),
    (Class::Opening, &["open", "openat", "openat2", "close"]),
    (Class::Waiting, &["futex", "futex_wait", "futex_waitv", "wait4", "waitid", "poll", "ppoll", "select", "pselect6"]),
    (Class::Writing, &["write", "writev", "pwrite64"]),
];

/// What a call is for.
pub fn class(call: &str) -> Class {
    CLASSES.iter().find(|(_, calls)| calls.contains(&call)).map_or(Class::Others, |(class, _)| *class)
}

/// The calls by class, those that took longest first; by number, where no time was recorded.
pub fn classes(trace: &Trace) -> Vec<Spent> {
    let mut all: Vec<Spent> = Vec::new();
    for (name, call) in &trace.calls {
        let class = class(name);
        let place = all.iter().position(|spent| spent.class == class).unwrap_or_else(|| {
            all.push(Spent { class, count: 0, errors: 0, ns: None });
            all.len() - 1
        });
        let spent = &mut all[place];
        spent.count = spent.count.saturating_add(call.count);
        spent.errors = spent.errors.saturating_add(call.errors);
        if let Some(latency) = call.latency {
            spent.ns = Some(spent.ns.unwrap_or(0).saturating_add(latency.total_ns));
        }
    }
    all.sort_by_key(|spent| std::cmp::Reverse((spent.ns, spent.count)));
    all
}

/// What stands out.
pub fn signs(classes: &[Spent]) -> Vec<Sign> {
    /// Fewer calls than this are no reason for anything.
    const MANY: u64 = 100;
    let of = |class| classes.iter().find(|spent| spent.class == class && spent.count >= MANY);
    let all_ns: u64 = classes.iter().filter_map(|spent| spent.ns).fold(0, u64::saturating_add);
    let mut signs = Vec::new();
    if of(Class::Attributes).is_some_and(|spent| spent.errors * 10 >= spent.count * 9) {
        signs.push(Sign::AttributesInVain);
    }
    if of(Class::Lookups).is_some_and(|spent| spent.errors * 2 > spent.count) {
        signs.push(Sign::LookupsInVain);
    }
    if of(Class::Waiting).is_some_and(|spent| spent.ns.is_some_and(|ns| ns > all_ns / 2)) {
        signs.push(Sign::Contention);
    }
    signs
}

/// What would help, for each sign.
pub fn remedies(classes: &[Spent], signs: &[Sign], times: &Times) -> Vec<Remedy> {
    let without = |class| {
        let ns = classes.iter().find(|spent| spent.class == class)?.ns?;
        // Of several threads nobody knows whose calls the others wait for.
        let all_ns = own_ns(classes, times);
        (!is_parallel(classes, times)).then(|| all_ns as f64 / all_ns.saturating_sub(ns).max(1) as f64)
    };
    let remedy = |sign: &Sign| {
        let (what, gain) = match sign {
            Sign::AttributesInVain => {
                ("without the extended attributes (ACLs, labels) that nearly no entry has", without(Class::Attributes))
            }
            Sign::LookupsInVain => ("without looking for what is not there", without(Class::Lookups)),
            // Watched, threads meet at their locks at other times: that says nothing of how it is without.
            Sign::Contention => ("with one thread, or with as many as do not wait for each other", None),
        };
        Remedy { what: what.to_owned(), strategy: None, gain, measured: None }
    };
    signs.iter().map(remedy).collect()
}

/// What a command of one thread took, less the time that other programs had its processor.
fn own_ns(classes: &[Spent], times: &Times) -> u64 {
    let calls = classes.iter().filter_map(|spent| spent.ns).fold(times.user_ns, u64::saturating_add);
    calls.max(times.user_ns.saturating_add(times.sys_ns)).min(times.wall_ns)
}

/// Whether more was going on than one thread can do at a time.
fn is_parallel(classes: &[Spent], times: &Times) -> bool {
    let working = classes.iter().filter(|spent| spent.class != Class::Waiting).filter_map(|spent| spent.ns);
    let working = working.fold(times.user_ns, u64::saturating_add);
    working as f64 > times.wall_ns as f64 * 1.2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Call, Latency, Method};

    fn trace(calls: &[(&str, u64, u64, u64)]) -> Trace {
        let call = |&(name, count, errors, total_ns): &(&str, u64, u64, u64)| {
            let latency = Some(Latency { known: count, total_ns, p50_ns: 1, p99_ns: 1, max_ns: 1 });
            (name.to_owned(), Call { count, errors, latency })
        };
        Trace { way: Method::Tracepoints, calls: calls.iter().map(call).collect(), uring_operations: 0, lost: 0 }
    }

    #[test]
    fn attributes_that_nobody_has_stand_out_and_those_that_are_there_do_not() {
        let of = |errors| signs(&classes(&trace(&[("lgetxattr", 1000, errors, 9), ("statx", 1000, 0, 20)])));
        assert_eq!(of(1000), [Sign::AttributesInVain]);
        assert_eq!(of(100), []);
    }

    #[test]
    fn threads_that_wait_for_each_other_most_of_the_time_stand_out() {
        let of = |futex_ns| signs(&classes(&trace(&[("futex", 500, 0, futex_ns), ("statx", 900, 0, 1000)])));
        assert_eq!((of(1001), of(999)), (vec![Sign::Contention], vec![]));
    }

    #[test]
    fn what_a_call_takes_is_promised_of_one_thread_alone() {
        let classes = classes(&trace(&[("lgetxattr", 1000, 1000, 250), ("statx", 1000, 0, 400)]));
        let gain = |wall_ns| {
            let times = Times { wall_ns, user_ns: 350, sys_ns: 650 };
            remedies(&classes, &[Sign::AttributesInVain], &times)[0].gain
        };
        assert_eq!((gain(1000), gain(500)), (Some(1000.0 / 750.0), None));
        // Others had the processor.
        assert_eq!(gain(9000), Some(1000.0 / 750.0));
    }

    #[test]
    fn a_command_of_a_few_calls_has_nothing_that_stands_out() {
        assert_eq!(signs(&classes(&trace(&[("access", 9, 9, 9), ("lgetxattr", 9, 9, 9)]))), []);
    }

    #[test]
    fn calls_are_added_up_by_what_they_are_for() {
        let classes = classes(&trace(&[("statx", 3, 1, 10), ("newfstatat", 4, 0, 5), ("brk", 1, 0, 99)]));
        let spent = |class, count, errors, ns| Spent { class, count, errors, ns: Some(ns) };
        assert_eq!(classes, [spent(Class::Others, 1, 0, 99), spent(Class::Lookups, 7, 1, 15)]);
    }
}
