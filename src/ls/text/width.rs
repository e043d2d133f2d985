//! How many columns text takes on a terminal.

use super::quote::Encoding;
use crate::sys::locale::{self, Decoded};

/// Columns of `text`: printable ASCII by a glance, all else as the locale says. A byte that is no character takes one
/// column, a control character none, as GNU counts them.
pub(crate) fn columns(text: &[u8], encoding: Encoding) -> usize {
    if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    if encoding == Encoding::Bytes {
        return text.iter().filter(|&&byte| locale::is_printable_byte(byte)).count();
    }
    let (mut rest, mut columns) = (text, 0);
    while let Some(&byte) = rest.first() {
        if matches!(byte, b' '..=b'~') {
            columns += 1;
            rest = &rest[1..];
            continue;
        }
        match locale::decode(rest) {
            Decoded::Character(character, length) => {
                columns += character.columns().unwrap_or(usize::from(!character.is_control()));
                rest = &rest[length.clamp(1, rest.len())..];
            }
            Decoded::Invalid => {
                columns += 1;
                rest = &rest[1..];
            }
            Decoded::Incomplete => return columns + 1,
        }
    }
    columns
}

/// Columns of `text`; `None` where something in it is no character, or not printable.
pub(crate) fn printable_columns(text: &[u8], encoding: Encoding) -> Option<usize> {
    if encoding == Encoding::Bytes {
        return text.iter().all(|&byte| locale::is_printable_byte(byte)).then_some(text.len());
    }
    let (mut rest, mut columns) = (text, 0);
    while !rest.is_empty() {
        let Decoded::Character(character, length) = locale::decode(rest) else { return None };
        columns += character.columns()?;
        rest = &rest[length.clamp(1, rest.len())..];
    }
    Some(columns)
}

/// Puts `?` in place of every character of `out[start..]` that has no width, and of every byte that is no character.
pub(crate) fn hide_unprintable(out: &mut Vec<u8>, start: usize, encoding: Encoding) {
    let text = &out[start..];
    if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    if encoding == Encoding::Bytes {
        for byte in out.iter_mut().skip(start).filter(|byte| !locale::is_printable_byte(**byte)) {
            *byte = b'?';
        }
        return;
    }
    let text = text.to_vec();
    out.truncate(start);
    let mut rest = text.as_slice();
    while !rest.is_empty() {
        let (shown, length): (&[u8], usize) = match locale::decode(rest) {
            Decoded::Character(character, length) if character.columns().is_some() => (&rest[..length], length),
            Decoded::Character(_, length) => (b"?", length),
            Decoded::Invalid => (b"?", 1),
            Decoded::Incomplete => (b"?", rest.len()),
        };
        out.extend_from_slice(shown);
        rest = &rest[length.clamp(1, rest.len())..];
    }
}
