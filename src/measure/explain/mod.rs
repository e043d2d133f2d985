//! Why a listing is slow, and what would help: the facts of a tree or of a command, their causes, and remedies.
//!
//! ```text
//! tree    -> facts -> diagnosis -> remedy (measured by a session, or predicted)  -> Explanation
//! command -> trace -> command                                                    -> Explanation
//! ```
//!
//! `facts` and `lookups` are all that asks; `diagnosis` and `command` are functions of what was found, and tests feed them.

pub mod command;
pub mod diagnosis;
pub mod facts;
pub mod lookups;
pub mod remedy;

use super::environment::Environment;
use super::path_text::PathText;
use crate::strategy::Level;
use crate::trace::Trace;
use crate::trace::profile::Profile;
use serde::{Deserialize, Serialize};

/// The version of the format. It grows when a field changes its meaning or goes.
pub const EXPLANATION_SCHEMA: u32 = 1;

/// An explanation, with what is needed to judge it. Serialises to the JSON of `--format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// [`EXPLANATION_SCHEMA`].
    pub schema: u32,
    /// The version of fsbench.
    pub fsbench: String,
    /// The command as typed.
    pub command: Vec<String>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The machine.
    pub environment: Environment,
    /// What is explained.
    pub subject: Subject,
    /// What would help, the best last.
    pub remedies: Vec<remedy::Remedy>,
    /// Why no remedy was measured, if none was.
    pub unmeasured: Option<String>,
}

/// What is explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A tree.
    Tree {
        /// Its root, as it was named.
        root: PathText,
        /// How it is listed.
        level: Level,
        /// What was found.
        facts: Box<facts::TreeFacts>,
        /// Where the time of a listing goes that looks every entry up.
        parts: diagnosis::Parts,
        /// Why, the largest share first.
        causes: Vec<diagnosis::Cause>,
        /// What such a listing took, median, nanoseconds; `None` if none was measured.
        listing_ns: Option<f64>,
    },
    /// A command.
    Command {
        /// Its words.
        words: Vec<PathText>,
        /// Its exit status; `None` if a signal ended it.
        exit_status: Option<i32>,
        /// Its calls.
        trace: Trace,
        /// Its times.
        times: command::Times,
        /// Where processor time went; `None` if it was not sampled.
        profile: Option<Profile>,
        /// Why it was not.
        unprofiled: Option<String>,
        /// Its calls by what they are for, the longest first.
        classes: Vec<command::Spent>,
        /// What stands out.
        signs: Vec<command::Sign>,
    },
}

#[cfg(test)]
mod tests {
    use super::facts::{Largest, TreeFacts};
    use super::lookups::Lookups;

    /// A warm directory with nothing wrong.
    pub(super) fn facts() -> TreeFacts {
        TreeFacts {
            file_system: "ext4".to_owned(),
            entries: 100_000,
            directories: 0,
            whole: true,
            unreadable: 0,
            unknown_types: 0,
            largest: Largest {
                path: None,
                entries: 100_000,
                size_bytes: 4 << 20,
                indexed: Some(true),
                ..Largest::default()
            },
            disorder: 1.0,
            directory_bytes: 4 << 20,
            depth: 3,
            read_ns: 30e6,
            read_again_ns: 30e6,
            read_bytes: Some(0),
            lookups: Some(Lookups {
                number: 40,
                failed: 0,
                from_storage: 0,
                first_ns: 1000.0,
                first_number: 100_000,
                again_ns: 800.0,
                again_number: 100_000,
                processor_ns: 800.0,
                absolute_ns: 1000.0,
                together_ns: 600.0,
            }),
            profile: None,
            unprofiled: None,
        }
    }
}
