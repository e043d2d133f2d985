//! A chain of directories with the same files at four depths, so that their costs can be compared.
//!
//! A depth is the number of names in a file's path below the root. Where the files do not divide by four, those nearer
//! to the bottom have one more; of fewer than 31 entries all are directories.

use super::{Layout, numbered_file, push};
use crate::tree::plan::directories;

const DEPTHS: [u32; 4] = [1, 4, 16, 32];

pub(super) const LAYOUT: Layout = Layout {
    skeleton: |entries, _| {
        let chain = entries.min(31);
        let parents: Vec<u32> = (0..chain).collect();
        directories(&parents, entries - chain, |index| u64::from(DEPTHS.contains(&(index + 1))))
    },
    directory: |_, dir, out| push(out, format_args!("level-{:02}", dir.parent + 1)),
    file: numbered_file,
};
