//! What a run that was killed (SIGKILL, a power cut) could not take away: its temporary tree, or the file that was to take
//! another's name. The next run that makes such a thing in the same place names them, with the command that removes them. It
//! removes none: what they are is a guess by their names, if a good one.

use super::say;
use fsbench::error::Error;
use fsbench::measure::file::folder_of;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::process::geteuid;
use std::fs::{self, DirEntry};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Before the random letters of a folder's name; nobody calls a folder of their own so.
const FOLDER: &str = "fsbench-tmp-";
/// Before the random letters of a file's name, everywhere in fsbench.
const FILE: &str = ".fsbench-";
/// As tempfile makes names.
const LETTERS: usize = 6;
/// A file with something in it is given its name at once, or its writer is dead. An empty one may be waiting for a record to
/// be measured.
const WRITTEN: Duration = Duration::from_secs(60);
const EMPTY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many are named.
const NAMED: usize = 5;

/// A folder that goes when this is dropped.
pub(super) struct Temporary {
    folder: TempDir,
    /// Held as long as we live: what nobody holds was left behind.
    _lock: Option<OwnedFd>,
}

impl Temporary {
    /// A new one below the system's (TMPDIR). Names what lies there of runs that are dead.
    pub(super) fn new() -> Result<Self, Error> {
        let below = std::env::temp_dir();
        tell(&below, is_dead_folder, "rm -r");
        let folder = tempfile::Builder::new().prefix(FOLDER).tempdir();
        let folder = folder.map_err(|error| Error::new("mkdir", below, error))?;
        let lock = lock(folder.path());
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Names the files in `folder` that were to be renamed, by runs that are dead.
pub(super) fn tell_files(folder: &Path) {
    tell(folder, is_dead_file, "rm");
}

/// The same of the folder that `path` is in.
pub(super) fn tell_beside(path: &Path) {
    tell_files(folder_of(path));
}

fn tell(folder: &Path, is_dead: fn(&DirEntry) -> bool, command: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let dead: Vec<PathBuf> = entries.flatten().filter(is_dead).map(|entry| entry.path()).take(NAMED).collect();
    if !dead.is_empty() {
        let words = dead.iter().map(|path| shell_words::quote(&path.to_string_lossy()).into_owned());
        say(&format!("left behind by a run that was killed: {command} {}", words.collect::<Vec<_>>().join(" ")));
    }
}

fn is_named(entry: &DirEntry, prefix: &str) -> bool {
    let name = entry.file_name();
    let letters = name.as_bytes().strip_prefix(prefix.as_bytes());
    letters.is_some_and(|letters| letters.len() == LETTERS && letters.iter().all(u8::is_ascii_alphanumeric))
}

fn is_dead_folder(entry: &DirEntry) -> bool {
    let is_ours = || {
        entry.metadata().is_ok_and(|meta| meta.is_dir() && meta.uid() == geteuid().as_raw() && is_old(&meta, WRITTEN))
    };
    is_named(entry, FOLDER) && is_ours() && lock(&entry.path()).is_some()
}

fn is_dead_file(entry: &DirEntry) -> bool {
    let is_ours = |meta: &fs::Metadata| meta.is_file() && meta.uid() == geteuid().as_raw();
    let is_old = |meta: &fs::Metadata| is_old(meta, if meta.len() > 0 { WRITTEN } else { EMPTY });
    is_named(entry, FILE) && entry.metadata().is_ok_and(|meta| is_ours(&meta) && is_old(&meta))
}

/// Whether it was last changed so long ago.
fn is_old(meta: &fs::Metadata, least: Duration) -> bool {
    meta.modified().is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age >= least))
}

/// The folder, if nobody else holds it.
fn lock(folder: &Path) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = open(folder, flags, Mode::empty()).ok()?;
    flock(&fd, FlockOperation::NonBlockingLockExclusive).ok().map(|()| fd)
}
