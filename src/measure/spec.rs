//! A command to measure: its words, what runs around it, and what can be read from its output.

use super::path_text::PathText;
use super::step::Steps;
use serde::{Deserialize, Serialize};

/// A command, and what its output says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The program, and its arguments; `{}` in them is the root.
    pub words: Vec<PathText>,
    /// What can be read from its output.
    pub output: Output,
    /// What runs before and after it.
    pub steps: Steps,
    /// What a failure of it means.
    pub failures: Failures,
    /// Where what it prints goes.
    pub shown: Shown,
    /// The directory that it and its steps run in; `None` for the root directory.
    pub dir: Option<PathText>,
    /// How many threads it is told to use, where its words tell it.
    pub threads: Option<usize>,
    /// Why its figures say little of the program as people use it today, if it is too old.
    pub outdated: Option<String>,
}

impl Spec {
    /// A command that nothing runs around, whose failure is one, and whose output nobody sees.
    pub fn new(words: Vec<PathText>, output: Output) -> Self {
        let (steps, failures, shown) = (Steps::default(), Failures::Judged, Shown::Nowhere);
        Self { words, output, steps, failures, shown, dir: None, threads: None, outdated: None }
    }
}

/// What it means that a command ends with another status than 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failures {
    /// It did not do its work, unless the oracle met errors too.
    Judged,
    /// Nothing: its status is told.
    Ignored,
}

/// Where what a command prints goes while the clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// To /dev/null.
    Nowhere,
    /// To standard error: standard output is the table's.
    OnStderr,
}

/// What can be read from a command's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Paths, each ended by a NUL, after so many fields that end in a blank or a tab.
    Paths {
        /// How many.
        fields: usize,
    },
    /// The paths of regular files only.
    Files,
    /// `ls -R --zero`: for each directory `PATH:`, a newline, and names that each end in a NUL.
    Sections,
    /// A line that begins with the number of entries.
    Total,
    /// The first number is the room that all take together on the disk, as `du -s` says it.
    Usage {
        /// In units of so many bytes.
        unit: u64,
    },
    /// The last line begins with that room in bytes; the lines before it are parts.
    UsageTotal,
    /// Lines or NUL-ended items that may be paths: the command is a user's.
    Guess,
    /// Nothing.
    Nothing,
}

/// What a case was held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerifiedBy {
    /// Tally and digest.
    Digest,
    /// The tally: its worker computes no digest.
    Tally,
    /// Nothing: it lists nothing.
    Nothing,
}
