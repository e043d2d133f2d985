//! As many directories as each of them has files (as far as the number of entries allows); no files in the root.

use super::{Layout, numbered_directory, numbered_file};
use crate::tree::plan::directories;

pub(super) const LAYOUT: Layout = Layout {
    skeleton: |entries, _| {
        let count = entries.isqrt();
        directories(&vec![0; count as usize], entries - count, |index| u64::from(index > 0))
    },
    directory: numbered_directory,
    file: numbered_file,
};
