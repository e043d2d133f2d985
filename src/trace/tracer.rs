//! Watches by ptrace(2): a thread of ours is the tracer, and is told of each call as it begins and as it returns.
//!
//! It begins with PTRACE_SEIZE, which stops nothing by itself and tells a group-stop from a signal. It ends by ending
//! the thread: the kernel then lets go of all that it traced, wherever they are.

use super::accounts::{Accounts, Return, Trace};
use super::name;
use super::ring::threads;
use super::scope::{Method, Refused, Scope, Start};
use crate::error::reason;
use crate::sys::ptrace::{self, CallStop, Event, Resume};
use rustix::io::Errno;
use rustix::process::Pid;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// A process being traced.
pub(super) struct Tracer {
    thread: JoinHandle<io::Result<Traced>>,
}

/// What was seen of it.
pub(super) struct Traced {
    pub(super) trace: Trace,
    /// How the process ended, as wait(2) says it, if it did while it was traced: nobody else can wait for it any more.
    pub(super) status: Option<i32>,
}

impl Tracer {
    /// Traces from now on, or from the process's next execve on.
    pub(super) fn attach(process: Pid, scope: Scope) -> Result<Self, Refused> {
        if scope.start == Start::Now {
            Refused::without_proc()?;
        }
        let (ready, attached) = channel();
        let trace = move || Tracing::new(process, scope).run(scope.start, &ready);
        let thread = thread::Builder::new().spawn(trace).map_err(|error| Refused::no_thread(&error))?;
        match attached.recv() {
            Ok(Ok(())) => Ok(Self { thread }),
            Ok(Err(Errno::SRCH)) => Err(Refused("the process ended before it could be traced".to_owned())),
            Ok(Err(errno)) => Err(Refused(format!("ptrace is not allowed here: {}", reason(&errno.into())))),
            Err(_) => Err(Refused("the process ended before it could be traced".to_owned())),
        }
    }

    /// Waits until the window is over or the process has ended, and says what was seen.
    ///
    /// # Errors
    /// When it ended before the window was over, or the kernel tells too little.
    pub(super) fn finish(self) -> io::Result<Traced> {
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the tracing thread panicked")))
    }
}

struct Tracing {
    process: Pid,
    accounts: Accounts,
    /// The call that each thread is in.
    begun: HashMap<Pid, i64>,
    status: Option<i32>,
    until: Option<Instant>,
}

impl Tracing {
    fn new(process: Pid, scope: Scope) -> Self {
        let accounts = Accounts::new(scope.window);
        Self { process, accounts, begun: HashMap::new(), status: None, until: scope.until }
    }

    fn run(mut self, start: Start, ready: &Sender<Result<(), Errno>>) -> io::Result<Traced> {
        let attached = match start {
            Start::AtExec => ptrace::seize(self.process),
            Start::Now => self.attach_all(),
        };
        let failed = attached.is_err();
        let _ = ready.send(attached);
        while !failed && self.status.is_none() && !self.accounts.gate.is_over() {
            if self.until.is_some_and(|until| Instant::now() > until) {
                return Err(io::Error::other("by ptrace it takes longer than the time limit"));
            }
            match ptrace::wait() {
                Ok(Some((thread, event))) => self.step(thread, event)?,
                Ok(None) => break,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        if !self.accounts.gate.is_complete() {
            return Err(io::Error::other("the worker marked no listing (two calls of getppid)"));
        }
        Ok(Traced { trace: self.accounts.close(Method::Ptrace, 0), status: self.status })
    }

    /// Seizes every thread, and returns when each has been stopped and sent on to its next call. It fails only if there
    /// is none that it could seize.
    fn attach_all(&mut self) -> Result<(), Errno> {
        let mut seized = HashSet::new();
        let mut refused = None;
        loop {
            let listed = threads(self.process).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::SRCH))?;
            let mut awaited = HashSet::new();
            for thread in listed.into_iter().filter(|thread| !seized.contains(thread)) {
                match ptrace::seize(thread).and_then(|()| ptrace::interrupt(thread)) {
                    Ok(()) => drop(awaited.insert(thread)),
                    // It has ended (EPERM while it is not reaped: a first thread stays so until the last has ended), or
                    // it was started by one that is seized already, and so is it. Or we may not: then it is so of all.
                    Err(errno @ (Errno::SRCH | Errno::PERM)) => refused = Some(errno),
                    Err(errno) => return Err(errno),
                }
            }
            if awaited.is_empty() {
                return match refused {
                    Some(errno) if seized.is_empty() => Err(errno),
                    _ => Ok(()),
                };
            }
            seized.extend(awaited.iter().copied());
            while !awaited.is_empty() {
                let Some((thread, event)) = ptrace::wait()? else { return Err(Errno::SRCH) };
                awaited.remove(&thread);
                self.step(thread, event).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
            }
        }
    }

    /// Takes note of an event, and lets the thread go on.
    fn step(&mut self, thread: Pid, event: Event) -> io::Result<()> {
        let how = match event {
            Event::Ended(status) => {
                self.begun.remove(&thread);
                if thread == self.process {
                    self.status = Some(status);
                }
                return Ok(());
            }
            Event::Call => {
                self.call(thread)?;
                Resume::ToCall(0)
            }
            Event::Exec { formerly } => {
                // A thread that executes a program becomes the process's first, whatever it was called before. What it
                // is in is an execve; of a process that was held until now, the entry was not seen.
                let begun = Pid::from_raw(formerly).and_then(|formerly| self.begun.remove(&formerly));
                self.begun.insert(thread, begun.unwrap_or(name::EXECVE));
                Resume::ToCall(0)
            }
            Event::Trapped | Event::Started => Resume::ToCall(0),
            Event::Signal(signal) => Resume::ToCall(signal),
            Event::GroupStop => Resume::Listen,
        };
        match ptrace::resume(thread, how) {
            // Killed meanwhile: its end is still to be told.
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    fn call(&mut self, thread: Pid) -> io::Result<()> {
        match ptrace::call_stop(thread) {
            Ok(CallStop::Entry { number }) => drop(self.begun.insert(thread, number)),
            Ok(CallStop::Exit { value }) => {
                if let Some(number) = self.begun.remove(&thread)
                    && self.accounts.gate.admits(number)
                {
                    self.accounts.enter(Return { number, value, latency_ns: None });
                }
            }
            Ok(CallStop::Elsewhere) | Err(Errno::SRCH) => {}
            Err(Errno::IO) => return Err(io::Error::other("ptrace tells a call's number only from Linux 5.3 on")),
            Err(errno) => return Err(errno.into()),
        }
        Ok(())
    }
}
