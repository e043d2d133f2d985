//! The result of `fsbench trace`, with what is needed to judge it. Serialises to the JSON of `--format json`.

use super::environment::Environment;
use super::path_text::PathText;
use crate::list::Want;
use crate::strategy::Level;
use crate::trace::Trace;
use serde::{Deserialize, Serialize};

/// The version of this format. It grows when a field changes its meaning or goes.
pub const TRACED_SCHEMA: u32 = 1;

/// A trace and its circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Traced {
    /// [`TRACED_SCHEMA`].
    pub schema: u32,
    /// The version of fsbench.
    pub fsbench: String,
    /// The command as typed.
    pub command: Vec<String>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The machine.
    pub environment: Environment,
    /// What was watched.
    pub subject: Subject,
    /// Why it was not watched through kernel tracepoints, if they were not ruled out by the user.
    pub fallback: Option<String>,
    /// The calls.
    pub trace: Trace,
}

/// What was watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// One listing by a strategy, in a worker that has listed it once before.
    Listing {
        /// The strategy's name.
        strategy: String,
        /// What each entry was asked for.
        want: Want,
        /// How many threads it might use.
        threads: usize,
        /// Where it started, as it was named.
        root: PathText,
        /// How much of it was listed.
        level: Level,
        /// What it is, where fsbench made it.
        shape: Option<String>,
        /// How many entries it saw.
        entries: u64,
    },
    /// A command, from its execve to its end.
    Command {
        /// The program and its arguments.
        words: Vec<PathText>,
        /// Its exit status; `None` if a signal ended it.
        exit_status: Option<i32>,
    },
}

impl Subject {
    /// How many entries were listed, where that is known.
    pub fn entries(&self) -> Option<u64> {
        match self {
            Self::Listing { entries, .. } => Some(*entries),
            Self::Command { .. } => None,
        }
    }
}
