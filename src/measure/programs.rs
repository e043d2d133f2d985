//! Programs of other people, by their names.

use rustix::fs::{Access, access};
use std::path::PathBuf;

/// The program that a shell would run for `name`: the first executable file of that name in the folders of `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    // A relative folder would mean another place to a worker, which has another working directory.
    let absolute = std::env::split_paths(&folders).filter(|folder| folder.is_absolute());
    absolute.map(|folder| folder.join(name)).find(|path| path.is_file() && access(path, Access::EXEC_OK).is_ok())
}
