//! ptrace(2) as a tracer of system calls needs it.
//!
//! nix wraps most requests safely, but takes signals as an enumeration that ends at 31: a tracee that is sent a
//! real-time signal (glibc and Go use some) could not be resumed with it. `PTRACE_LISTEN` it lacks, and
//! `PTRACE_GET_SYSCALL_INFO` it has for glibc only.
//!
//! All requests but [`seize`] must come from the thread that seized, and find the tracee stopped, or they fail with
//! ESRCH.

use rustix::io::Errno;
use rustix::process::{Pid, RawPid, WaitOptions};
use std::ptr::{null_mut, without_provenance_mut};

/// How a stopped tracee goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resume {
    /// Until a system call begins or returns; with a signal delivered, or none if 0.
    ToCall(i32),
    /// Not at all: it stays in its group-stop, and reports what happens to it.
    Listen,
}

/// Where in a system call a tracee stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallStop {
    /// It begins.
    Entry {
        /// Its number, of the tracee's architecture.
        number: i64,
    },
    /// It returns.
    Exit {
        /// What it returns; `-errno` of a failure.
        value: i64,
    },
    /// Neither.
    Elsewhere,
}

/// What happened to a tracee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A system call begins or returns.
    Call,
    /// It has executed another program, and was this thread until then.
    Exec {
        /// The thread id before.
        formerly: i32,
    },
    /// It was seized, interrupted, or is new; or its group-stop ended.
    Trapped,
    /// It is in a group-stop.
    GroupStop,
    /// A signal is about to be delivered.
    Signal(i32),
    /// It started another process or thread, which is traced like it.
    Started,
    /// It ended, with this wait(2) status.
    Ended(i32),
}

/// Begins to trace a thread, and with it all threads and processes that it will start.
///
/// # Errors
/// EPERM without the right to, ESRCH if it is gone.
pub(crate) fn seize(thread: Pid) -> Result<(), Errno> {
    let options = libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_TRACEEXEC;
    request(libc::PTRACE_SEIZE as Request, thread, options as usize)
}

/// Makes a seized thread report [`Event::Trapped`].
///
/// # Errors
/// ESRCH if it is gone.
pub(crate) fn interrupt(thread: Pid) -> Result<(), Errno> {
    request(libc::PTRACE_INTERRUPT as Request, thread, 0)
}

/// Lets a stopped thread go on.
///
/// # Errors
/// ESRCH if it was killed meanwhile: its end is yet to be reported.
pub(crate) fn resume(thread: Pid, how: Resume) -> Result<(), Errno> {
    match how {
        Resume::ToCall(signal) => request(libc::PTRACE_SYSCALL as Request, thread, signal as usize),
        Resume::Listen => request(libc::PTRACE_LISTEN as Request, thread, 0),
    }
}

/// Waits for the next event of a tracee of the calling thread; `None` if it has none left. Children of other threads
/// are left to those.
///
/// # Errors
/// EINTR.
pub(crate) fn wait() -> Result<Option<(Pid, Event)>, Errno> {
    let options = WaitOptions::from_bits_retain((libc::__WALL | libc::__WNOTHREAD) as u32);
    match rustix::process::wait(options) {
        Ok(Some((thread, status))) => Ok(Some((thread, event(thread, status.as_raw())))),
        Ok(None) | Err(Errno::CHILD) => Ok(None),
        Err(errno) => Err(errno),
    }
}

fn event(thread: Pid, status: i32) -> Event {
    if !libc::WIFSTOPPED(status) {
        return Event::Ended(status);
    }
    let signal = libc::WSTOPSIG(status);
    match status >> 16 {
        0 if signal == libc::SIGTRAP | 0x80 => Event::Call,
        0 => Event::Signal(signal),
        libc::PTRACE_EVENT_EXEC => Event::Exec { formerly: message(thread).unwrap_or(thread.as_raw_nonzero().get()) },
        // PTRACE_EVENT_STOP tells a group-stop by its signal.
        128 if signal == libc::SIGTRAP => Event::Trapped,
        128 => Event::GroupStop,
        _ => Event::Started,
    }
}

/// Where in a system call a thread stopped that reported [`Event::Call`].
///
/// # Errors
/// EIO before Linux 5.3, ESRCH if it was killed meanwhile.
pub(crate) fn call_stop(thread: Pid) -> Result<CallStop, Errno> {
    // struct ptrace_syscall_info: op, arch, instruction and stack pointer, then the number or the value at byte 24.
    let mut info = [0_u64; 16];
    let size = size_of_val(&info);
    // SAFETY:
    // - `info` is writable for `size` bytes, and the kernel writes no more than that.
    // - It is aligned as the struct is, to 8 bytes, and any bytes are valid in it.
    let length = unsafe {
        libc::ptrace(GET_SYSCALL_INFO, raw(thread), without_provenance_mut::<u8>(size), info.as_mut_ptr().cast::<u8>())
    };
    if length < 0 {
        return Err(super::readdir::last_errno());
    }
    let [op, ..] = info[0].to_ne_bytes();
    Ok(match op {
        1 => CallStop::Entry { number: info[3].cast_signed() },
        2 => CallStop::Exit { value: info[3].cast_signed() },
        _ => CallStop::Elsewhere,
    })
}

/// `PTRACE_GETEVENTMSG`.
fn message(thread: Pid) -> Option<i32> {
    let mut message: libc::c_ulong = 0;
    // SAFETY: the kernel writes one unsigned long to `message`, which is one.
    let done = unsafe {
        libc::ptrace(
            libc::PTRACE_GETEVENTMSG as Request,
            raw(thread),
            null_mut::<u8>(),
            (&raw mut message).cast::<u8>(),
        )
    };
    (done == 0).then(|| i32::try_from(message).ok()).flatten()
}

#[cfg(target_env = "musl")]
type Request = libc::c_int;
#[cfg(not(target_env = "musl"))]
type Request = libc::c_uint;

/// `PTRACE_GET_SYSCALL_INFO`, which libc has for glibc only.
const GET_SYSCALL_INFO: Request = 0x420e;

fn raw(thread: Pid) -> RawPid {
    thread.as_raw_nonzero().get()
}

/// A request without an address whose data is an integer.
fn request(request: Request, thread: Pid, data: usize) -> Result<(), Errno> {
    // SAFETY: the callers' requests take their data as an integer: no memory of ours is read or written.
    let done = unsafe { libc::ptrace(request, raw(thread), null_mut::<u8>(), without_provenance_mut::<u8>(data)) };
    if done < 0 { Err(super::readdir::last_errno()) } else { Ok(()) }
}
