//! Traces a command from its execve to its end.

use super::accounts::Trace;
use super::profile::{OfProcess, Profile};
use super::scope::{Choice, Detail, Refused, Scope, Start};
use super::watch::Watch;
use super::window::Window;
use crate::error::Error;
use crate::interrupt::{Interrupt, Interrupted};
use crate::sys::held::Held;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, waitid};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

/// What became of a command.
#[derive(Debug)]
pub struct Ran {
    /// Its calls, and those of all that it started, until it ended.
    pub trace: Trace,
    /// How it ended.
    pub status: ExitStatus,
    /// Why tracepoints, which also tell times, were not used.
    pub fallback: Option<Refused>,
    /// Where processor time went, or why that is not known; `None` if it was not asked.
    pub profile: Option<Result<Profile, Refused>>,
    /// From its execve to its end.
    pub wall: Duration,
    /// The signal that we got and passed on, which ended it early.
    pub interrupted: Option<Interrupted>,
}

/// Why a command has no trace.
#[derive(Debug)]
pub enum Unseen {
    /// It cannot be watched here, and was not run.
    Refused(Refused),
    /// It could not be run, or not be waited for.
    Failed(Error),
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => write!(f, "{refused}"),
            Self::Failed(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Unseen {}

/// How long a command may take to end after a signal asked us to.
const GRACE: Duration = Duration::from_secs(2);

/// Whether a command is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampled {
    /// It is not.
    No,
    /// What its processors are doing is sampled, where that is allowed.
    Yes,
}

/// Runs a command to its end. A signal that asks us to end is passed on, and what was seen until then is kept.
///
/// # Errors
/// When it cannot be run or watched.
pub fn run(command: Command, choice: Choice, sampled: Sampled, interrupt: &Interrupt) -> Result<Ran, Unseen> {
    let program = PathBuf::from(command.get_program());
    let failed = |call: &'static str| move |error: io::Error| Unseen::Failed(Error::new(call, &program, error));
    let held = Held::new(command).map_err(failed.clone()("fork"))?;
    let pid = held.pid();
    // While it is held it cannot have been waited for: the descriptor is of this process, whoever waits first.
    let process = Process::new(pid);
    let scope = Scope { start: Start::AtExec, window: Window::Whole, detail: Detail::Latencies, until: None };
    let watch = Watch::attach(choice, pid, scope).map_err(Unseen::Refused)?;
    let clock = (sampled == Sampled::Yes).then(|| match &watch.fallback {
        None => OfProcess::attach(pid),
        Some(_) => Err(Refused("a command that ptrace(2) stops at each call is not sampled".to_owned())),
    });
    let start = Instant::now();
    let mut started = held.release().map_err(failed.clone()("execve"))?;
    let interrupted = wait(&process, interrupt).map_err(|errno| failed.clone()("poll")(errno.into()))?;
    let wall = start.elapsed();
    let profile = clock.map(|clock| clock.and_then(OfProcess::finish));
    let fallback = watch.fallback.clone();
    let seen = watch.finish().map_err(failed.clone()("trace"))?;
    let status = match seen.status {
        Some(status) => ExitStatus::from_raw(status),
        None => started.child.wait().map_err(failed("wait"))?,
    };
    Ok(Ran { trace: seen.trace, status, fallback, profile, wall, interrupted })
}

/// A child whose end is waited for.
struct Process {
    pid: Pid,
    /// Readable when it has ended; `None` where there is no such descriptor (before Linux 5.3, or behind a filter).
    fd: Option<OwnedFd>,
}

/// How often a process is asked whether it has ended where it does not say so itself.
const ASKED_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };

impl Process {
    fn new(pid: Pid) -> Self {
        Self { pid, fd: pidfd_open(pid, PidfdFlags::empty()).ok() }
    }

    /// Whether it has ended. Its status stays to be waited for.
    fn has_ended(&self) -> Result<bool, Errno> {
        match waitid(WaitId::Pid(self.pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT) {
            Ok(status) => Ok(status.is_some()),
            // Its tracer has waited for it.
            Err(Errno::CHILD) => Ok(true),
            Err(errno) => Err(errno),
        }
    }

    /// Waits until it has ended, `signal` can be read or that much time is up; whether it has ended.
    fn wait(&self, signal: Option<BorrowedFd<'_>>, time: Option<Duration>) -> Result<bool, Errno> {
        let until = time.map(|time| Instant::now() + time);
        loop {
            if self.fd.is_none() && self.has_ended()? {
                return Ok(true);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            let left = left.map(|left| Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() });
            let fds = self.fd.as_ref().map(AsFd::as_fd).into_iter().chain(signal);
            let mut waited: Vec<PollFd<'_>> = fds.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
            let timeout = if self.fd.is_some() { left } else { Some(ASKED_EVERY) };
            let ready = match poll(&mut waited, timeout.as_ref()) {
                Ok(ready) => ready,
                Err(Errno::INTR) => 0,
                Err(errno) => return Err(errno),
            };
            if ready > 0 {
                return Ok(self.fd.is_some() && waited.first().is_some_and(|fd| !fd.revents().is_empty()));
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                return Ok(false);
            }
        }
    }
}

/// Waits for a process's end, or for a signal to us and then for its end.
fn wait(process: &Process, interrupt: &Interrupt) -> Result<Option<Interrupted>, Errno> {
    let interrupted = loop {
        if process.wait(Some(interrupt.fd()), None)? {
            return Ok(None);
        }
        if let Err(interrupted) = interrupt.check() {
            break interrupted;
        }
    };
    // Ctrl-C reaches it as it reaches us; what was sent to us alone is passed on.
    let passed_on = match i32::from(interrupted.signal) {
        libc::SIGTERM => Some(Signal::TERM),
        libc::SIGHUP => Some(Signal::HUP),
        _ => None,
    };
    if let Some(signal) = passed_on {
        let _ = kill_process(process.pid, signal);
    }
    if !process.wait(None, Some(GRACE)).unwrap_or(false) {
        let _ = kill_process(process.pid, Signal::KILL);
        process.wait(None, None)?;
    }
    Ok(Some(interrupted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeping(seconds: &str) -> std::process::Child {
        Command::new("sleep").arg(seconds).spawn().unwrap()
    }

    #[test]
    fn a_process_is_waited_for_with_a_descriptor_of_it_and_without() {
        for has_fd in [true, false] {
            let mut child = sleeping("0.05");
            let mut process = Process::new(Pid::from_child(&child));
            process.fd = process.fd.filter(|_| has_fd);
            assert_eq!(process.wait(None, Some(Duration::from_millis(1))), Ok(false), "{has_fd}");
            assert_eq!(process.wait(None, None), Ok(true), "{has_fd}");
            assert_eq!(process.wait(None, Some(GRACE)), Ok(true), "{has_fd}: still");
            assert!(child.wait().unwrap().success(), "{has_fd}: nobody has taken its status");
            assert_eq!(process.has_ended(), Ok(true), "{has_fd}: nor is it missed once somebody has");
        }
    }

    #[test]
    fn what_is_waited_for_beside_it_is_seen_too() {
        for has_fd in [true, false] {
            let mut child = sleeping("5");
            let mut process = Process::new(Pid::from_child(&child));
            process.fd = process.fd.filter(|_| has_fd);
            let (reader, mut writer) = io::pipe().unwrap();
            io::Write::write_all(&mut writer, b"!").unwrap();
            assert_eq!(process.wait(Some(reader.as_fd()), None), Ok(false), "{has_fd}");
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}
