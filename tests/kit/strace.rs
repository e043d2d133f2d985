//! strace, attached to a process that another watcher sees too.

use rustix::process::Pid;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::NamedTempFile;

/// Calls by name: how many, and how many of them failed.
pub(crate) type Counts = BTreeMap<String, (u64, u64)>;

/// A strace that watches a process which runs already. It cannot begin at an execve, so it writes each call down.
pub(crate) struct Strace {
    child: Child,
    report: NamedTempFile,
}

impl Strace {
    /// Returns once the process makes no more calls that are not seen.
    pub(crate) fn attach(process: Pid) -> Result<Self, String> {
        let report = NamedTempFile::new().unwrap();
        let mut command = Command::new("strace");
        command.args(["-f", "-o"]).arg(report.path()).args(["-p", &process.as_raw_nonzero().to_string()]);
        let mut child = command.stderr(Stdio::piped()).spawn().map_err(|error| format!("strace: {error}"))?;
        let mut said = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
        if said.contains(" attached") {
            return Ok(Self { child, report });
        }
        child.wait().unwrap();
        Err(said)
    }

    /// Why no process can be watched so here.
    pub(crate) fn can_attach() -> Result<(), String> {
        let mut sleep = Command::new("sleep").arg("1000").spawn().unwrap();
        let attached = Self::attach(Pid::from_child(&sleep));
        sleep.kill().unwrap();
        sleep.wait().unwrap();
        attached?.child.wait().map(drop).map_err(|error| error.to_string())
    }

    /// What `strace -c` would have counted from the first execve on, once the process has been killed.
    pub(crate) fn finish(mut self, mut killed: Child) -> Counts {
        killed.wait().unwrap();
        self.child.wait().unwrap();
        let text = fs::read_to_string(self.report.path()).unwrap();
        let mut counts = Counts::new();
        for (name, failed) in text.lines().filter_map(returned).skip_while(|&(name, _)| name != "execve") {
            let (count, errors) = counts.entry(name.to_owned()).or_default();
            *count += 1;
            *errors += u64::from(failed);
        }
        counts
    }
}

/// The call that returned, by a line of strace's, and whether it failed. A call during which another thread is reported has two
/// lines, of which the second tells its return; one that never returned (exit, or in a thread that was killed) gives `?`.
pub(crate) fn returned(line: &str) -> Option<(&str, bool)> {
    let call = line.split_once(' ').unwrap().1.trim_start();
    if call.starts_with("+++ ") || call.starts_with("--- ") || call.ends_with("<unfinished ...>") {
        return None;
    }
    let name = match call.strip_prefix("<... ") {
        Some(resumed) => resumed.split_once(" resumed>").unwrap().0,
        None => call.split_once('(').unwrap().0,
    };
    let value = call.rsplit_once(" = ").unwrap().1;
    (value != "?").then(|| (name, value.starts_with("-1 E") || value.starts_with("? E")))
}
