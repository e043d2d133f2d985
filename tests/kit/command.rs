//! The program, run as a user runs it.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// The program under test.
pub(crate) const FSBENCH: &str = env!("CARGO_BIN_EXE_fsbench");

/// `fsbench ARGUMENTS`, run to its end.
pub(crate) fn fsbench<A: AsRef<OsStr>>(arguments: &[A]) -> Ran {
    Ran::of(Command::new(FSBENCH).args(arguments))
}

/// Lets signals that ask a program to end do so in `command`, whatever the tests themselves ignore: nohup(1), and a shell
/// that starts them in the background, hand that down, and what is ignored at the start stays ignored.
pub(crate) fn heeding(command: &mut Command) -> &mut Command {
    // SAFETY:
    // - `signal` is async-signal-safe, and the default action runs no code of ours.
    unsafe {
        command.pre_exec(|| {
            for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        })
    }
}

/// What a run said.
pub(crate) struct Ran {
    /// Its exit status; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Its standard output.
    pub(crate) out: String,
    /// Its standard error.
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8, whatever was listed");
        Self { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// Its standard output, as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

/// The program as somebody whom permissions stop: as it is, or, for root, as the user `nobody`.
pub(crate) struct Unprivileged {
    // Where root's build lies, nobody may have no right to look.
    copy: Option<(TempDir, PathBuf)>,
}

impl Unprivileged {
    /// For root, copies the program to where everybody can run it.
    pub(crate) fn new() -> Self {
        let copy = rustix::process::geteuid().is_root().then(|| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
            let program = folder.path().join("fsbench");
            // By cp(1): a descriptor of ours that may write to it would be inherited by whatever another test starts
            // meanwhile, and keep it from being run (ETXTBSY).
            assert!(Command::new("cp").arg(FSBENCH).arg(&program).status().unwrap().success());
            (folder, program)
        });
        Self { copy }
    }

    /// A command that runs it.
    pub(crate) fn command(&self) -> Command {
        match &self.copy {
            None => Command::new(FSBENCH),
            Some((_, program)) => {
                let mut command = Command::new(program);
                command.uid(65534).gid(65534).current_dir("/");
                command
            }
        }
    }
}
