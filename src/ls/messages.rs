//! Words that GNU's ls says, in the locale's language where its translations are installed.

use crate::sys::locale::{self, Category};
use std::ffi::CStr;

/// Above a directory's entries: how much they take.
pub(super) fn total() -> Vec<u8> {
    say(c"total", &[])
}

/// A message of GNU's, with `words` in the places of its `%s`.
pub(super) fn say(message: &'static CStr, words: &[&[u8]]) -> Vec<u8> {
    let mut rest = locale::coreutils_text(message, Category::Messages).to_bytes();
    let mut words = words.iter();
    let mut said = Vec::new();
    while let Some(place) = rest.windows(2).position(|pair| pair == b"%s") {
        said.extend_from_slice(&rest[..place]);
        said.extend_from_slice(words.next().copied().unwrap_or_default());
        rest = &rest[place + 2..];
    }
    said.extend_from_slice(rest);
    said
}
