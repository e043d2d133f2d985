//! Choosing a way to watch, and watching.

use super::accounts::Trace;
use super::recorder::Recorder;
use super::tracer::Tracer;
use super::window::Window;
use rustix::process::Pid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::time::Instant;

/// How system calls are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Kernel tracepoints, recorded by perf.
    Tracepoints,
    /// Every call stops its thread twice.
    Ptrace,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tracepoints => "kernel tracepoints",
            Self::Ptrace => "ptrace",
        })
    }
}

/// Which way the user wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// Tracepoints where they are allowed, else ptrace
    #[default]
    Auto,
    /// Kernel tracepoints or nothing
    Tracepoints,
    /// ptrace: counts only
    Ptrace,
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At once.
    Now,
    /// When the process executes a program: its execve is the first call seen.
    AtExec,
}

/// How much is recorded, where the way allows a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Returns.
    Counts,
    /// Entries too.
    Latencies,
}

/// What is watched of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// From when on.
    pub start: Start,
    /// Which calls count.
    pub window: Window,
    /// How much is recorded.
    pub detail: Detail,
    /// When ptrace gives up and lets the process run: it makes a call some fifty times as long.
    pub until: Option<Instant>,
}

/// Why a process cannot be watched: in words, with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// The system allows no thread to watch from.
    pub(super) fn no_thread(error: &io::Error) -> Self {
        Self(format!("no thread can be started to watch from: {error}"))
    }
}

/// A process being watched.
pub struct Watch {
    by: By,
    /// Why it is not watched the better way.
    pub fallback: Option<Refused>,
}

enum By {
    Recorder(Recorder),
    Tracer(Tracer),
}

/// What was seen.
pub struct Seen {
    /// The calls.
    pub trace: Trace,
    /// How the process ended, as wait(2) says it, if the watcher waited for it.
    pub status: Option<i32>,
}

impl Watch {
    /// Watches `process`, all its threads and children.
    ///
    /// # Errors
    /// Why no chosen way is possible.
    pub fn attach(choice: Choice, process: Pid, scope: Scope) -> Result<Self, Refused> {
        let mut fallback = None;
        if choice != Choice::Ptrace {
            match Recorder::attach(process, scope) {
                Ok(recorder) => return Ok(Self { by: By::Recorder(recorder), fallback }),
                Err(refused) if choice == Choice::Tracepoints => return Err(refused),
                Err(refused) => fallback = Some(refused),
            }
        }
        match Tracer::attach(process, scope) {
            Ok(tracer) => Ok(Self { by: By::Tracer(tracer), fallback }),
            Err(refused) => Err(match fallback {
                Some(first) if first != refused => Refused(format!("{first}; {refused}")),
                _ => refused,
            }),
        }
    }

    /// Whether nothing more will be seen. Recording goes on until [`Watch::finish`].
    pub fn is_finished(&self) -> bool {
        match &self.by {
            By::Recorder(_) => false,
            By::Tracer(tracer) => tracer.is_finished(),
        }
    }

    /// Ends the recording; or waits for the traced window, or process, to end.
    ///
    /// # Errors
    /// When what was seen is not what was to be seen: in words.
    pub fn finish(self) -> io::Result<Seen> {
        match self.by {
            By::Recorder(recorder) => recorder.finish().map(|trace| Seen { trace, status: None }),
            By::Tracer(tracer) => tracer.finish().map(|traced| Seen { trace: traced.trace, status: traced.status }),
        }
    }
}
