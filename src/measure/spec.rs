//! A command to measure: its words, and what can be read from its output.

use super::path_text::PathText;
use serde::{Deserialize, Serialize};

/// A command, and what its output says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The program, and its arguments; `{}` in them is the root.
    pub words: Vec<PathText>,
    /// What can be read from its output.
    pub output: Output,
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
