//! The manifest of a tree: what it was made from, and what it holds. It names no path and nothing of the machine, so
//! it stays true when tree and manifest are moved or copied together, and nobody can make it point elsewhere. Which
//! directory the tree's root is it says as well: by it the tree is removed, and nothing else.

use super::contents::{Contents, contents};
use super::plan::Plan;
use super::root::{self, Identity, Origin, manifest_path};
use super::{Shape, Spec};
use crate::beside;
use crate::error::Error;
use crate::escape;
use rayon::ThreadPool;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, openat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// The version of the format, and of the plans: the same spec makes the same tree as long as this stays.
pub const SCHEMA: u32 = 1;
/// No manifest is this long: what is may be anything.
const LENGTH_BYTES_MAX: u64 = 64 * 1024;

/// What lies beside a tree as `ROOT.fsbench.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`SCHEMA`].
    pub schema: u32,
    /// How the tree is laid out.
    pub shape: Shape,
    /// How many entries there are below the root.
    pub entries: u64,
    /// Which of all such trees it is.
    pub seed: u64,
    /// Whose the root is.
    pub root: Origin,
    /// Which directory the root is; one whose manifest does not know can be verified, and not removed.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// What is in it; nothing if it was never finished.
    pub contents: Option<Contents>,
}

impl Manifest {
    /// The manifest of the tree at `root`.
    ///
    /// # Errors
    /// When there is none, or it cannot be read or understood.
    pub fn read(root: &Path) -> Result<Self, Error> {
        Self::read_from(&manifest_path(root::named(root)?)).map(|(manifest, _)| manifest)
    }

    /// The manifest by which the tree at `root`, open as `fd`, may be removed: somebody who may write beside a tree could put
    /// one there that makes us remove what is another's.
    ///
    /// # Errors
    /// As [`Manifest::read`]; when it belongs to neither us nor the root's owner, or is another directory's.
    pub(super) fn trusted(root: &Path, fd: &OwnedFd) -> Result<Self, Error> {
        let path = manifest_path(root);
        let (manifest, written_by) = Self::read_from(&path)?;
        let owner = fstat(fd).map_err(|errno| Error::new("fstat", root, errno))?.st_uid;
        if written_by != owner && written_by != geteuid().as_raw() {
            let why = "it is neither yours nor the tree's owner's, and nothing is removed by it";
            return Err(Error::other("gen", path, why));
        }
        let refused = |why: &str| Err(Error::other("gen", &path, format!("{why}: `rm -r` removes the tree")));
        match manifest.identity {
            None => refused("it does not say which directory it was written for"),
            Some(identity) if identity != Identity::of(root, fd)? => {
                refused("it was written for another directory, of which this one may be a copy")
            }
            Some(_) => Ok(manifest),
        }
    }

    /// The manifest at `path`, and who owns it.
    fn read_from(path: &Path) -> Result<(Self, u32), Error> {
        // A pipe in its place must not keep anyone waiting.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = openat(CWD, path, flags, Mode::empty()).map_err(|errno| Error::new("openat", path, errno))?;
        let written_by = fstat(&fd).map_err(|errno| Error::new("fstat", path, errno))?.st_uid;
        let mut text = String::new();
        let read = File::from(fd).take(LENGTH_BYTES_MAX).read_to_string(&mut text);
        read.map_err(|error| Error::new("read", path, error))?;
        // The schema alone first: of another one nothing else need be as it is here.
        let invalid = |error| Error::other("read", path, format!("no manifest of a tree: {error}"));
        let Version { schema } = serde_json::from_str(&text).map_err(invalid)?;
        if schema != SCHEMA {
            return Err(Error::other(
                "read",
                path,
                format!("a manifest of version {schema}; this program knows {SCHEMA}"),
            ));
        }
        serde_json::from_str(&text).map_err(invalid).map(|manifest| (manifest, written_by))
    }

    /// What the tree is made from.
    pub fn spec(&self) -> Spec {
        Spec { shape: self.shape, entries: self.entries, seed: self.seed }
    }

    /// The plan of the tree, which must be what the manifest says was made: one of another version, or that somebody
    /// edited, proves nothing.
    pub(super) fn plan(&self, root: &Path, pool: &ThreadPool, stop: &AtomicBool) -> Result<Plan, Error> {
        let failed = |why: String| Error::other("gen", manifest_path(root), why);
        let plan = Plan::new(&self.spec()).map_err(failed)?;
        let Some(recorded) = self.contents else { return Ok(plan) };
        let planned = pool.install(|| contents(&plan, &|| !stop.load(Ordering::Relaxed)));
        if planned != recorded && !stop.load(Ordering::Relaxed) {
            let why = "its shape, entries and seed do not make the contents that it records: it was edited";
            return Err(failed(why.to_owned()));
        }
        Ok(plan)
    }

    /// Makes the root and, before anything is in it, a manifest that says it is unfinished: a tree whose making was
    /// cut off, by a signal nobody can catch even, can be removed.
    pub(super) fn begin(root: &Path, spec: &Spec) -> Result<(OwnedFd, Self), Error> {
        let (fd, origin) = root::claim(root)?;
        let Spec { shape, entries, seed } = *spec;
        let identity = Some(Identity::of(root, &fd)?);
        let manifest = Self { schema: SCHEMA, shape, entries, seed, root: origin, identity, contents: None };
        let written = manifest.may_replace(root).and_then(|()| manifest.write(root));
        if written.is_err() && origin == Origin::Made {
            // The first failure is the one to tell; rmdir can at worst leave an empty directory.
            let _ = unlinkat(CWD, root, AtFlags::REMOVEDIR);
        }
        written.map(|()| (fd, manifest))
    }

    /// Says what the finished tree holds.
    pub(super) fn complete(self, root: &Path, contents: Contents) -> Result<Self, Error> {
        let manifest = Self { contents: Some(contents), ..self };
        manifest.write(root)?;
        Ok(manifest)
    }

    /// What lies in the manifest's place is nothing, or the manifest of a tree that is gone.
    fn may_replace(&self, root: &Path) -> Result<(), Error> {
        match Self::read(root) {
            Ok(_) => Ok(()),
            Err(error) if Errno::from_io_error(&error.source) == Some(Errno::NOENT) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whole or not at all: written beside its place, then renamed into it.
    fn write(&self, root: &Path) -> Result<(), Error> {
        let path = manifest_path(root);
        let failed = |call, error| Error::new(call, &path, error);
        let mut new = beside::create(&path, 0o644)?;
        let mut json = escape::json(self).map_err(|error| failed("write", error.into()))?;
        json.push('\n');
        new.write_all(json.as_bytes()).map_err(|error| failed("write", error))?;
        new.persist(&path).map_err(|error| failed("rename", error.error))?;
        Ok(())
    }

    /// Removes the manifest of a tree that is gone.
    pub(super) fn remove(root: &Path) -> Result<(), Error> {
        let path = manifest_path(root);
        unlinkat(CWD, &path, AtFlags::empty()).map_err(|errno| Error::new("unlinkat", path, errno))
    }
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}
