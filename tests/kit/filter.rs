//! System calls that are refused: a program run under a seccomp(2) filter, as a container or an old kernel has it.

use std::ffi::OsStr;
use std::process::Command;

/// A call that fails without being made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    pub(crate) call: libc::c_long,
    /// Only where the first argument has one of these bits; 0: always.
    pub(crate) bits: u32,
    pub(crate) errno: i32,
}

impl Refusal {
    /// `call` always fails with `errno`.
    pub(crate) const fn of(call: libc::c_long, errno: i32) -> Self {
        Self { call, bits: 0, errno }
    }
}

/// Executes its arguments under the filter that its first argument says: refusals `CALL:BITS:ERRNO`, with commas between.
/// Ends with status 125 where there can be no filter.
const LAUNCHER: &str = r#"
import ctypes, os, struct, sys
load, is_equal, has_bits, answer = 0x20, 0x15, 0x45, 0x06
allow, fail = 0x7fff0000, 0x50000
NUMBER, FIRST_ARGUMENT = 0, 16
step = lambda code, value, then=0, otherwise=0: struct.pack("HBBI", code, then, otherwise, value)
steps = []
for refusal in sys.argv[1].split(","):
    call, bits, errno = map(int, refusal.split(":"))
    test = [step(load, FIRST_ARGUMENT), step(has_bits, bits, otherwise=1)] if bits else []
    steps += [step(load, NUMBER), step(is_equal, call, otherwise=len(test) + 1)] + test + [step(answer, fail | errno)]
code = ctypes.create_string_buffer(b"".join(steps + [step(answer, allow)]))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(steps) + 1, ctypes.addressof(code)))
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
prctl = ctypes.CDLL(None).prctl
if prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0 or prctl(SECCOMP, FILTER, program, 0, 0) != 0:
    sys.exit(125)
os.execvp(sys.argv[2], sys.argv[2:])
"#;

/// A command that runs `program` with the calls refused.
pub(crate) fn refusing(refusals: &[Refusal], program: impl AsRef<OsStr>) -> Command {
    let filter: Vec<_> = refusals.iter().map(|r| format!("{}:{}:{}", r.call, r.bits, r.errno)).collect();
    let mut command = Command::new("python3");
    command.args(["-c", LAUNCHER, &filter.join(",")]).arg(program);
    command
}

/// Why these calls cannot be refused here, if so.
pub(crate) fn can_refuse(refusals: &[Refusal]) -> Result<(), String> {
    match refusing(refusals, "true").output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("no filter: {}{}", output.status, String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("python3: {error}")),
    }
}
