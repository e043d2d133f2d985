//! Exit statuses, as ls has them: 1 for minor trouble, 2 for serious trouble; also 3 for a row that is slower than
//! allowed, and 128 plus the number of a signal.

use fsbench::error::{Error, reason};
use fsbench::interrupt::Interrupted;
use fsbench::measure::{Failure, comparison::Unfit};
use std::io;

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// All is well.
    Fine,
    /// Something was left out, and said.
    Minor,
    /// A row became slower than allowed.
    Slower,
}

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) enum Failed {
    /// In words.
    Serious(String),
    /// A signal asked it to end.
    Interrupted(Interrupted),
    /// Nobody reads the output any more: `fsbench ... | head`.
    Unread,
}

impl Failed {
    /// Standard output failed.
    pub(crate) fn output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Serious(format!("write error: {}", reason(&error))),
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Serious(error.to_string())
    }
}

impl From<Unfit> for Failed {
    fn from(unfit: Unfit) -> Self {
        Self::Serious(unfit.to_string())
    }
}

impl From<Interrupted> for Failed {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Interrupted(interrupted) => Self::Interrupted(interrupted),
            other => Self::Serious(other.to_string()),
        }
    }
}

/// Tells what went wrong, and turns the outcome into an exit status.
pub(crate) fn exit(outcome: Result<Status, Failed>) -> u8 {
    match outcome {
        Ok(Status::Fine) => 0,
        Ok(Status::Minor) => 1,
        Ok(Status::Slower) => 3,
        Err(Failed::Serious(why)) => {
            super::say(&why);
            2
        }
        Err(Failed::Interrupted(interrupted)) => {
            super::say(&interrupted.to_string());
            interrupted.exit_status()
        }
        // As if SIGPIPE, which is ignored, had ended it.
        Err(Failed::Unread) => 141,
    }
}
