//! A directory named by the user, as something to list.

use super::Failed;
use fsbench::beside;
use fsbench::error::{Error, Escaped};
use fsbench::measure::Target;
use fsbench::report::count;
use fsbench::strategy::Level;
use fsbench::tree::{Manifest, Spec};
use std::path::Path;

/// Makes a target of a directory. A link to one is resolved: peers differ in how they treat a root that is a link.
pub(super) fn named(dir: &Path, level: Level) -> Result<Target, Failed> {
    let failed = |call: &'static str| move |error| Failed::from(Error::new(call, dir, error));
    let meta = std::fs::metadata(dir).map_err(failed("stat"))?;
    if !meta.is_dir() {
        return Err(Failed::Serious(format!("'{}' is not a directory", Escaped(dir))));
    }
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

/// What a tree was made from, in words.
pub(super) fn described(spec: &Spec) -> String {
    format!("{}, {} entries, seed {}", spec.shape, count(spec.entries), spec.seed)
}
