//! What `perf-event2` does not offer: one ring for many events.

use perf_event::Counter;
use rustix::ioctl::{IntegerSetter, ioctl, opcode};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// `PERF_RECORD_SAMPLE` (perf_event_open(2)).
pub(crate) const SAMPLE: u32 = 9;
/// `PERF_RECORD_LOST`: another record must follow for a ring to tell of a loss.
pub(crate) const LOST: u32 = 2;

/// `PERF_EVENT_IOC_SET_OUTPUT` (perf_event_open(2)).
const SET_OUTPUT: rustix::ioctl::Opcode = opcode::none(b'$', 5);

/// Lets `event` write its records to the ring of `ring`, which must be of the same processor.
///
/// # Errors
/// EINVAL where the two cannot share a ring.
pub(crate) fn redirect(event: &Counter, ring: &Counter) -> io::Result<()> {
    let to = usize::try_from(ring.as_raw_fd()).map_err(io::Error::other)?;
    // SAFETY:
    // - Both descriptors are open: they belong to the counters that the caller lends us.
    // - SET_OUTPUT takes a descriptor as a plain integer and touches no memory of ours; a wrong one is an error.
    unsafe { Ok(ioctl(BorrowedFd::borrow_raw(event.as_raw_fd()), IntegerSetter::<SET_OUTPUT>::new_usize(to))?) }
}
