//! Adds up calls by name.

use super::window::{Gate, Window};
use super::{name, scope::Method};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was seen of a program's, or a listing's, system calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// How it was watched.
    pub way: Method,
    /// The calls that returned, by name.
    pub calls: BTreeMap<String, Call>,
    /// Operations submitted to io_uring: each does what would have been a call. Not known of rings that a kernel thread
    /// polls (IORING_SETUP_SQPOLL): those are counted each time they are entered.
    pub uring_operations: u64,
    /// Calls that returned and whose records were lost. If there are any, the counts above are too small by as much in
    /// all.
    pub lost: u64,
}

/// One system call's account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// How often it returned.
    pub count: u64,
    /// How often it returned an error.
    pub errors: u64,
    /// How long it took, where that was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
}

/// Times from the entry of a call to its return, waiting included, nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// Of how many calls it is known. Of those that began before they were watched it is not.
    pub known: u64,
    /// All of them together.
    pub total_ns: u64,
    /// The median, to three digits.
    pub p50_ns: u64,
    /// The 99th percentile, to three digits.
    pub p99_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

impl Trace {
    /// How many calls returned: exact even if records were lost.
    pub fn total(&self) -> u64 {
        self.calls.values().fold(self.lost, |all, call| all.saturating_add(call.count))
    }

    /// How many returned an error; a lower bound if records were lost.
    pub fn errors(&self) -> u64 {
        self.calls.values().fold(0, |all: u64, call| all.saturating_add(call.errors))
    }

    /// The time in calls whose latency is known, nanoseconds; `None` if none is.
    pub fn total_ns(&self) -> Option<u64> {
        let mut times = self.calls.values().filter_map(|call| call.latency).map(|latency| latency.total_ns).peekable();
        times.peek()?;
        Some(times.fold(0, u64::saturating_add))
    }
}

/// A call that returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Return {
    pub(super) number: i64,
    /// `-errno` of a failure.
    pub(super) value: i64,
    /// Since its entry, if that was seen.
    pub(super) latency_ns: Option<u64>,
}

/// The sums of calls while they are watched.
pub(super) struct Accounts {
    pub(super) gate: Gate,
    calls: BTreeMap<i64, Account>,
    uring_operations: u64,
}

#[derive(Default)]
struct Account {
    count: u64,
    errors: u64,
    total_ns: u64,
    max_ns: u64,
    latencies: Option<Histogram<u64>>,
}

impl Accounts {
    pub(super) fn new(window: Window) -> Self {
        Self { gate: Gate::new(window), calls: BTreeMap::new(), uring_operations: 0 }
    }

    /// Enters a call that counts.
    pub(super) fn enter(&mut self, call: Return) {
        let account = self.calls.entry(call.number).or_default();
        account.count += 1;
        // The kernel's own rule (MAX_ERRNO).
        account.errors += u64::from((-4095..0).contains(&call.value));
        if call.number == name::URING_ENTER {
            self.uring_operations += u64::try_from(call.value).unwrap_or(0);
        }
        if let Some(ns) = call.latency_ns {
            account.total_ns += ns;
            account.max_ns = account.max_ns.max(ns);
            if account.latencies.is_none() {
                account.latencies = Histogram::new(3).ok();
            }
            if let Some(latencies) = &mut account.latencies {
                // It grows as it must: up to 60 KiB a call.
                let _ = latencies.record(ns);
            }
        }
    }

    /// Closes them.
    pub(super) fn close(self, way: Method, lost: u64) -> Trace {
        let call = |account: Account| Call {
            count: account.count,
            errors: account.errors,
            latency: account.latencies.filter(|latencies| !latencies.is_empty()).map(|latencies| Latency {
                known: latencies.len(),
                total_ns: account.total_ns,
                p50_ns: latencies.value_at_quantile(0.5).min(account.max_ns),
                p99_ns: latencies.value_at_quantile(0.99).min(account.max_ns),
                max_ns: account.max_ns,
            }),
        };
        let calls = self.calls.into_iter().map(|(number, account)| (name::of(number).into_owned(), call(account)));
        Trace { way, calls: calls.collect(), uring_operations: self.uring_operations, lost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_what_the_kernel_calls_errors() {
        let mut accounts = Accounts::new(Window::Whole);
        for value in [-1, -4095, -4096, 0, i64::MAX] {
            accounts.enter(Return { number: 0, value, latency_ns: None });
        }
        let trace = accounts.close(Method::Ptrace, 2);
        assert_eq!(trace.calls["read"], Call { count: 5, errors: 2, latency: None });
        assert_eq!((trace.total(), trace.errors(), trace.total_ns()), (7, 2, None));
    }

    #[test]
    fn percentiles_never_pass_the_longest() {
        let mut accounts = Accounts::new(Window::Whole);
        for ns in 1..=100_001 {
            accounts.enter(Return { number: 0, value: 0, latency_ns: Some(ns) });
        }
        let latency = accounts.close(Method::Tracepoints, 0).calls["read"].latency.unwrap();
        assert_eq!((latency.known, latency.max_ns, latency.total_ns), (100_001, 100_001, 5_000_150_001));
        assert!((49_900..=50_100).contains(&latency.p50_ns), "{latency:?}");
        assert!((98_900..=100_001).contains(&latency.p99_ns), "{latency:?}");
    }

    #[test]
    fn operations_are_what_io_uring_enter_returned() {
        let mut accounts = Accounts::new(Window::Whole);
        for value in [64, 0, -4, 3] {
            accounts.enter(Return { number: name::URING_ENTER, value, latency_ns: None });
        }
        assert_eq!(accounts.close(Method::Ptrace, 0).uring_operations, 67);
    }
}
