//! A directory with nothing in it, which shows what starting costs.

use super::{Layout, numbered_directory, numbered_file};
use crate::tree::plan::directories;

pub(super) const LAYOUT: Layout =
    Layout { skeleton: |_, _| directories(&[], 0, |_| 1), directory: numbered_directory, file: numbered_file };
