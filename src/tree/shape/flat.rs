//! One directory, all files in it.

use super::{Layout, numbered_directory, numbered_file};
use crate::tree::plan::directories;

pub(super) const LAYOUT: Layout = Layout {
    skeleton: |entries, _| directories(&[], entries, |_| 1),
    directory: numbered_directory,
    file: numbered_file,
};
