//! `IORING_OP_STATX` in batches.
//!
//! The kernel never completes this operation inline: each one goes to a worker thread (io_uring/statx.c sets
//! REQ_F_FORCE_ASYNC). So warm it loses to a plain loop, and its rows exist to show that.

use io_uring::{IoUring, opcode, types};
use rustix::fs::{AtFlags, StatxFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// A ring and the buffers of its operations in flight.
pub struct StatxRing {
    ring: IoUring,
    buffers: Box<[libc::statx]>,
    /// Which name each buffer's operation asks about.
    owner: Box<[usize]>,
}

/// An operation's outcome: the index of its name, and the kernel's answer.
pub type Done<'a> = &'a mut dyn FnMut(usize, Result<&libc::statx, Errno>);

impl StatxRing {
    /// A ring that keeps `depth` operations in flight.
    pub fn new(depth: u32) -> io::Result<Self> {
        let ring = IoUring::new(depth)?;
        let mut probe = io_uring::Probe::new();
        ring.submitter().register_probe(&mut probe)?;
        if !probe.is_supported(opcode::Statx::CODE) {
            return Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP));
        }
        // SAFETY: struct statx is plain integers; all zeroes is one of its values.
        let empty: libc::statx = unsafe { std::mem::zeroed() };
        Ok(Self { ring, buffers: vec![empty; depth as usize].into(), owner: vec![0; depth as usize].into() })
    }

    /// Asks for every name in `dir`, `depth` at a time, and hands each answer over as it comes, in any order.
    /// An error is the ring's own; the answers handed over before it stand.
    pub fn statx_all<'n>(
        &mut self,
        dir: BorrowedFd<'_>,
        names: impl Iterator<Item = &'n CStr>,
        flags: AtFlags,
        mask: StatxFlags,
        done: Done<'_>,
    ) -> io::Result<()> {
        let mut names = names.enumerate().fuse();
        let mut free: Vec<usize> = (0..self.buffers.len()).collect();
        let mut finished = Vec::with_capacity(free.len());
        let mut flight = Flight { ring: &mut self.ring, in_flight: 0 };
        let buffers = self.buffers.as_mut_ptr();
        loop {
            while let Some(&slot) = free.last() {
                let Some((index, name)) = names.next() else { break };
                free.pop();
                self.owner[slot] = index;
                // SAFETY: `slot` is below the number of buffers.
                let buffer = unsafe { buffers.add(slot) };
                let entry = opcode::Statx::new(types::Fd(dir.as_raw_fd()), name.as_ptr(), buffer.cast())
                    .flags(flags.bits() as i32)
                    .mask(mask.bits())
                    .build()
                    .user_data(slot as u64);
                // SAFETY:
                // - The descriptor, the name and the buffer outlive the operation: `flight` waits for every completion
                //   before this function returns, by `?` or by a panic in `done` as well.
                // - The buffer is this slot's alone until its completion frees the slot.
                // - The queue has room: it holds `depth` entries and no more slots exist.
                unsafe { flight.ring.submission().push(&entry) }
                    .map_err(|_| io::Error::from_raw_os_error(libc::EBUSY))?;
                flight.in_flight += 1;
            }
            if flight.in_flight == 0 {
                return Ok(());
            }
            flight.submit_and_wait()?;
            // Collected first: `done` may not run while the queue is borrowed.
            finished.extend(
                flight.ring.completion().map(|completion| (completion.user_data() as usize, completion.result())),
            );
            flight.in_flight -= finished.len();
            for (slot, result) in finished.drain(..) {
                // SAFETY: the slot's operation has completed, so the kernel no longer writes to its buffer, and the slot's
                // next operation starts only after `done` has returned.
                let answer = unsafe { &*buffers.add(slot) };
                done(self.owner[slot], if result < 0 { Err(Errno::from_raw_os_error(-result)) } else { Ok(answer) });
                free.push(slot);
            }
        }
    }
}

/// Operations in flight; dropping it waits for them, since the kernel writes to buffers that are about to go.
struct Flight<'r> {
    ring: &'r mut IoUring,
    in_flight: usize,
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
        while self.in_flight > 0 {
            if self.submit_and_wait().is_err() {
                // The kernel may still write to our buffers, and there is no other way to make it stop.
                std::process::abort();
            }
            self.in_flight -= self.ring.completion().count();
        }
    }
}
