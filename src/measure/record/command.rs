//! A command in a record: what was run, and what ran around it.

use crate::error::Escaped;
use crate::measure::path_text::PathText;
use crate::measure::process::OURSELVES;
use crate::measure::spec::{Shown, Spec};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A command that was run. Of each program only the name is kept: where it lies is private.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// Its words, `{}` for the root.
    pub words: Vec<String>,
    /// Its version, as it says it.
    pub version: Option<String>,
    /// Whether its words tell it how many threads to use: the case says how many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_threads: bool,
    /// Why its figures say little of the program as people use it today, if it is too old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outdated: Option<String>,
    /// What was run once before its first run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup: Option<Vec<String>>,
    /// What was run before each run, off the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepare: Option<Vec<String>>,
    /// What was run once after its last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleanup: Option<Vec<String>>,
    /// How `cleanup` failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclean: Option<String>,
    /// How it ended when it was verified, if not well, and that was to be ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
    /// Whether what it printed went to standard error while the clock ran, in place of /dev/null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows_output: bool,
}

impl CommandRecord {
    pub(in crate::measure) fn new(spec: &Spec, version: Option<String>) -> Self {
        let step = |words: &Option<Vec<PathText>>| words.as_deref().map(shortened);
        Self {
            words: shortened(&spec.words),
            version,
            takes_threads: spec.threads.is_some(),
            outdated: spec.outdated.clone(),
            setup: step(&spec.steps.setup),
            prepare: step(&spec.steps.prepare),
            cleanup: step(&spec.steps.cleanup),
            unclean: None,
            ignored: None,
            shows_output: spec.shown == Shown::OnStderr,
        }
    }
}

/// A command's words, the program by its name alone.
fn shortened(words: &[PathText]) -> Vec<String> {
    let mut words: Vec<String> = words.iter().map(|word| Escaped(&PathBuf::from(word)).to_string()).collect();
    if let Some(program) = words.first_mut() {
        let is_ours = program == OURSELVES;
        *program =
            if is_ours { "fsbench".to_owned() } else { program.rsplit('/').next().unwrap_or_default().to_owned() };
    }
    words
}
