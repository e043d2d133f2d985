//! What can go wrong with a file system that is read from its device.

use crate::error::reason;
use std::borrow::Cow;
use std::fmt;
use std::io;

/// Why something could not be read.
#[derive(Debug)]
pub enum Fault {
    /// The device's own error, or what the kernel would answer.
    Read(io::Error),
    /// The structure, and what about it makes no sense.
    Damaged(&'static str),
    /// The file system has, by its own word, what this reader does not know.
    Refused(Cow<'static, str>),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => f.write_str(&reason(error)),
            Self::Damaged(what) => write!(f, "damaged file system: {what}"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Fault {}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Read(error) => error,
            Fault::Damaged(_) => Self::new(io::ErrorKind::InvalidData, fault),
            Fault::Refused(_) => Self::new(io::ErrorKind::Unsupported, fault),
        }
    }
}
