//! Builds full paths without an allocation per entry: the directory's path stays, each name replaces the last.

use std::ffi::CStr;

/// A directory's path with room for a name behind it.
#[derive(Default)]
pub(super) struct PathBuffer {
    bytes: Vec<u8>,
    /// Length of the directory's path with its slash.
    prefix: usize,
}

impl PathBuffer {
    /// A directory begins.
    pub(super) fn enter(&mut self, dir: &[u8]) {
        self.bytes.clear();
        self.bytes.extend_from_slice(dir);
        if !dir.ends_with(b"/") {
            self.bytes.push(b'/');
        }
        self.prefix = self.bytes.len();
    }

    /// The full path of `name` in it.
    pub(super) fn join(&mut self, name: &CStr) -> &CStr {
        self.bytes.truncate(self.prefix);
        self.bytes.extend_from_slice(name.to_bytes_with_nul());
        // The scan is what std's own lstat does to its paths as well.
        CStr::from_bytes_until_nul(&self.bytes).expect("the name came with its NUL")
    }
}
