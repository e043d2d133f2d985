//! System calls by name.

use std::borrow::Cow;
use syscalls::Sysno;

/// The name of a call of this architecture; `syscall_471` for one younger than the table.
pub(super) fn of(number: i64) -> Cow<'static, str> {
    match usize::try_from(number).ok().and_then(Sysno::new) {
        Some(call) => call.name().into(),
        None => format!("syscall_{number}").into(),
    }
}

/// rt_sigreturn(2): when it has returned, the registers are those of before the signal, and no longer hold its number: -1.
pub(super) fn returned(number: i64) -> i64 {
    if number == -1 { i64::from(Sysno::rt_sigreturn.id()) } else { number }
}

/// The call that programs begin with.
pub(super) const EXECVE: i64 = Sysno::execve as i64;

/// Whether a call returns twice, the second time in a new thread or process.
pub(super) fn starts_another(number: i64) -> bool {
    #[cfg(target_arch = "x86_64")]
    if number == Sysno::fork as i64 || number == Sysno::vfork as i64 {
        return true;
    }
    number == Sysno::clone as i64 || number == Sysno::clone3 as i64
}

/// Whether a call may be the death of the thread that makes it.
pub(super) fn may_kill_its_caller(number: i64) -> bool {
    [Sysno::kill, Sysno::tkill, Sysno::tgkill, Sysno::pidfd_send_signal].iter().any(|call| *call as i64 == number)
}

/// What a worker marks the beginning and the end of its listing with: see [`super::window`].
pub(super) const MARK: i64 = Sysno::getppid as i64;

/// Its value is the number of operations that were submitted.
pub(super) const URING_ENTER: i64 = Sysno::io_uring_enter as i64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_the_names_that_strace_gives_them() {
        assert_eq!(of(Sysno::getdents64 as i64), "getdents64");
        assert_eq!(of(Sysno::newfstatat as i64), "newfstatat");
        assert_eq!(of(9999), "syscall_9999");
        assert_eq!(of(returned(-1)), "rt_sigreturn");
    }
}
