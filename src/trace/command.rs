//! A command, watched from its execve to its end.

use super::accounts::Trace;
use super::watch::{Choice, Detail, Refused, Scope, Start, Watch};
use super::window::Window;
use crate::error::Error;
use crate::interrupt::{Interrupt, Interrupted};
use crate::sys::held::Held;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

/// What became of a command.
#[derive(Debug)]
pub struct Ran {
    /// Its calls, and those of all that it started, until it ended.
    pub trace: Trace,
    /// How it ended.
    pub status: ExitStatus,
    /// Why it was not watched the better way.
    pub fallback: Option<Refused>,
    /// The signal that ended it by way of us: it was not done.
    pub interrupted: Option<Interrupted>,
}

/// Why there is nothing to say of a command.
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

/// How long a command may take to end after a signal asked us to, in seconds.
const GRACE: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };

/// Runs a command to its end. A signal that asks us to end is passed on, and what was seen until then is kept.
///
/// # Errors
/// When it cannot be run or watched.
pub fn run(command: Command, choice: Choice, interrupt: &Interrupt) -> Result<Ran, Unseen> {
    let program = PathBuf::from(command.get_program());
    let failed = |call: &'static str| move |error: io::Error| Unseen::Failed(Error::new(call, &program, error));
    let held = Held::new(command).map_err(failed.clone()("fork"))?;
    let pid = held.pid();
    // While it is held it cannot have been waited for: the descriptor is of this process, whoever waits first.
    let process = pidfd_open(pid, PidfdFlags::empty()).map_err(|errno| failed.clone()("pidfd_open")(errno.into()))?;
    let scope = Scope { start: Start::AtExec, window: Window::Whole, detail: Detail::Latencies, until: None };
    let watch = Watch::attach(choice, pid, scope).map_err(Unseen::Refused)?;
    let mut started = held.release().map_err(failed.clone()("execve"))?;
    let interrupted = wait(process.as_fd(), pid, interrupt).map_err(|errno| failed.clone()("poll")(errno.into()))?;
    let fallback = watch.fallback.clone();
    let seen = watch.finish().map_err(failed.clone()("trace"))?;
    let status = match seen.status {
        Some(status) => ExitStatus::from_raw(status),
        None => started.child.wait().map_err(failed("wait"))?,
    };
    Ok(Ran { trace: seen.trace, status, fallback, interrupted })
}

/// Waits for a process's end, or for a signal to us and then for its end.
fn wait(process: impl AsFd, pid: Pid, interrupt: &Interrupt) -> Result<Option<Interrupted>, Errno> {
    let signal = interrupt.fd();
    let interrupted = loop {
        let mut waited = [PollFd::new(&process, PollFlags::IN), PollFd::new(&signal, PollFlags::IN)];
        match poll(&mut waited, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
        if !waited[0].revents().is_empty() {
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
        let _ = kill_process(pid, signal);
    }
    let ended = |grace: Option<&Timespec>| {
        let mut waited = [PollFd::new(&process, PollFlags::IN)];
        poll(&mut waited, grace).map(|ready| ready > 0)
    };
    if !ended(Some(&GRACE)).unwrap_or(false) {
        let _ = kill_process(pid, Signal::KILL);
        ended(None)?;
    }
    Ok(Some(interrupted))
}
