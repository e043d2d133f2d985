//! The privilege that bulk interfaces need, since they show files whatever their permissions.

use crate::error::{Unsupported, reason};
use rustix::io::Errno;
use rustix::thread::{CapabilitySet, capabilities};
use std::io;

/// Whether the process has CAP_SYS_ADMIN, without which `call` is refused.
pub(crate) fn sys_admin(call: &str) -> Result<(), Unsupported> {
    // A kernel that does not tell is asked by the call itself.
    match capabilities(None) {
        Ok(sets) if !sets.effective.contains(CapabilitySet::SYS_ADMIN) => Err(refused(call, Errno::PERM)),
        _ => Ok(()),
    }
}

/// What is said where `call` was refused.
pub(crate) fn refused(call: &str, errno: Errno) -> Unsupported {
    match errno {
        Errno::PERM => Unsupported(format!("{call} needs CAP_SYS_ADMIN: root, outside a container").into()),
        errno => failed(call, errno),
    }
}

/// What is said where `call` failed.
pub(crate) fn failed(call: &str, why: impl Into<io::Error>) -> Unsupported {
    Unsupported(format!("{call}: {}", reason(&why.into())).into())
}
