//! Reasons for which a session ends without a record.

use crate::error::Error;
use crate::interrupt::Interrupted;
use std::fmt;

/// How often a tree may change while it is verified.
pub(super) const ATTEMPTS: usize = 3;

/// Why there is no record.
#[derive(Debug)]
pub enum Failure {
    /// A signal asked us to end.
    Interrupted(Interrupted),
    /// A target cannot be listed at all: why.
    Target(String),
    /// A target changes faster than it can be verified.
    Restless {
        /// The target's root, escaped.
        root: String,
    },
    /// Our own worker cannot be started.
    Worker(Error),
    /// A record is compared, and it is of another tree.
    OtherTree {
        /// The target's root, escaped.
        root: String,
    },
    /// Caches cannot be dropped, and cold ones were asked for.
    Cold(Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted(interrupted) => write!(f, "{interrupted}"),
            Self::Target(why) => write!(f, "{why}"),
            Self::Worker(error) => write!(f, "{error}"),
            Self::OtherTree { root } => write!(
                f,
                "'{root}' holds other names or kinds than what the record was measured on: ratios of different trees cannot \
                 be compared; list the same tree (made ones have the same --entries and --seed), or make a new record"
            ),
            Self::Cold(error) => write!(
                f,
                "{error}: cold caches take root (sudo fsbench compare --cache cold ...), and in a container one whose \
                 /proc/sys is writable (docker run --privileged)"
            ),
            Self::Restless { root } => write!(
                f,
                "'{root}' changed each of the {ATTEMPTS} times that it was verified: what is listed must keep still; \
                 compare a copy or a snapshot of it"
            ),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        Self::Interrupted(interrupted)
    }
}
