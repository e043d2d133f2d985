//! `openat`, `statx` and `close` through io_uring, as many in flight as the ring is deep.
//!
//! The kernel completes an openat inline where all it needs is in its caches, and a close always. It never completes a statx
//! inline: each one goes to a worker thread (io_uring/statx.c sets REQ_F_FORCE_ASYNC). So warm a batch of them loses to a
//! plain loop, and rows exist to show that.

use io_uring::squeue::Entry;
use io_uring::{IoUring, opcode, types};
use rustix::fs::{AtFlags, OFlags, StatxFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// A ring and the buffers of its operations in flight.
pub struct Ring {
    ring: IoUring,
    buffers: Box<[libc::statx]>,
    /// Which operation each slot is about.
    owner: Box<[usize]>,
    free: Vec<usize>,
    finished: Vec<(usize, Result<Option<OwnedFd>, Errno>)>,
    /// A call failed, and what the kernel had not taken by then still waits in the queue, pointing to what is gone.
    is_broken: bool,
}

/// An operation: what would have been a call.
pub enum Operation<'n> {
    /// openat(2).
    Open {
        /// Resolves `name`.
        at: BorrowedFd<'n>,
        /// What is opened.
        name: &'n CStr,
        /// How.
        flags: OFlags,
    },
    /// statx(2).
    Statx {
        /// Resolves `name`.
        at: BorrowedFd<'n>,
        /// What is looked up.
        name: &'n CStr,
        /// How.
        flags: AtFlags,
        /// What is asked.
        mask: StatxFlags,
    },
    /// close(2).
    Close(OwnedFd),
}

/// What came of an operation that did not fail.
pub struct Outcome<'b> {
    /// Of an open: the descriptor.
    pub fd: Option<OwnedFd>,
    /// Of a statx: the answer. Means nothing otherwise.
    pub statx: &'b libc::statx,
}

/// Gets each operation's index, and what came of it.
pub type Done<'a> = &'a mut dyn FnMut(usize, Result<Outcome<'_>, Errno>);

/// Marks the `user_data` of an operation whose result is a descriptor.
const OPENS: u64 = 1 << 63;

impl Ring {
    /// A ring that keeps `depth` operations in flight.
    ///
    /// # Errors
    /// `io_uring_setup(2)`'s; EOPNOTSUPP where the kernel's io_uring lacks one of the operations (before Linux 5.6);
    /// `io_uring_enter(2)`'s, which a filter of system calls may refuse though it lets a ring be made.
    pub fn new(depth: u32) -> io::Result<Self> {
        let mut ring = IoUring::new(depth)?;
        let mut probe = io_uring::Probe::new();
        ring.submitter().register_probe(&mut probe)?;
        let needed = [opcode::OpenAt::CODE, opcode::Statx::CODE, opcode::Close::CODE];
        if !needed.into_iter().all(|code| probe.is_supported(code)) {
            return Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP));
        }
        // SAFETY: it does nothing, and so has nothing that must outlive it; the new queue has room for one.
        unsafe { ring.submission().push(&opcode::Nop::new().build()) }.map_err(|_| broken())?;
        let mut is_broken = false;
        Flight { ring: &mut ring, in_flight: 1, is_broken: &mut is_broken }.submit_and_wait()?;
        // SAFETY: struct statx is plain integers; all zeroes is one of its values.
        let empty: libc::statx = unsafe { std::mem::zeroed() };
        let depth = depth as usize;
        Ok(Self {
            ring,
            buffers: vec![empty; depth].into(),
            owner: vec![0; depth].into(),
            free: Vec::with_capacity(depth),
            finished: Vec::with_capacity(depth),
            is_broken,
        })
    }

    /// Performs all of `operations`, as many at a time as the ring is deep, and hands each outcome over as it comes, in any
    /// order. They are started in order, but may run at once: none may depend on another.
    ///
    /// # Errors
    /// io_uring_enter(2)'s; the outcomes handed over before it stand. EIO ever after, if operations were left in the queue.
    pub fn perform<'n>(&mut self, operations: impl Iterator<Item = Operation<'n>>, done: Done<'_>) -> io::Result<()> {
        let mut operations = operations.enumerate().fuse();
        let Self { ring, buffers, owner, free, finished, is_broken } = self;
        if *is_broken {
            return Err(broken());
        }
        free.clear();
        free.extend(0..buffers.len());
        finished.clear();
        let mut flight = Flight { ring, in_flight: 0, is_broken };
        let buffers = buffers.as_mut_ptr();
        loop {
            while let Some(&slot) = free.last() {
                let Some((index, operation)) = operations.next() else { break };
                free.pop();
                owner[slot] = index;
                // SAFETY: `slot` is below the number of buffers.
                let buffer = unsafe { buffers.add(slot) };
                let entry = entry(operation, buffer, slot as u64);
                // SAFETY:
                // - Descriptors, names and the buffer outlive the operation: `flight` waits for every completion before this
                //   function returns, by `?` or by a panic in `done` as well. What the kernel has not taken by then it never
                //   does: the ring is broken, and not entered again.
                // - The buffer is this slot's alone until its completion frees the slot.
                // - The queue has room: it holds `depth` entries and no more slots exist.
                unsafe { flight.ring.submission().push(&entry) }.map_err(|_| broken())?;
                flight.in_flight += 1;
            }
            if flight.in_flight == 0 {
                return Ok(());
            }
            flight.submit_and_wait()?;
            // Collected first: `done` may not run while the queue is borrowed.
            let before = finished.len();
            finished.extend(flight.ring.completion().map(|completion| {
                let user_data = completion.user_data();
                ((user_data & !OPENS) as usize, outcome(user_data, completion.result()))
            }));
            flight.in_flight -= finished.len() - before;
            for (slot, result) in finished.drain(..) {
                // SAFETY: the slot's operation has completed, so the kernel no longer writes to its buffer, and the slot's
                // next operation starts only after `done` has returned.
                let statx = unsafe { &*buffers.add(slot) };
                done(owner[slot], result.map(|fd| Outcome { fd, statx }));
                free.push(slot);
            }
        }
    }
}

