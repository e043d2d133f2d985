//! A command's calls, as answers that it waits for: pure.
//!
//! Of a command nobody knows which calls are about the tree: all are counted, those by which it was started included. Paths
//! are taken for one component each. So what is predicted is that of a command that works relative to directories, or of
//! one whose upper directories are known to the kernel.

use super::model::{ATTRIBUTES, Answers, OPENING};
use super::{Distance, Waits};
use crate::trace::{Call, Trace};
use serde::{Deserialize, Serialize};

/// What was seen of how many calls are under way at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concurrency {
    /// Threads and processes that it started.
    pub started: u64,
    /// Operations that it gave to io_uring, which may be under way together.
    pub uring_operations: u64,
}

/// What a command waits for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// One call after the other.
    pub alone: Waits,
    /// Shared evenly by the threads and processes; `None` if there is one.
    pub shared: Option<Waits>,
}

const LOOKING: &[&str] =
    &["stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat"];
const READING: &[&str] = &["getdents", "getdents64"];
const STARTING: &[&str] = &["clone", "clone3", "fork", "vfork"];

/// What was seen of its concurrency.
pub fn concurrency(trace: &Trace) -> Concurrency {
    let started = STARTING.iter().filter_map(|name| trace.calls.get(*name)).map(|call| call.count - call.errors).sum();
    Concurrency { started, uring_operations: trace.uring_operations }
}

/// The answers that its calls wait for.
pub fn answers(trace: &Trace, distance: &Distance) -> Answers {
    let sum = |names: &[&str]| {
        let calls = names.iter().filter_map(|name| trace.calls.get(*name));
        calls.fold(Call::default(), |all, call| Call {
            count: all.count + call.count,
            errors: all.errors + call.errors,
            latency: None,
        })
    };
    let (looking, opening, attributes) = (sum(LOOKING), sum(OPENING), sum(ATTRIBUTES));
    let (of_open, attributes_of_open) = (sum(&["fstat"]).count, sum(&["fgetxattr", "flistxattr"]).count);
    // What fails has looked a name up in vain, and asks no more. An attribute that is not there is an answer, too.
    let once = |calls: Call| calls.count - calls.errors;
    let repeated = if distance.keeps { 0 } else { attributes.count };
    Answers {
        lookup: looking.count + opening.count + repeated,
        getattr: if distance.keeps { 0 } else { once(looking) + of_open },
        open: once(opening),
        readdir: sum(READING).count,
        getxattr: attributes.count + attributes_of_open,
    }
}

/// What it waits for; here it took `local_ns`.
pub fn rows(trace: &Trace, distance: &Distance, local_ns: u64) -> Rows {
    let answers = answers(trace, distance);
    let row = |workers: u64| Waits::from_afar(answers, answers.total().div_ceil(workers), distance, local_ns);
    let started = concurrency(trace).started;
    Rows { alone: row(1), shared: (started > 0).then(|| row(started + 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Method;

    const FAR: Distance = Distance { rtt_ns: 1000, keeps: false, plus: false, types: true, answer_bytes: None };

    fn trace(calls: &[(&str, u64, u64)]) -> Trace {
        let call = |&(name, count, errors): &(&str, u64, u64)| (name.to_owned(), Call { count, errors, latency: None });
        Trace { way: Method::Ptrace, calls: calls.iter().map(call).collect(), uring_operations: 0, lost: 0 }
    }

    #[test]
    fn what_fails_is_an_answer_and_what_is_local_is_none() {
        let trace =
            trace(&[("statx", 10, 4), ("lgetxattr", 10, 10), ("openat", 3, 2), ("getdents64", 2, 0), ("brk", 9, 0)]);
        let expected = Answers { lookup: 23, getattr: 6, open: 1, readdir: 2, getxattr: 10 };
        assert_eq!(answers(&trace, &FAR), expected);
        let kept = answers(&trace, &Distance { keeps: true, ..FAR });
        assert_eq!((kept.lookup, kept.getattr), (13, 0));
    }

    #[test]
    fn calls_are_shared_where_threads_were_started() {
        let alone = rows(&trace(&[("statx", 50, 0)]), &FAR, 7);
        assert_eq!((alone.alone.in_a_row, alone.alone.ns, alone.shared), (100, 100_007.0, None));
        let threads = rows(&trace(&[("statx", 50, 0), ("clone3", 3, 0)]), &FAR, 0);
        assert_eq!(threads.shared.map(|shared| shared.in_a_row), Some(25));
    }
}
