//! Tests that need a process of their own: one with other limits, another user, or no other test beside it.

use super::skip;
use std::env::current_exe;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The user `nobody`.
const NOBODY: u32 = 65534;

/// A process that runs one of this program's ignored tests.
pub(crate) struct Alone {
    test: &'static str,
    command: Command,
    /// What it needs while it runs.
    _folder: Option<TempDir>,
}

impl Alone {
    /// It will run `test`.
    pub(crate) fn new(test: &'static str) -> Self {
        Self { test, command: Command::new(program()), _folder: None }
    }

    /// It will run `test` as the user `nobody`, which takes root.
    pub(crate) fn as_an_ordinary_user(test: &'static str) -> Self {
        let (folder, command) = ordinary();
        Self { test, command, _folder: Some(folder) }
    }

    /// It will run `test`, started by the command `starter`, which gets the program and its arguments as further arguments.
    pub(crate) fn started_by(starter: &[&str], test: &'static str) -> Self {
        let mut command = Command::new(starter[0]);
        command.args(&starter[1..]).arg(program());
        Self { test, command, _folder: None }
    }

    /// It will run `test` with at most `limit` descriptors.
    pub(crate) fn with_descriptors(limit: usize, test: &'static str) -> Self {
        let script = format!("ulimit -n {limit}; exec \"$0\" \"$@\"");
        Self::started_by(&["sh", "-c", &script], test)
    }

    /// The test finds `value` in its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The test starts in `folder`.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs the test, which must pass.
    pub(crate) fn passes(mut self) {
        self.command.args(["--exact", self.test, "--ignored", "--nocapture", "--test-threads=1"]);
        let said = run(&mut self.command);
        assert!(said.contains("1 passed"), "{}: {said}", self.test);
    }
}

/// Runs this program's tests once more, as an ordinary user: permissions do not stop root. Those whose names have one of `but` in them are
/// left out: `this` one, and those that take long and do not depend on who runs them.
pub(crate) fn passes_as_an_ordinary_user(this: &str, but: &[&str]) {
    if !is_root() {
        return skip("a second run as an ordinary user", "this one is");
    }
    let (_folder, mut command) = ordinary();
    for left_out in but.iter().chain([&this]) {
        command.args(["--skip", left_out]);
    }
    let said = run(command.arg("--nocapture"));
    assert!(said.contains("test result: ok") && !said.contains(" 0 passed"), "{said}");
}

/// This program as the user `nobody`, for root to start, and the folder that it needs meanwhile.
fn ordinary() -> (TempDir, Command) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let (copy, own) = (folder.path().join("tests"), folder.path().join("own"));
    fs::create_dir(&own).unwrap();
    chown(&own, Some(NOBODY), Some(NOBODY)).unwrap();
    // Where root's build lies, others may have no right to look. By cp(1): a descriptor of ours that may write to the copy would be
    // inherited by whatever another test starts meanwhile, and keep it from being run (ETXTBSY).
    assert!(Command::new("cp").arg(program()).arg(&copy).status().unwrap().success());
    let mut command = Command::new(&copy);
    command.env("TMPDIR", &own).current_dir(&own).uid(NOBODY).gid(NOBODY);
    (folder, command)
}

/// Whether permissions do not stop this process.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The environment's `name`, a path.
pub(crate) fn path_from_env(name: &str) -> PathBuf {
    std::env::var_os(name).unwrap_or_else(|| panic!("{name} is set by the test that runs this one")).into()
}

/// This test program.
pub(crate) fn program() -> PathBuf {
    current_exe().expect("a running program has a path")
}

/// Runs it to its end, which must be a good one; hands on what it says it skipped.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}: {said}", output.status);
    for (what, why) in said.lines().filter_map(|line| line.strip_prefix("skipped: ")?.split_once(": ")) {
        skip(what, why);
    }
    said.into_owned()
}
