//! Our end of a worker's pipe: starts the process, asks, waits for the answer or a signal, ends it when dropped.

use super::protocol::{Answer, Request};
use crate::interrupt::{Interrupt, Interrupted};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// How a worker is started, and how long it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// When one of its processes makes room for the next.
    pub renewal: Renewal,
}

/// How long one process of a worker serves.
///
/// Two processes of one program that do the same differ: by where their pages lie, by the core they were put on. Over 250
/// rounds of a 3 ms listing, pairs of processes of the same strategy differed by up to 2 %, and no number of rounds makes
/// that smaller. With a new process for each sample it becomes part of the spread that the interval shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// A new process for each sample.
    EachSample,
    /// One process for the whole session: a runtime that compiles as it goes would never get warm otherwise.
    Never,
}

impl Program {
    /// `fsbench worker`, of the fsbench at `path`.
    pub fn fsbench(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), arguments: vec!["worker".into()], renewal: Renewal::EachSample }
    }
}

/// A worker process.
pub struct Worker {
    child: Child,
    requests: Option<ChildStdin>,
    answers: ChildStdout,
    /// What was read past the last answer.
    pending: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// A signal asked us to end.
    Interrupted(Interrupted),
    /// The worker ended, or said what is no answer: in words.
    Broken(String),
}

impl Worker {
    /// Starts one. It dies with the calling thread at the latest.
    ///
    /// # Errors
    /// fork(2)'s and execve(2)'s.
    pub fn start(program: &Program) -> io::Result<Self> {
        let mut child = Command::new(&program.path)
            .args(&program.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A group of its own: a command that it runs ends with it.
            .process_group(0)
            .spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(requests), Some(answers)) => {
                Ok(Self { child, requests: Some(requests), answers, pending: Vec::new() })
            }
            _ => Err(io::Error::other("no pipe to the worker")),
        }
    }

    /// Its process id, if it could be one.
    pub fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// When a signal comes first, or the worker breaks.
    pub fn ask(&mut self, request: &Request, interrupt: &Interrupt) -> Result<Answer, NoAnswer> {
        let mut line = serde_json::to_vec(request).map_err(|error| NoAnswer::Broken(error.to_string()))?;
        line.push(b'\n');
        let written = self.requests.as_mut().map(|requests| requests.write_all(&line));
        if !matches!(written, Some(Ok(()))) {
            return Err(self.broken(interrupt));
        }
        let line = self.read_line(interrupt)?;
        serde_json::from_slice(&line)
            .map_err(|error| NoAnswer::Broken(format!("the worker answered nonsense: {error}")))
    }

    fn read_line(&mut self, interrupt: &Interrupt) -> Result<Vec<u8>, NoAnswer> {
        loop {
            if let Some(end) = self.pending.iter().position(|&byte| byte == b'\n') {
                let rest = self.pending.split_off(end + 1);
                return Ok(std::mem::replace(&mut self.pending, rest));
            }
            let signal = interrupt.fd();
            let mut waited = [PollFd::new(&self.answers, PollFlags::IN), PollFd::new(&signal, PollFlags::IN)];
            match poll(&mut waited, None) {
                Err(Errno::INTR) | Ok(_) => interrupt.check().map_err(NoAnswer::Interrupted)?,
                Err(errno) => return Err(NoAnswer::Broken(format!("poll: {errno}"))),
            }
            if waited[0].revents().is_empty() {
                continue;
            }
            let mut chunk = [0; 4096];
            match self.answers.read(&mut chunk) {
                Ok(0) => return Err(self.broken(interrupt)),
                Ok(length) => self.pending.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(NoAnswer::Broken(format!("read from the worker: {error}"))),
            }
        }
    }

    /// The worker is gone: why. Ctrl-C reaches it as it reaches us, and may be seen there first.
    fn broken(&mut self, interrupt: &Interrupt) -> NoAnswer {
        let how = match self.child.wait() {
            Ok(status) => format!("the worker ended ({status})"),
            Err(error) => format!("the worker ended: {error}"),
        };
        match interrupt.check() {
            Err(interrupted) => NoAnswer::Interrupted(interrupted),
            Ok(()) => NoAnswer::Broken(how),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The end of its input asks it to go; a listing under way is not waited for.
        self.requests = None;
        if let Some(group) = self.pid() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
