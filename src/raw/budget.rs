//! How many blocks may still be read: in a sound file system, each block is part of one directory at most.

use super::Fault;
use std::sync::atomic::{AtomicU64, Ordering};

/// Blocks that directories may still be made of. Several threads share it.
///
/// It ends a walk of a damaged file system in which a few blocks are part of many directories, or of one many times.
pub struct Budget(AtomicU64);

impl Budget {
    /// So many blocks.
    pub fn new(blocks: u64) -> Self {
        Self(AtomicU64::new(blocks))
    }

    /// Takes some out.
    ///
    /// # Errors
    /// There are not as many left.
    pub(super) fn take(&self, blocks: u64) -> Result<(), Fault> {
        let less = |left: u64| left.checked_sub(blocks);
        match self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => Ok(()),
            Err(_) => Err(Fault::Damaged("directories have more blocks than the file system")),
        }
    }
}
