//! Files that are written beside their place and then take its name: whole or not at all.

use crate::error::Error;
use rustix::io::Errno;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What their names start with until then; six letters follow.
pub const PREFIX: &str = ".fsbench-";

/// A new file in the folder that `path` is in, which goes when it is dropped. `mode` is less the umask.
///
/// # Errors
/// open(2)'s; getcwd(2)'s where the path is relative.
pub fn create(path: &Path, mode: u32) -> Result<NamedTempFile, Error> {
    let folder = folder_of(path);
    // Given permissions, since tempfile's own are for secrets.
    let mut new = tempfile::Builder::new();
    new.prefix(PREFIX).permissions(Permissions::from_mode(mode));
    new.tempfile_in(absolute(folder)?).map_err(|error| Error::new("open", folder, error))
}

/// The folder that `path` is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A path that means the same from any working directory.
///
/// # Errors
/// getcwd(2)'s: a working directory that was removed has no path.
pub fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::NOENT) => Error::other("getcwd", path, "the working directory was removed: name an absolute path"),
        _ => Error::new("getcwd", path, error),
    })
}
