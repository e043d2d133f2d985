//! Every kind of entry that an ordinary user can make, under every kind of name.
//!
//! Kinds go round by eight and names by nine, so that 72 files have every pair of them. One entry in sixteen is a
//! directory with four directories in it; the other entries are spread over them evenly. Each name ends in its number,
//! but for the file that others in its directory are links to.

use super::{Layout, What, push};
use crate::tree::plan::directories;

const TARGET: &str = "target";

pub(super) const LAYOUT: Layout = Layout {
    skeleton: |entries, _| {
        let count = entries / 16;
        let parents: Vec<u32> = (0..count).map(|dir| dir / 4).collect();
        // The root has as many as three others: all kinds are in it as soon as there are that many entries.
        directories(&parents, entries - count, |index| if index == 0 { 3 } else { 1 })
    },
    directory: |_, dir, out| styled(dir.nth + dir.parent, &format!("d{}", dir.nth), out),
    file: |_, nth, out| {
        let what = match nth % 8 {
            0 => What::File,
            1 => What::Symlink(TARGET),
            2 => What::Symlink("."),
            3 => What::Symlink("nowhere"),
            4 => What::Loop,
            5 => What::Fifo,
            6 => What::Socket,
            _ => What::HardLink(TARGET),
        };
        match nth {
            0 => out.extend_from_slice(TARGET.as_bytes()),
            _ => styled(nth, &nth.to_string(), out),
        }
        what
    },
};

/// A name in one of nine styles, which `unique` ends.
fn styled(style: u32, unique: &str, out: &mut Vec<u8>) {
    let start = out.len();
    match style % 9 {
        0 => out.extend_from_slice(b"plain-"),
        1 => out.extend((1..=127).filter(|&byte| byte != b'/')),
        2 => out.extend(128..=255),
        // Cut off within a character, a byte that begins none, one encoded too long, half a surrogate pair.
        3 => out.extend_from_slice(b"\xe2\x82-\xff-\xc0\xae-\xed\xa0\x80-"),
        4 => out.resize(start + 255 - unique.len(), b'n'),
        5 => out.extend_from_slice(b"two\nlines\n"),
        6 => out.extend_from_slice(b"-rf "),
        // Wide, wider than its characters, combining, right to left.
        7 => out.extend_from_slice("\u{6f22}\u{5b57}\u{1f469}\u{200d}\u{1f680}e\u{301}\u{5e9}\u{202e}".as_bytes()),
        _ => out.extend_from_slice(b".hidden '\"`$*?[\\ "),
    }
    push(out, format_args!("{unique}"));
}
