//! Options of a watch: the method, its start, the calls that count, the detail; and the reason if watching is refused.

use super::window::Window;
use crate::error::reason;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::time::Instant;

/// How system calls are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Kernel tracepoints, recorded by perf.
    Tracepoints,
    /// Every call stops its thread twice.
    Ptrace,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tracepoints => "kernel tracepoints",
            Self::Ptrace => "ptrace",
        })
    }
}

/// The method that the user chose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// Tracepoints if they are allowed, else ptrace
    #[default]
    Auto,
    /// Kernel tracepoints or nothing
    Tracepoints,
    /// ptrace: counts only
    Ptrace,
}

/// When watching begins.
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
    /// A process that runs cannot be watched where /proc does not tell its threads.
    pub(super) fn without_proc() -> Result<(), Self> {
        let told = std::fs::metadata("/proc/self/task");
        let why = |error| Self(format!("/proc is not mounted: stat '/proc/self/task': {}", reason(&error)));
        told.map(drop).map_err(why)
    }

    /// The system allows no thread to watch from.
    pub(super) fn no_thread(error: &io::Error) -> Self {
        Self(format!("no thread can be started to watch from: {}", reason(error)))
    }
}