/// The operation as the kernel takes it. It points to what `operation` borrows and to `buffer`.
fn entry(operation: Operation<'_>, buffer: *mut libc::statx, slot: u64) -> Entry {
    let fd = |at: BorrowedFd<'_>| types::Fd(at.as_raw_fd());
    match operation {
        Operation::Open { at, name, flags } => {
            let open = opcode::OpenAt::new(fd(at), name.as_ptr()).flags(flags.bits() as i32);
            open.build().user_data(slot | OPENS)
        }
        Operation::Statx { at, name, flags, mask } => {
            let statx = opcode::Statx::new(fd(at), name.as_ptr(), buffer.cast());
            statx.flags(flags.bits() as i32).mask(mask.bits()).build().user_data(slot)
        }
        // The kernel closes it, come what may: close(2) frees a descriptor even where it fails.
        Operation::Close(owned) => opcode::Close::new(types::Fd(owned.into_raw_fd())).build().user_data(slot),
    }
}

/// What a completion says: the descriptor of an open, which is owned from here on.
fn outcome(user_data: u64, result: RawFd) -> Result<Option<OwnedFd>, Errno> {
    if result < 0 {
        return Err(Errno::from_raw_os_error(-result));
    }
    // SAFETY: the result of an open that did not fail is a descriptor that nobody else knows of.
    Ok((user_data & OPENS != 0).then(|| unsafe { OwnedFd::from_raw_fd(result) }))
}

/// The error of a ring that cannot be used.
fn broken() -> io::Error {
    io::Error::from_raw_os_error(libc::EIO)
}

/// Operations in flight; dropping it waits for them, since the kernel writes to buffers that are about to go.
struct Flight<'r> {
    ring: &'r mut IoUring,
    /// In the queue, or taken by the kernel and not completed.
    in_flight: usize,
    is_broken: &'r mut bool,
}

impl Flight<'_> {
    fn submit_and_wait(&self) -> io::Result<()> {
        loop {
            match self.ring.submit_and_wait(1) {
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
                other => return other.map(drop),
            }
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        // What is still in the queue the kernel does not know of.
        while self.in_flight > self.ring.submission().len() {
            if self.submit_and_wait().is_err() {
                // Its threads complete what it has taken though nobody may ask for it.
                std::thread::sleep(Duration::from_millis(1));
            }
            let closed = self.ring.completion().map(|completion| outcome(completion.user_data(), completion.result()));
            self.in_flight -= closed.count();
        }
        *self.is_broken |= self.in_flight > 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::CWD;

    /// The ring's descriptor replaced by another file's: every io_uring_enter(2) fails from then on.
    fn refuse(ring: &Ring) {
        let null = std::fs::File::open("/dev/null").unwrap();
        // SAFETY: the test alone owns the ring, whose memory stays mapped.
        assert!(unsafe { libc::dup2(null.as_raw_fd(), ring.ring.as_raw_fd()) } >= 0);
    }

    fn root() -> Operation<'static> {
        Operation::Statx { at: CWD, name: c"/", flags: AtFlags::empty(), mask: StatxFlags::TYPE }
    }

    #[test]
    fn a_ring_that_may_not_be_entered_is_an_error_and_no_abort() {
        let Ok(mut ring) = Ring::new(4) else { return };
        let mut outcomes = 0;
        ring.perform([root(), root()].into_iter(), &mut |_, outcome| outcomes += usize::from(outcome.is_ok())).unwrap();
        assert_eq!(outcomes, 2);
        refuse(&ring);
        let refused = ring.perform([root(), root()].into_iter(), &mut |_, _| unreachable!()).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(libc::EOPNOTSUPP));
        // What is left in the queue points to names that may be gone: it is not entered again.
        let broken = ring.perform([root()].into_iter(), &mut |_, _| unreachable!()).unwrap_err();
        assert_eq!(broken.raw_os_error(), Some(libc::EIO));
    }

    #[test]
    fn a_panic_of_the_caller_waits_for_what_is_in_flight() {
        let Ok(mut ring) = Ring::new(4) else { return };
        let four = || [root(), root(), root(), root()].into_iter();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ring.perform(four(), &mut |_, _| panic!("expected here"))
        }));
        assert!(panicked.is_err());
        let mut outcomes = 0;
        ring.perform(four(), &mut |_, outcome| outcomes += usize::from(outcome.is_ok())).unwrap();
        assert_eq!(outcomes, 4);
    }
}
