//! Records as files: written whole or not at all, never over another, and read with suspicion.

use super::record::{Record, SCHEMA};
use crate::beside;
use crate::error::Error;
use crate::escape;
use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock};
use rustix::io::Errno;
use serde::Deserialize;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Bytes that must be free where a record is to be kept: as large as one of twenty rows and a hundred rounds is.
const ROOM: u64 = 2 << 20;

/// A record's place, taken before it is measured: a folder that cannot be written to is found out before, not after.
pub struct Saving {
    file: NamedTempFile,
    path: PathBuf,
}

impl Saving {
    /// Takes a place for a record at `path`. Nothing is seen there until [`Saving::finish`].
    ///
    /// # Errors
    /// When something is at `path` already, or nothing can be made beside it, or there is no room.
    pub fn new(path: &Path) -> Result<Self, Error> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(taken(path));
        }
        let file = beside::create(path, 0o666)?;
        // By the lock a run that finds the file knows that we live, however long measuring takes. Where there are no
        // locks, it finds none in a dead run's file either, and does not guess.
        let _ = flock(file.as_file(), FlockOperation::NonBlockingLockExclusive);
        match fallocate(file.as_file(), FallocateFlags::empty(), 0, ROOM) {
            // A file system that cannot say says nothing.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => {}
            Err(errno) => return Err(Error::new("fallocate", path, errno)),
        }
        Ok(Self { file, path: path.to_owned() })
    }

    /// Puts the record there.
    ///
    /// # Errors
    /// write(2)'s; or when something has come to be there meanwhile.
    pub fn finish(mut self, record: &Record) -> Result<(), Error> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error: std::io::Error| Error::new("write", path, error)
        };
        let json = escape::json(record).map_err(|error| failed(&self.path)(error.into()))?;
        self.file.write_all(json.as_bytes()).and_then(|()| self.file.write_all(b"\n")).map_err(failed(&self.path))?;
        // The room that it did not need.
        self.file.as_file().set_len(json.len() as u64 + 1).map_err(failed(&self.path))?;
        self.file.as_file().sync_all().map_err(failed(&self.path))?;
        match self.file.persist_noclobber(&self.path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(taken(&self.path)),
            Err(error) => Err(failed(&self.path)(error.error)),
        }
    }
}

fn taken(path: &Path) -> Error {
    Error::other("save", path, "a file is there already, and measurements are never overwritten: give another name")
}

/// All that a record of any schema has.
#[derive(Deserialize)]
struct Any {
    schema: Option<u32>,
    fsbench: Option<String>,
}

/// Reads a record.
///
/// # Errors
/// When it cannot be read, is cut short, is no record, or is of a newer schema: each in words.
pub fn read(path: &Path) -> Result<Record, Error> {
    let text = fs::read(path).map_err(|error| Error::new("read", path, error))?;
    let refused = |why: String| Error::other("read the record", path, why);
    let any: Any = serde_json::from_slice(&text).map_err(|error| {
        refused(match (error.is_eof(), error.is_data()) {
            (true, _) if text.trim_ascii().is_empty() => "it is empty".to_owned(),
            (true, _) => "it ends in the middle: it was cut short".to_owned(),
            (_, true) => "it is JSON, but no record of fsbench".to_owned(),
            _ => format!("it is not JSON: {error}"),
        })
    })?;
    match (any.schema, any.fsbench) {
        (Some(newer), Some(version)) if newer > SCHEMA => Err(refused(format!(
            "its schema is {newer}, written by fsbench {version}; this fsbench knows schemas up to {SCHEMA}: use a newer one"
        ))),
        (Some(_), Some(_)) => {
            serde_json::from_slice(&text).map_err(|error| refused(format!("it is a damaged record: {error}")))
        }
        _ => Err(refused("it is JSON, but no record of fsbench".to_owned())),
    }
}
