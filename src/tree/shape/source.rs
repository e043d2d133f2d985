//! Like a kernel's source tree: 64,855 directories in a million entries, numbers of files that are log-normal.
//!
//! A new directory is put into an older one that is chosen by how many subdirectories it has already, which gives a
//! few very wide directories and many leaves, at a mean depth of half the logarithm of their number.

use super::{Layout, What, push};
use crate::tree::plan::directories;
use crate::tree::random::Stream;

/// The most names in a path below the root.
const DEPTH: u8 = 8;
/// The mean of a log-normal number is twice its median at this deviation.
const SIGMA: f64 = 1.18;

pub(super) const LAYOUT: Layout = Layout {
    skeleton: |entries, stream| {
        let count = (u64::from(entries) * 64_855 / 1_000_000) as u32;
        let parents = parents(count, stream);
        directories(&parents, entries - count, |_| stream.log_normal_1024ths(SIGMA))
    },
    directory: |stream, dir, out| {
        stream.word(2, 4, out);
        push(out, format_args!("{}", dir.nth));
    },
    file: |stream, nth, out| {
        match nth {
            0 => out.extend_from_slice(b"Makefile"),
            1 => out.extend_from_slice(b"Kconfig"),
            _ => {
                stream.word(2, 4, out);
                let extension = stream.pick(&["c", "c", "c", "c", "c", "h", "h", "h", "rst", "S"]);
                push(out, format_args!("_{nth}.{extension}"));
            }
        }
        What::File
    },
};

/// Preferential attachment: any older directory with one half, else the one it is in.
fn parents(count: u32, stream: &mut Stream) -> Vec<u32> {
    let mut parents: Vec<u32> = Vec::with_capacity(count as usize);
    let mut depths = vec![0u8];
    let parent_of = |parents: &[u32], dir: u32| dir.checked_sub(1).and_then(|n| parents.get(n as usize)).copied();
    for dir in 0..count {
        let mut parent = stream.below(dir + 1);
        if stream.below(2) == 0 {
            parent = parent_of(&parents, parent).unwrap_or(0);
        }
        let depth = |dir: u32| depths[dir as usize];
        // Files of the new directory are two deeper than its parent is.
        if depth(parent) + 2 > DEPTH {
            parent = parent_of(&parents, parent).unwrap_or(0);
        }
        let depth = depth(parent) + 1;
        depths.push(depth);
        parents.push(parent);
    }
    parents
}
