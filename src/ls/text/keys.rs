//! Collation keys: names are sorted by them first, if the locale's order is not that of bytes.

use crate::sys::locale;
use std::ffi::CStr;

/// How names become keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// They are their own.
    Names,
    /// By strxfrm(3).
    Collated,
}

impl Keys {
    /// What the locale needs, if the order is by names at all.
    pub(crate) fn of_locale() -> Self {
        // Where strcoll is strcmp, as in C and C.UTF-8, strxfrm copies. No collating locale leaves such a text alone.
        let probe = c"\x01aB-b_A.~\x7f\xc3\xa4";
        let mut key = Vec::new();
        locale::append_key(probe, &mut key);
        if key == probe.to_bytes() { Self::Names } else { Self::Collated }
    }

    /// Appends the key of a name.
    pub(crate) fn append(name: &CStr, key: &mut Vec<u8>) {
        locale::append_key(name, key);
    }
}
