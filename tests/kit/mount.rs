//! Mounts by mount(8), which takes root, gone when they are dropped.

use super::image::run;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mount.
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// `mount ARGUMENTS ON`; or why there can be none here.
    pub(crate) fn new(arguments: &[&str], on: &Path) -> Result<Self, String> {
        run(Command::new("mount").args(arguments).arg(on)).map(|()| Self(on.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.0));
    }
}
