//! tracefs for one program: mounted in a mount namespace of its own, so that nothing of the machine changes.

use super::command::FSBENCH;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// A command that runs `program` where tracefs is mounted.
pub(crate) fn with_tracefs(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("unshare");
    let script =
        "test -d /sys/kernel/tracing/events || mount -t tracefs tracefs /sys/kernel/tracing || exit 125; exec \"$@\"";
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(program);
    command
}

/// Why nothing can be watched through tracepoints here, if so.
pub(crate) fn tracepoints() -> Result<(), String> {
    let mut command = with_tracefs(FSBENCH);
    command.args(["trace", "--way", "tracepoints", "--", "true"]);
    match command.stdout(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(format!("unshare: {error}")),
    }
}
