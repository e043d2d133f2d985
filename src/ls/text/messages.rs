//! Messages of GNU's ls, in the locale's language if its translations are installed.

use crate::sys::locale::{self, Category, Domain};
use std::ffi::CStr;

/// Above a directory's entries: how much they take.
pub(crate) fn total() -> Vec<u8> {
    say(c"total", &[])
}

/// A message of GNU's, with `words` in the places of its `%s`.
pub(crate) fn say(message: &'static CStr, words: &[&[u8]]) -> Vec<u8> {
    format(locale::text_of(Domain::Coreutils, message, Category::Messages), words)
}

/// The same of the C library's own messages.
pub(crate) fn say_of_library(message: &'static CStr, words: &[&[u8]]) -> Vec<u8> {
    format(locale::text_of(Domain::Library, message, Category::Messages), words)
}

/// Puts words in the places of a format's `%s` and `%c`; a translation may number them, as `%2$s`.
fn format(format: &CStr, words: &[&[u8]]) -> Vec<u8> {
    let mut rest = format.to_bytes();
    let mut next = 0;
    let mut said = Vec::new();
    while let Some(percent) = rest.iter().position(|&byte| byte == b'%') {
        said.extend_from_slice(&rest[..percent]);
        rest = &rest[percent + 1..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if let Some(b'$') = rest.get(digits) {
            let number = rest[..digits].iter().fold(0_usize, |number, digit| number * 10 + usize::from(digit - b'0'));
            next = number.saturating_sub(1);
            rest = &rest[digits + 1..];
        }
        match rest.split_first() {
            Some((b's' | b'c', after)) => {
                said.extend_from_slice(words.get(next).copied().unwrap_or_default());
                next += 1;
                rest = after;
            }
            Some((b'%', after)) => {
                said.push(b'%');
                rest = after;
            }
            _ => said.push(b'%'),
        }
    }
    said.extend_from_slice(rest);
    said
}

/// The line that points to `--help`; `typed` is how the program is called.
pub fn try_help(typed: &[u8]) -> Vec<u8> {
    say(c"Try '%s --help' for more information.\n", &[typed])
}

/// What is said when there is no more memory.
pub fn memory_exhausted() -> &'static CStr {
    locale::text_of(Domain::Coreutils, c"memory exhausted", Category::Messages)
}

/// What is said of output that nobody takes.
pub fn write_error() -> Vec<u8> {
    say(c"write error", &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translation_may_number_its_words() {
        let said = |text, words: &[&[u8]]| String::from_utf8(format(text, words)).unwrap();
        assert_eq!(said(c"invalid argument %s for %s", &[b"x", b"--sort"]), "invalid argument x for --sort");
        assert_eq!(said(c"%2$s: x %1$s", &[b"x%s", b"--sort"]), "--sort: x x%s");
        assert_eq!(said(c"100%% of '%c' %d", &[b"y"]), "100% of 'y' %d");
    }
}
