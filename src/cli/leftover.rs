//! What a run that was killed (SIGKILL, a power cut) could not take away: its temporary tree, or the file that was to take
//! another's name. The next run that makes such a thing in the same place names them, with the command that removes them. It
//! removes none: what they are is a guess by their names, if a good one.

use super::say;
use fsbench::beside::{PREFIX, absolute, folder_of};
use fsbench::error::Error;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::process::geteuid;
use std::fs::{self, DirEntry, Metadata};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Before the random letters of a folder's name; nobody calls a folder of their own so.
const FOLDER: &str = "fsbench-tmp-";
/// As tempfile makes names.
const LETTERS: usize = 6;
/// What is younger may not be locked yet, or is a file that is written and given its name at once, without a lock.
const OLD: Duration = Duration::from_secs(60);
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
        let below = absolute(&std::env::temp_dir())?;
        tell(&below, is_dead_folder, "rm -r");
        let folder = tempfile::Builder::new().prefix(FOLDER).tempdir_in(&below);
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
    let is_ours = |meta: &Metadata| meta.is_dir() && is_ours_and_old(meta);
    is_named(entry, FOLDER) && entry.metadata().is_ok_and(|meta| is_ours(&meta)) && lock(&entry.path()).is_some()
}

fn is_dead_file(entry: &DirEntry) -> bool {
    let is_ours = |meta: &Metadata| meta.is_file() && is_ours_and_old(meta);
    // Read and write: NFS, which makes range locks of flock's, locks what is open for writing only.
    let lock = || lock_as(&entry.path(), OFlags::RDWR | OFlags::NONBLOCK);
    is_named(entry, PREFIX) && entry.metadata().is_ok_and(|meta| is_ours(&meta)) && lock().is_some()
}

fn is_ours_and_old(meta: &Metadata) -> bool {
    let is_old = meta.modified().is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age >= OLD));
    is_old && meta.uid() == geteuid().as_raw()
}

/// The folder, if it can be locked and nobody else holds it.
fn lock(folder: &Path) -> Option<OwnedFd> {
    lock_as(folder, OFlags::RDONLY | OFlags::DIRECTORY)
}

fn lock_as(path: &Path, flags: OFlags) -> Option<OwnedFd> {
    let fd = open(path, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()).ok()?;
    flock(&fd, FlockOperation::NonBlockingLockExclusive).ok().map(|()| fd)
}
