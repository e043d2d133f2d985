//! Measures the time that a listing takes in user mode, by sampling.
//!
//! The kernel splits a process's time by its timer's ticks, a few a sample. Here cpu-clock (perf_event_open(2)) looks
//! every 50 µs whether the listing is in user mode. The kernel leaves a call with interrupts disabled, so a sample that
//! falls due meanwhile is taken right after it, in user mode. How much that is of a call is known from a loop of
//! getppid(2) that is sampled the same way, and is subtracted for each call.

use crate::error::Error;
use crate::sys::perf::{LOST, SAMPLE};
use perf_event::events::Software;
use perf_event::{Builder, SampleFlag, Sampler};
use serde::{Deserialize, Serialize};
use std::hint::black_box;

/// Time in user mode.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Nanoseconds of one listing that were sampled in user mode.
    pub sampled_ns: f64,
    /// Of them, nanoseconds a system call that belong to the call's way out of the kernel.
    pub leave_ns: f64,
}

impl User {
    /// Time between so many calls, nanoseconds.
    pub fn between(&self, calls: u64) -> f64 {
        (self.sampled_ns - self.leave_ns * calls as f64).max(0.0)
    }
}

pub(super) const PAGE_BYTES: usize = 4096;
/// Nanoseconds between two samples of user mode.
const PERIOD_NS: u64 = 50_000;
/// Memory for the samples, 16 bytes each: within what perf_event_mlock_kb lets everybody have.
const RING_BYTES: usize = 64 * PAGE_BYTES;
/// Calls of the loop that shows what of a call is sampled in user mode: some 30 ms.
const LEAVES: u32 = 150_000;

/// Lists once, sampled; `None` where perf cannot sample, or lost samples.
///
/// # Errors
/// The listing's.
pub(super) fn user(list: &mut dyn FnMut() -> Result<(), Error>) -> Result<Option<User>, Error> {
    let Some(mut sampler) = sampler() else { return Ok(None) };
    let listed = sampled(&mut sampler, list);
    let left = sampled(&mut sampler, &mut || {
        for _ in 0..LEAVES {
            black_box(rustix::process::getppid());
        }
        Ok(())
    })?;
    let listed = listed?;
    Ok(listed.zip(left).map(|(sampled_ns, left)| User { sampled_ns, leave_ns: left / f64::from(LEAVES) }))
}

/// Samples of this thread in user mode; no right in the kernel is needed.
fn sampler() -> Option<Sampler> {
    let mut builder = Builder::new(Software::CPU_CLOCK);
    builder.observe_self().any_cpu().sample_period(PERIOD_NS).sample(SampleFlag::IP).enabled(false);
    builder.build().ok()?.sampled(RING_BYTES).ok()
}

/// Nanoseconds that `work` was found in user mode; `None` if samples were lost.
fn sampled(sampler: &mut Sampler, work: &mut dyn FnMut() -> Result<(), Error>) -> Result<Option<f64>, Error> {
    let on = sampler.enable();
    let worked = work();
    let off = sampler.disable();
    worked?;
    let mut samples = 0_u64;
    let mut whole = on.is_ok() && off.is_ok();
    while let Some(record) = sampler.next_record() {
        match record.ty() {
            SAMPLE => samples += 1,
            LOST => whole = false,
            _ => {}
        }
    }
    Ok(whole.then_some((samples * PERIOD_NS) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_kernel_is_no_time_between_calls() {
        let user = User { sampled_ns: 1000.0, leave_ns: 50.0 };
        assert_eq!((user.between(4), user.between(30)), (800.0, 0.0));
    }
}
