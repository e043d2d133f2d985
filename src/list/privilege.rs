//! What bulk interfaces ask of a process: they show what nobody's permissions let it see.

use crate::error::Unsupported;
use rustix::thread::{CapabilitySet, capabilities};

/// Whether the process has CAP_SYS_ADMIN, without which `call` is refused.
pub(crate) fn sys_admin(call: &str) -> Result<(), Unsupported> {
    // A kernel that does not tell is asked by the call itself.
    match capabilities(None) {
        Ok(sets) if !sets.effective.contains(CapabilitySet::SYS_ADMIN) => Err(without(call)),
        _ => Ok(()),
    }
}

/// What is said where `call` was refused.
pub(crate) fn without(call: &str) -> Unsupported {
    Unsupported(format!("{call} needs CAP_SYS_ADMIN: root, outside a container").into())
}
