//! A directory named by the user, as something to list.

use super::Failed;
use fsbench::error::{Error, Escaped};
use fsbench::measure::Target;
use fsbench::strategy::Level;
use std::path::Path;

/// A link to a directory is resolved here: peers differ in what they do with a root that is one.
pub(super) fn named(dir: &Path, level: Level) -> Result<Target, Failed> {
    let failed = |call: &'static str| move |error| Failed::from(Error::new(call, dir, error));
    let meta = std::fs::metadata(dir).map_err(failed("stat"))?;
    if !meta.is_dir() {
        return Err(Failed::Serious(format!("'{}' is not a directory", Escaped(dir))));
    }
    let is_link = std::fs::symlink_metadata(dir).is_ok_and(|meta| meta.is_symlink());
    let root = if is_link { dir.canonicalize() } else { std::path::absolute(dir) };
    Ok(Target { root: root.map_err(failed("realpath"))?, level, shape: None })
}
