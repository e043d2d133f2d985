//! Steps around a command's runs: one sets up, one prepares each run, one cleans up.
//!
//! They run in the command's own worker: so a signal, a time limit and the end of fsbench reach them as they reach the
//! command. None of them is on the clock. No shell runs them, as none runs the command.

use super::path_text::PathText;
use super::spec::{Shown, Spec};
use crate::error::{Error, Escaped};
use rustix::fs::{MemfdFlags, memfd_create};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Once, before the command's first run.
    Setup,
    /// Before each of its runs.
    Prepare,
    /// Once, after its last run, however the session ends.
    Cleanup,
}

impl Step {
    /// The option that gives it.
    pub fn option(self) -> &'static str {
        match self {
            Self::Setup => "--setup",
            Self::Prepare => "--prepare",
            Self::Cleanup => "--cleanup",
        }
    }
}

/// The steps of a command: the words of each that there is. `{}` in them is the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// See [`Step::Setup`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup: Option<Vec<PathText>>,
    /// See [`Step::Prepare`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepare: Option<Vec<PathText>>,
    /// See [`Step::Cleanup`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleanup: Option<Vec<PathText>>,
}

impl Steps {
    /// The words of a step, if there is one.
    pub fn of(&self, step: Step) -> Option<&[PathText]> {
        match step {
            Step::Setup => self.setup.as_deref(),
            Step::Prepare => self.prepare.as_deref(),
            Step::Cleanup => self.cleanup.as_deref(),
        }
    }
}

/// Runs a step of `spec` to its end, if it has that step.
///
/// # Errors
/// How it failed: its option, its program, its status, and the first line that it complained in.
pub(super) fn run(step: Step, spec: &Spec, root: &[u8]) -> Result<(), String> {
    let Some(words) = spec.steps.of(step) else { return Ok(()) };
    let mut words = words.iter().map(|word| fill(word, root));
    let program = words.next().ok_or_else(|| format!("{}: no program", step.option()))?;
    let broken = |call: &'static str| {
        let program = program.clone();
        move |error: io::Error| format!("{}: {}", step.option(), Error::new(call, program, error))
    };
    let mut command = Command::new(&program);
    command.args(words).stdin(Stdio::null());
    if let Some(dir) = &spec.dir {
        command.current_dir(PathBuf::from(dir));
    }
    // Not a pipe: what the step leaves running would hold its other end, and we would wait for that.
    let mut complaints = None;
    match spec.shown {
        Shown::OnStderr => command.stdout(io::stderr()).stderr(Stdio::inherit()),
        Shown::Nowhere => {
            let kept = memfd_create("complaints", MemfdFlags::CLOEXEC).ok().map(File::from);
            let shared = kept.as_ref().and_then(|kept| kept.try_clone().ok());
            complaints = kept;
            command.stdout(Stdio::null()).stderr(shared.map_or_else(Stdio::null, Stdio::from))
        }
    };
    let status = command.status().map_err(broken("execve"))?;
    if status.success() {
        return Ok(());
    }
    let first = complaints.map_or_else(String::new, first_line);
    let first = if first.is_empty() { first } else { format!(": {first}") };
    Err(format!("{} '{}' ended with {status}{first}", step.option(), Escaped(Path::new(&program))))
}

/// The first line of a file that was written to.
fn first_line(mut file: File) -> String {
    let mut start = Vec::new();
    // What cannot be read is not told; the status is.
    let _ = file.rewind().and_then(|()| file.take(4096).read_to_end(&mut start));
    String::from_utf8_lossy(&start).lines().next().unwrap_or_default().to_owned()
}

/// `word` with the root for each `{}`.
pub(super) fn fill(word: &PathText, root: &[u8]) -> OsString {
    let word = PathBuf::from(word).into_os_string().into_vec();
    let mut filled = Vec::with_capacity(word.len() + root.len());
    let mut rest = word.as_slice();
    while let Some(at) = rest.windows(2).position(|pair| pair == b"{}") {
        filled.extend_from_slice(&rest[..at]);
        filled.extend_from_slice(root);
        rest = &rest[at + 2..];
    }
    filled.extend_from_slice(rest);
    OsString::from_vec(filled)
}

#[cfg(test)]
mod tests {
    use super::super::spec::Output;
    use super::*;

    fn text(word: &str) -> PathText {
        PathText::Text(word.to_owned())
    }

    fn spec(setup: &[&str], dir: Option<&Path>) -> Spec {
        let steps = Steps { setup: Some(setup.iter().map(|word| text(word)).collect()), ..Steps::default() };
        Spec { steps, dir: dir.map(|dir| dir.to_owned().into()), ..Spec::new(vec![text("true")], Output::Nothing) }
    }

    #[test]
    fn the_root_is_part_of_one_word() {
        assert_eq!(fill(&text("--root={}"), b"/a b"), OsString::from("--root=/a b"));
    }

    #[test]
    fn a_step_that_fails_tells_its_option_its_status_and_its_first_complaint() {
        let spec = spec(&["sh", "-c", "echo first >&2; echo second >&2; exit 3"], None);
        let why = run(Step::Setup, &spec, b"/").unwrap_err();
        assert_eq!(why, "--setup 'sh' ended with exit status: 3: first");
        assert_eq!(run(Step::Prepare, &spec, b"/"), Ok(()), "there is none");
    }

    #[test]
    fn a_step_runs_in_the_users_directory_with_the_root_in_its_words() {
        let folder = tempfile::tempdir().unwrap();
        run(Step::Setup, &spec(&["cp", "-r", "{}", "copy"], Some(folder.path())), b"/proc/sys/kernel/ostype").unwrap();
        assert!(folder.path().join("copy").exists());
    }

    #[test]
    fn what_a_step_leaves_running_is_not_waited_for() {
        let start = std::time::Instant::now();
        run(Step::Setup, &spec(&["sh", "-c", "sleep 5 & exit 0"], None), b"/").unwrap();
        assert!(start.elapsed() < std::time::Duration::from_secs(4));
    }
}
