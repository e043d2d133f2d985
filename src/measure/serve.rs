//! The interface of a case in its worker, and the measurement around a listing.

use super::counters::Meter;
use super::difference::Part;
use super::protocol::Answer;
use super::step::Step;
use std::fs;

/// A case, opened, whatever it is.
pub(super) trait Serve {
    /// Lists once, untimed.
    fn verify(&mut self) -> Answer;
    /// Lists once between two marks; in between is what is on the clock in a sample, and nothing else.
    fn count(&mut self) -> Answer;
    /// Lists so often against the clock.
    fn sample(&mut self, iterations: u32, meter: &mut Meter) -> Answer;
    /// Lists once, untimed, and answers a part of what it saw.
    fn part(&mut self, part: &Part) -> Answer;
    /// Prices the calls of a listing.
    fn price(&mut self) -> Answer {
        Answer::Failed("only a strategy's calls have prices".to_owned())
    }
    /// Runs a step of a command.
    fn step(&mut self, _: Step) -> Answer {
        Answer::Failed("only a command has steps".to_owned())
    }
}

/// Shows whoever watches our system calls that the listing begins or ends here.
pub(super) fn mark() {
    let _ = rustix::process::getppid();
}

/// Makes `VmHWM` start again from what is resident now (proc(5), clear_refs). `ru_maxrss` will not do: it can't be
/// reset, and starts at what the parent had when it forked.
pub(super) fn reset_peak() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// `VmHWM`, in bytes.
pub(super) fn peak_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
