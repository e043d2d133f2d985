//! Watches through the kernel's tracepoints: a thread of ours reads the rings while the watched process runs.

use super::accounts::{Accounts, Return, Trace};
use super::name;
use super::ring::{Record, Rings};
use super::scope::{Method, Refused, Scope};
use super::tracepoint::tracefs;
use super::window::Window;
use crate::error::reason;
use rustix::process::Pid;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long the rings are left alone between two readings.
pub(super) const PAUSE: Duration = Duration::from_millis(3);

/// A process being recorded.
pub(super) struct Recorder {
    over: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Trace>>,
}

impl Recorder {
    /// Records from now on, or from the process's next execve on.
    pub(super) fn attach(process: Pid, scope: Scope) -> Result<Self, Refused> {
        Refused::without_proc()?;
        let tracefs = tracefs().ok_or_else(|| {
            Refused("tracefs is not mounted (as root: mount -t tracefs tracefs /sys/kernel/tracing)".to_owned())
        })?;
        let rings = Rings::open(&tracefs, process, scope.start, scope.detail).map_err(refused)?;
        let over = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&over);
        let record = move || record(rings, scope.window, &end);
        let thread = thread::Builder::new().spawn(record).map_err(|error| Refused::no_thread(&error))?;
        Ok(Self { over, thread })
    }

    /// Ends the recording, and says what was seen.
    ///
    /// # Errors
    /// When the counters could not be read.
    pub(super) fn finish(self) -> io::Result<Trace> {
        self.over.store(true, Ordering::Release);
        self.thread.thread().unpark();
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that reads the rings panicked")))
    }
}

fn refused(error: io::Error) -> Refused {
    let may = "kernel tracepoints take root, or CAP_PERFMON and a readable tracefs";
    Refused(match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => may.to_owned(),
        Some(libc::EMFILE) => "a descriptor for each thread and processor is more than `ulimit -Hn` allows".to_owned(),
        _ => format!("kernel tracepoints: {}", reason(&error)),
    })
}

fn record(mut rings: Rings, window: Window, over: &AtomicBool) -> io::Result<Trace> {
    let mut ledger = Ledger::new(window);
    while !over.load(Ordering::Acquire) {
        rings.pass(|record| ledger.enter(record));
        thread::park_timeout(PAUSE);
    }
    let lost = rings.finish(|record| ledger.enter(record))?;
    ledger.close(lost)
}

/// Puts entries and returns together.
struct Ledger {
    accounts: Accounts,
    /// The call that each thread is in, and since when.
    begun: HashMap<u32, (i64, u64)>,
    /// Calls that may have been the last thing that their threads did: see [`may_be_cut_short`].
    doubtful: HashMap<u32, Return>,
}

impl Ledger {
    fn new(window: Window) -> Self {
        Self { accounts: Accounts::new(window), begun: HashMap::new(), doubtful: HashMap::new() }
    }

    fn enter(&mut self, record: Record) {
        if let Some(returned) = self.doubtful.remove(&record.thread) {
            self.accounts.enter(returned);
        }
        let Some(value) = record.value else {
            self.begun.insert(record.thread, (record.number, record.time));
            return;
        };
        let begun = self.begun.remove(&record.thread);
        // A new thread begins by returning 0 from the call that made it: strace does not count that, nor did the thread
        // call.
        if value == 0 && name::starts_another(record.number) {
            return;
        }
        let number = name::returned(record.number);
        let latency_ns =
            begun.filter(|&(begun, _)| begun == number).map(|(_, since)| record.time.saturating_sub(since));
        let returned = Return { number, value, latency_ns };
        if !self.accounts.gate.admits(number) {
            return;
        }
        if may_be_cut_short(number, value) {
            self.doubtful.insert(record.thread, returned);
        } else {
            self.accounts.enter(returned);
        }
    }

    fn close(self, lost: u64) -> io::Result<Trace> {
        if !self.accounts.gate.is_complete() {
            return Err(io::Error::other("the worker marked no listing (two calls of getppid)"));
        }
        Ok(self.accounts.close(Method::Tracepoints, lost))
    }
}

/// Whether a call came to its tracepoint perhaps without returning to its program: because its thread was killed in it.
/// Such a call counts once its thread is seen again. A thread that is killed while its call succeeds cannot be told
/// from one that is killed right after: that call counts.
fn may_be_cut_short(number: i64, value: i64) -> bool {
    match value {
        // -ERESTART_RESTARTBLOCK to -ERESTARTSYS (include/linux/errno.h), which no program ever sees.
        -516..=-512 => true,
        // A wait that a signal ended.
        _ if value == -i64::from(libc::EINTR) => true,
        _ => name::may_kill_its_caller(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::name::{EXECVE, MARK};
    use syscalls::Sysno;

    const READ: i64 = Sysno::read as i64;

    fn ledger(window: Window, records: &[(u64, u32, i64, Option<i64>)]) -> io::Result<Trace> {
        let mut ledger = Ledger::new(window);
        for &(time, thread, number, value) in records {
            ledger.enter(Record { time, thread, number, value });
        }
        ledger.close(0)
    }

    #[test]
    fn a_call_is_as_long_as_from_its_entry_to_its_return() {
        let trace = ledger(
            Window::Whole,
            &[(10, 1, READ, None), (12, 2, READ, None), (15, 2, READ, Some(0)), (30, 1, READ, Some(0))],
        )
        .unwrap();
        let latency = trace.calls["read"].latency.unwrap();
        assert_eq!((latency.known, latency.total_ns, latency.max_ns), (2, 23, 20));
    }

    #[test]
    fn a_call_that_began_unseen_counts_without_a_latency() {
        let trace = ledger(Window::Whole, &[(5, 1, EXECVE, Some(0))]).unwrap();
        assert_eq!((trace.calls["execve"].count, trace.calls["execve"].latency), (1, None));
    }

    #[test]
    fn a_new_thread_did_not_call_what_made_it() {
        let clone3 = Sysno::clone3 as i64;
        let trace = ledger(Window::Whole, &[(5, 1, clone3, Some(7)), (6, 7, clone3, Some(0))]).unwrap();
        assert_eq!(trace.calls["clone3"].count, 1);
    }

    #[test]
    fn a_call_cut_short_counts_only_if_its_thread_lives_on() {
        let trace = ledger(Window::Whole, &[(5, 1, READ, Some(-512)), (6, 2, READ, Some(-512)), (7, 2, -1, Some(0))]);
        let trace = trace.unwrap();
        assert_eq!((trace.calls["read"].count, trace.calls["read"].errors), (1, 1));
        assert_eq!(trace.calls["rt_sigreturn"].count, 1);
    }

    #[test]
    fn a_worker_that_marks_nothing_has_no_count() {
        assert!(ledger(Window::Marked, &[(5, 1, READ, Some(0))]).is_err());
        let marked = [(1, 1, MARK, Some(9)), (2, 1, READ, Some(0)), (3, 1, MARK, Some(9)), (4, 1, READ, Some(0))];
        assert_eq!(ledger(Window::Marked, &marked).unwrap().total(), 1);
    }
}
