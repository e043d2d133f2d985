//! wait4(2): waiting for one child, and what it used. std waits without asking, and getrusage(2) for children keeps the
//! largest peak of all that ever were.

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

/// What a child used, its own children that it waited for included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// Nanoseconds in user mode.
    pub user_ns: u64,
    /// Nanoseconds in the kernel.
    pub sys_ns: u64,
    /// The most memory resident at once, bytes; at least what its parent had when it forked.
    pub peak_bytes: u64,
    /// Page faults served without reading.
    pub minor_faults: u64,
    /// Page faults that read.
    pub major_faults: u64,
    /// Switches because it waited.
    pub voluntary_switches: u64,
    /// Switches because another one's turn had come.
    pub involuntary_switches: u64,
    /// Bytes read from storage.
    pub read_bytes: u64,
}

/// Waits for `child` to end.
///
/// # Errors
/// wait4(2)'s.
pub(crate) fn wait(child: Child) -> io::Result<(ExitStatus, Used)> {
    let id = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY:
        // - `status` and `usage` live through the call, which writes to nothing else.
        // - The child is ours alone: the `Child` was given to us, and std waits for it only when asked.
        let waited = unsafe { libc::wait4(id, &raw mut status, 0, usage.as_mut_ptr()) };
        if waited == id {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // SAFETY:
    // - All zeroes is a valid rusage, and the kernel has filled it in.
    let usage = unsafe { usage.assume_init() };
    Ok((ExitStatus::from_raw(status), used(&usage)))
}

fn used(usage: &libc::rusage) -> Used {
    let count = |value: libc::c_long| u64::try_from(value).unwrap_or(0);
    let nanos = |time: libc::timeval| {
        u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_usec).unwrap_or(0) * 1000
    };
    Used {
        user_ns: nanos(usage.ru_utime),
        sys_ns: nanos(usage.ru_stime),
        peak_bytes: count(usage.ru_maxrss) * 1024,
        minor_faults: count(usage.ru_minflt),
        major_faults: count(usage.ru_majflt),
        voluntary_switches: count(usage.ru_nvcsw),
        involuntary_switches: count(usage.ru_nivcsw),
        read_bytes: count(usage.ru_inblock) * 512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_child_that_failed_says_so_and_what_it_used() {
        let child = Command::new("sh").args(["-c", "exit 3"]).spawn().unwrap();
        let (status, used) = wait(child).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(used.peak_bytes > 0 && used.minor_faults > 0, "{used:?}");
    }
}
