//! Entries that were read and are not looked up until it is known who does it.

use crate::list::Kind;
use std::ffi::CStr;

/// Names, each with its NUL, and kinds.
#[derive(Default)]
pub(super) struct Later {
    names: Vec<u8>,
    kinds: Vec<Kind>,
}

impl Later {
    /// Puts an entry off.
    pub(super) fn push(&mut self, name: &CStr, kind: Kind) {
        self.names.extend_from_slice(name.to_bytes_with_nul());
        self.kinds.push(kind);
    }

    /// Hands over all, in order, and forgets them.
    pub(super) fn take(&mut self, mut found: impl FnMut(&CStr, Kind)) {
        let mut rest = self.names.as_slice();
        for kind in &self.kinds {
            let Ok(name) = CStr::from_bytes_until_nul(rest) else { break };
            found(name, *kind);
            rest = rest.get(name.count_bytes() + 1..).unwrap_or_default();
        }
        self.clear();
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.kinds.clear();
    }
}
