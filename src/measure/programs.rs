//! Finds other programs by their names, on the PATH.

use crate::error::{Error, reason};
use crate::list::Kind;
use rustix::fs::{Access, AtFlags, CWD, access, accessat};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The program that a shell would run for `name`: the first executable file of that name in the folders of `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    all_on_path(name).into_iter().next()
}

/// That program, and those of the same name that it hides.
pub(super) fn all_on_path(name: &str) -> Vec<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // A relative folder would mean another place to a worker, which has another working directory.
    let absolute = std::env::split_paths(&folders).filter(|folder| folder.is_absolute());
    let paths = absolute.map(|folder| folder.join(name));
    paths.filter(|path| path.is_file() && access(path, Access::EXEC_OK).is_ok()).collect()
}

/// The absolute path of a program as it was named: `name` alone is looked for on the PATH, anything with a slash is a
/// file.
///
/// # Errors
/// When there is no such program, or it can't be run: see [`runnable`].
pub fn named(program: &Path) -> Result<PathBuf, Error> {
    if !program.as_os_str().as_encoded_bytes().contains(&b'/') {
        let found = program.to_str().and_then(on_path);
        return found.ok_or_else(|| Error::other("exec", program, "there is no such program on the PATH"));
    }
    runnable(program)?;
    std::path::absolute(program).map_err(|error| Error::new("getcwd", program, error))
}

/// Whether the file at `path` can be run, as far as can be told without running it.
///
/// # Errors
/// stat(2)'s and access(2)'s; that it is no file.
pub fn runnable(path: &Path) -> Result<(), Error> {
    let meta = std::fs::metadata(path).map_err(|error| Error::new("stat", path, error))?;
    if !meta.is_file() {
        return Err(Error::other(
            "exec",
            path,
            format!("it is {}, not a program", Kind::from_mode(meta.mode()).singular()),
        ));
    }
    // What exec asks: the effective user.
    accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS).map_err(|errno| match meta.mode() & 0o111 {
        0 => Error::other(
            "access",
            path,
            format!("{}: nobody may run it (chmod +x makes a file a program)", reason(&errno.into())),
        ),
        _ => Error::new("access", path, errno),
    })
}

/// Whether an interpreter will open the file by its name once more, after exec.
pub(super) fn is_script(path: &Path) -> bool {
    let mut start = [0; 2];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"#!"
}
