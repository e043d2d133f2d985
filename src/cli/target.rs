//! A directory named by the user, as something to list.

use super::Failed;
use fsbench::beside;
use fsbench::error::{Error, Escaped};
use fsbench::list::Kind;
use fsbench::measure::Target;
use fsbench::report::counted;
use fsbench::strategy::Level;
use fsbench::tree::{Manifest, Spec};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Makes a target of a directory. A link to one is resolved: peers differ in how they treat a root that is a link.
pub(super) fn named(dir: &Path, level: Level) -> Result<Target, Failed> {
    directory(dir).map_err(Failed::Serious)?;
    let failed = |call: &'static str| move |error| Failed::from(Error::new(call, dir, error));
    let is_link = std::fs::symlink_metadata(dir).is_ok_and(|meta| meta.is_symlink());
    // Workers leave the working directory.
    let absolute = beside::absolute(dir)?;
    let root = if is_link { absolute.canonicalize().map_err(failed("realpath"))? } else { absolute };
    // `gen` leaves a manifest beside its tree; the digest will tell whether the tree is still what it says.
    let manifest = Manifest::read(dir).ok();
    let made = manifest.as_ref().and_then(|manifest| manifest.contents).map(|contents| contents.kinds);
    let shape = manifest.filter(|_| made.is_some()).map(|manifest| described(&manifest.spec()));
    Ok(Target { root, named: dir.to_owned(), level, shape, made })
}

/// Makes sure that a directory is one.
///
/// # Errors
/// What it is, or why that is not known: in words.
pub(super) fn directory(dir: &Path) -> Result<(), String> {
    let meta = std::fs::metadata(dir).map_err(|error| Error::new("stat", dir, error).to_string())?;
    match Kind::from_mode(meta.mode()) {
        Kind::Directory => Ok(()),
        other => Err(format!("'{}' is {}, not a directory", Escaped(dir), other.singular())),
    }
}

/// What a tree was made from, in words.
pub(super) fn described(spec: &Spec) -> String {
    format!("{}, {}, seed {}", spec.shape, counted(spec.entries, "entry", "entries"), spec.seed)
}
